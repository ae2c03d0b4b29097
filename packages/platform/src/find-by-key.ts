// The id of a record that a URL names by an alternate key: a read like any other, under the caller's rights, so that a hidden
// record is found as little as a missing one.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { filterShape } from './list-request.ts';
import { planList } from './plan/read.ts';
import { compileRead, keptRead } from './read-cache.ts';
import { type AlternateKey, invalidKey } from './request/record-key.ts';
import { execute, type ReadEnvironment } from './run-read.ts';
import { compileCollection } from './sql/read.ts';

const ONE = { top: 1, skip: 0, count: false, paged: false };
const VALUES = { limit: '1', page: '1', skip: '0', base_url: '', format: '' };

/** Throws not_found, invalid_key for a value of another type, and what reading and the key's properties need. */
export async function findByKey(env: ReadEnvironment, entity: EntityType, { filter }: AlternateKey): Promise<string> {
  const { model, principal } = env;
  const { shape, literals } = filterShape(model, entity, filter);
  const key = `key\0${model.revision}\0${entity.set}\0${shape}`;
  const compiled =
    keptRead(principal, key) ??
    (await compileRead(env, key, planned(env, entity, filter), (plan) =>
      compileCollection(plan, { ieee754: false, annotations: false }),
    ));
  const row = (await execute(env, compiled, literals, VALUES))[0];
  const found = /^\{"id":"([0-9a-f-]{36})"\}$/.exec(String(row?.items))?.[1];
  if (found === undefined) throw new PlatformError('not_found');
  return found;
}

function planned({ model }: ReadEnvironment, entity: EntityType, filter: string): ReturnType<typeof planList> {
  try {
    return planList(model, entity, { select: 'id', filter }, ONE, null);
  } catch (error) {
    if (error instanceof PlatformError && error.code !== 'not_supported')
      throw invalidKey(filter.replaceAll(' eq ', '='));
    throw error;
  }
}
