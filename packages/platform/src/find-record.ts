// The id of the record that a URL names by another key, or over navigations of other records (`/deals(ID)/company/name`). Each step is
// a read of its own under the caller's rights, so that a hidden record is on no path, as little as a missing one.
import { type EntityType, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { findByKey } from './find-by-key.ts';
import type { Within } from './list-request.ts';
import { readCollection } from './read.ts';
import { targetId } from './read-part.ts';
import type { Named } from './request/resource.ts';
import type { ReadEnvironment } from './run-read.ts';

/** Throws not_found, invalid_key, and what reading the records and the properties that lead to them needs. */
export async function findRecordId(env: ReadEnvironment, { entity, id, alternate, via }: Named): Promise<string> {
  if (via === undefined) return alternate === undefined ? id : findByKey(env, entity, alternate);
  const { origin, navigation } = via;
  const from = { entity: origin.entity, id: await findRecordId(env, origin), navigation };
  if (!navigation.collection) {
    const target = await targetId(env, from.entity, from.id, navigation);
    if (target === null) throw new PlatformError('not_found');
    return target;
  }
  const member = alternate === undefined ? id : await findByKey(env, entity, alternate);
  await requireMember(env, from, entity, member);
  return member;
}

/** Throws not_found unless both records can be read and the one is in the collection of the other. */
export async function requireMember(
  env: ReadEnvironment,
  within: Within,
  entity: EntityType,
  id: string,
): Promise<void> {
  const query = `$select=id&$top=1&$filter=id%20eq%20${id}`;
  const request = { ...env.request, query, headers: { accept: 'application/json;odata.metadata=none' } };
  const { body } = await readCollection({ ...env, request }, entity, within);
  const { value } = parseExactJson(body ?? '{"value":[]}') as { readonly value: readonly unknown[] };
  if (value.length === 0) throw new PlatformError('not_found');
}
