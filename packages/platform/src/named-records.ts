// Records that requests name by alternate keys where an id is needed (`"company@odata.bind": "companies(external_id='A-1')"`): found
// all at once, one statement per key, as the principal sees them. What is hidden is not there.

import { findRecords, keyValues, type RecordKey } from './bulk/find.ts';
import { type ErrorDetail, errorDetail, PlatformError } from './errors.ts';
import type { NamedRecord } from './request/payload.ts';
import type { ReadEnvironment } from './run-read.ts';

/** What finding takes of a request. */
export type FindEnvironment = Pick<ReadEnvironment, 'model' | 'principal' | 'executor'>;

/**
 * Enters the ids of the records that are found; of the others, what is wrong with each (null: nothing), in order. Throws
 * secured_property for a key that the principal may not read.
 */
export async function enterNamed(
  env: FindEnvironment,
  named: readonly NamedRecord[],
): Promise<readonly (ErrorDetail | null)[]> {
  const wrong: (ErrorDetail | null)[] = named.map(() => null);
  const places = named.map((each, at) => ({ ...each, at }));
  const byKey = Map.groupBy(places, ({ entity, alternate }) => `${entity.name} ${alternate.key.name}`);
  for (const members of byKey.values()) await enterMembers(env, members, wrong);
  return wrong;
}

async function enterMembers(
  { model, principal, executor }: FindEnvironment,
  members: readonly (NamedRecord & { readonly at: number })[],
  wrong: (ErrorDetail | null)[],
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const { entity, alternate } = first;
  const properties = alternate.key.properties.flatMap((name) => entity.properties.get(name) ?? []);
  const key: RecordKey = { entity, properties };
  const asked = members.flatMap((member) => {
    const values = valuesOf(key, member);
    if (values === null) wrong[member.at] = notFound(member);
    return values === null ? [] : [{ member, values }];
  });
  const keys = asked.map(({ values }) => values);
  const found = await findRecords(model, principal, executor, key, keys);
  for (const [at, { member }] of asked.entries()) {
    const record = found[at] ?? null;
    if (record === null || record.hidden) wrong[member.at] = notFound(member);
    else member.enter(record.id);
  }
}

/** Null for what is no value of the key: no record has it. */
function valuesOf(key: RecordKey, { alternate }: NamedRecord): readonly string[] | null {
  try {
    return keyValues(key, alternate.values);
  } catch (error) {
    if (error instanceof PlatformError) return null;
    throw error;
  }
}

function notFound({ place }: NamedRecord): ErrorDetail {
  return errorDetail('target_not_found', { name: place }, place);
}

/** As enterNamed, for a request that cannot go on without all of them. Throws validation_failed. */
export async function requireNamed(env: FindEnvironment, named: readonly NamedRecord[] | undefined): Promise<void> {
  if (named === undefined || named.length === 0) return;
  const details = (await enterNamed(env, named)).filter((detail) => detail !== null);
  if (details.length > 0) throw new PlatformError('validation_failed', {}, { details });
}
