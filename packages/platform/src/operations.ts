// Operations bound to a record, `POST /deals(ID)/share`: which name runs what. Rights are checked by what runs.
import type { EntityType } from '@kartoteka/metadata';
import { actionNamed, actOnOne } from './actions/run.ts';
import { redactRecord } from './audit/redact.ts';
import { PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { restoreRecord } from './restore-record.ts';

interface Target {
  readonly entity: EntityType;
  readonly id: string;
}

/** Operations on one record only; the others are actions (actions/run.ts). */
const OPERATIONS: Readonly<Record<string, (env: RequestEnvironment, target: Target) => Promise<EngineResponse>>> = {
  restore: restoreRecord,
  redact: redactRecord,
};

/** Whether If-Match counts for the operation: it changes the record itself. */
export function takesVersion(name: string): boolean {
  return actionNamed(name)?.versioned === true;
}

/** Runs a bound operation. Throws unknown_resource for a name that is not one. */
export async function runOperation(
  env: RequestEnvironment,
  resource: Target & { readonly name: string },
): Promise<EngineResponse> {
  const { name } = resource;
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation !== undefined) return operation(env, resource);
  const action = actionNamed(name);
  if (action === undefined) throw new PlatformError('unknown_resource', { name }, { target: name });
  return actOnOne(env, action, resource);
}
