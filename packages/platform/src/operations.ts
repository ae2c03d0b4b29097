// Operations bound to a record, `POST /deals(ID)/share`: name -> what its body may hold and what runs. Rights are checked
// by what runs, inside its transaction.
import type { EntityType } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { requireJson } from './request/headers.ts';
import { parseObject } from './request/payload.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { restoreRecord } from './restore-record.ts';
import { modifyShare, revokeShare, type ShareRight, shareRecord } from './security/sharing.ts';
import { SHARE_RIGHT_BITS } from './security/types.ts';
import { header, noContent } from './shape.ts';

interface Target {
  readonly entity: EntityType;
  readonly id: string;
}

type Operation = (env: RequestEnvironment, target: Target, body: Readonly<Record<string, unknown>>) => Promise<void>;

/** Share, change or take back rights on one record (3-security, "Share"). */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  share: (env, { entity, id }, body) =>
    env.database.transaction((tx) =>
      shareRecord(tx, env.principal, entity, id, principalId(body, ['rights']), shareRights(body.rights)),
    ),
  modify: (env, { entity, id }, body) =>
    env.database.transaction((tx) =>
      modifyShare(tx, env.principal, entity, id, principalId(body, ['rights']), shareRights(body.rights)),
    ),
  revoke: (env, { entity, id }, body) =>
    env.database.transaction((tx) => revokeShare(tx, env.principal, entity, id, principalId(body, []))),
};

/** Operations that answer by themselves. */
const ANSWERING: Readonly<Record<string, (env: RequestEnvironment, target: Target) => Promise<EngineResponse>>> = {
  restore: restoreRecord,
};

const NO_OPTIONS = new Set<keyof QueryOptions>();

/** Runs a bound operation: 204 unless it answers otherwise. Throws unknown_resource for a name that is not one. */
export async function runOperation(
  env: RequestEnvironment,
  resource: Target & { readonly name: string },
): Promise<EngineResponse> {
  const answering = Object.hasOwn(ANSWERING, resource.name) ? ANSWERING[resource.name] : undefined;
  if (answering !== undefined) return answering(env, resource);
  const operation = Object.hasOwn(OPERATIONS, resource.name) ? OPERATIONS[resource.name] : undefined;
  if (operation === undefined)
    throw new PlatformError('unknown_resource', { name: resource.name }, { target: resource.name });
  allowOptions(parseQueryOptions(env.request.query), NO_OPTIONS);
  requireJson(header(env.request, 'content-type'));
  await operation(env, resource, parseObject(env.request.body));
  return noContent(env.request, {});
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `principal_id` of a body that holds nothing else but `others`. */
function principalId(body: Readonly<Record<string, unknown>>, others: readonly string[]): string {
  for (const name of Object.keys(body)) {
    if (name === 'principal_id' || others.includes(name)) continue;
    throw new PlatformError(
      'validation_failed',
      {},
      { details: [errorDetail('unknown_property', { name, entity: 'the operation' }, name)] },
    );
  }
  const id = body.principal_id;
  if (typeof id === 'string' && GUID.test(id)) return id.toLowerCase();
  throw invalid('principal_id', 'the id of a user or team is needed');
}

function shareRights(value: unknown): readonly ShareRight[] {
  const names = Array.isArray(value) ? value : [];
  const rights = names.filter(
    (name): name is ShareRight => typeof name === 'string' && Object.hasOwn(SHARE_RIGHT_BITS, name),
  );
  if (rights.length === 0 || rights.length !== names.length) {
    throw invalid('rights', `a list of ${Object.keys(SHARE_RIGHT_BITS).join(', ')} is needed`);
  }
  return rights;
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError(
    'validation_failed',
    {},
    { details: [errorDetail('invalid_value', { name, reason }, name)] },
  );
}
