// What a body says of properties that its sender does not write is left aside, as OData 4.01 Part 1 has it (11.4.2 for creates, 11.4.3
// for updates), so that a record can be sent back as it was read. `Prefer: handling=strict` (RFC 7240, 4.4) has it refused instead.
import { type EntityType, isWritable } from '@kartoteka/metadata';
import type { RequestEnvironment } from './pipeline.ts';
import { mayUse } from './plan/secured.ts';
import { targetOf } from './plan/targets.ts';
import { mayImport } from './plan/write-authorize.ts';
import { isStrict } from './request/headers.ts';
import type { Payload } from './request/payload.ts';
import { header } from './shape.ts';
import { isTrustedWith } from './write/values.ts';

type Operation = Parameters<typeof isWritable>[1];
type Environment = Pick<RequestEnvironment, 'principal' | 'request'>;

/** Names by operation, worked out once per entity of a Model. */
const readOnly = new WeakMap<EntityType, Map<Operation, ReadonlySet<string>>>();

function readOnlyNames(entity: EntityType, operation: Operation): ReadonlySet<string> {
  const known = readOnly.get(entity) ?? new Map<Operation, ReadonlySet<string>>();
  readOnly.set(entity, known);
  const found = known.get(operation);
  if (found !== undefined) return found;
  const properties = [...entity.properties.values()].filter((property) => !isWritable(property, operation));
  const names = new Set(properties.map(({ name }) => name));
  known.set(operation, names);
  return names;
}

/**
 * The values without those that are only read; the very same object where there are none, which is the usual case. Secured ones that
 * the sender may not read stay, to be refused in the words that a secured property has.
 */
export function writtenValues(
  env: Environment,
  entity: EntityType,
  operation: 'create' | 'update',
  values: Payload['values'],
): Payload['values'] {
  const { principal, request } = env;
  const names = readOnlyNames(entity, operation === 'create' && mayImport(principal) ? 'import' : operation);
  const isLeftOut = (name: string): boolean => {
    const property = names.has(name) ? entity.properties.get(name) : undefined;
    if (property === undefined || (principal.kind === 'system' && isTrustedWith(property))) return false;
    return mayUse(principal, entity, property, 'read');
  };
  if (!Object.keys(values).some((name) => names.has(name))) return values;
  if (isStrict(header(request, 'prefer'))) return values;
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isLeftOut(name)));
}

/** The same of a new record and of those that it brings along. */
export function writtenPayload(
  env: Environment & Pick<RequestEnvironment, 'model'>,
  entity: EntityType,
  payload: Payload,
): Payload {
  const values = writtenValues(env, entity, 'create', payload.values);
  if (payload.nested === undefined) return values === payload.values ? payload : { ...payload, values };
  const nested = payload.nested.map((each) => {
    const target = targetOf(env.model, each.navigation);
    const records = each.records.map(({ place, payload }) => ({
      place,
      payload: writtenPayload(env, target, payload),
    }));
    return { ...each, records };
  });
  return { ...payload, values, nested };
}
