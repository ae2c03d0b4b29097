// Operations bound to a record, `POST /deals(ID)/share`: which name runs what. Rights are checked by what runs.
import type { EntityType } from '@kartoteka/metadata';
import { handOver } from './actions/hand-over.ts';
import { actionNamed, actOnOne } from './actions/run.ts';
import { redactRecord } from './audit/redact.ts';
import { PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { restoreRecord } from './restore-record.ts';
import { DIRECTORY } from './security/directory.ts';

interface Target {
  readonly entity: EntityType;
  readonly id: string;
}

interface Operation {
  /** The one entity that has it; every one where it is left out. */
  readonly entity?: string;
  readonly run: (env: RequestEnvironment, target: Target) => Promise<EngineResponse>;
}

/** Operations on one record only; the others are actions (actions/run.ts). */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  restore: { run: restoreRecord },
  redact: { run: redactRecord },
  hand_over: { entity: DIRECTORY.user, run: handOver },
};

/** Whether If-Match counts for the operation: it changes the record itself. */
export function takesVersion(name: string): boolean {
  return actionNamed(name)?.versioned === true;
}

/** Whether records of the entity have the operation. */
export function hasOperation(entity: EntityType, name: string): boolean {
  return operationOf(entity, name) !== undefined || actionNamed(name) !== undefined;
}

function operationOf({ name: entity }: EntityType, name: string): Operation | undefined {
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  return (operation?.entity ?? entity) === entity ? operation : undefined;
}

/** Runs a bound operation. Throws unknown_resource for a name that is not one. */
export async function runOperation(
  env: RequestEnvironment,
  resource: Target & { readonly name: string },
): Promise<EngineResponse> {
  const { name } = resource;
  const operation = operationOf(resource.entity, name);
  if (operation !== undefined) return operation.run(env, resource);
  const action = actionNamed(name);
  if (action === undefined) throw new PlatformError('unknown_resource', { name }, { target: name });
  return actOnOne(env, action, resource);
}
