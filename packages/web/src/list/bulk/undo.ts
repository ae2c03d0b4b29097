// Taking back what was done to many records: what they were is read before it is done, and what has changed since is left alone. It asks the
// service as operations.ts does, and decides nothing that the service decides.
import type { Api } from '../../data/api.ts';
import { sameValue } from '../../record/draft.ts';
import { actOn, batchOf, editEach, type Follow, type Outcome } from './operations.ts';

/** Of more records it is not kept what they were. */
export const MOST_UNDONE = 1_000;
const PART = 100;
const SHARES = 50;

export type Values = Readonly<Record<string, unknown>>;
export type Undo = (done: readonly string[], follow: Follow) => Promise<readonly Outcome[]>;

/** Values of the records that may be read, by id. */
export async function valuesOf(
  api: Api,
  set: string,
  ids: readonly string[],
  properties: readonly string[],
): Promise<ReadonlyMap<string, Values>> {
  const found = new Map<string, Values>();
  for (let at = 0; at < ids.length; at += PART) {
    const filter = encodeURIComponent(`id in (${ids.slice(at, at + PART).join(',')})`);
    const path = `${set}?$select=${['id', ...properties].join(',')}&$filter=${filter}&$top=${PART}`;
    const { value } = await api.get<{ value: readonly (Values & { id: string })[] }>(path);
    for (const record of value) found.set(record.id, record);
  }
  return found;
}

/** Records by what one action does to them all. */
function groups<Key>(ids: readonly string[], keyOf: (id: string) => Key | undefined): ReadonlyMap<Key, string[]> {
  const found = new Map<Key, string[]>();
  for (const id of ids) {
    const key = keyOf(id);
    if (key !== undefined) found.set(key, [...(found.get(key) ?? []), id]);
  }
  return found;
}

/** One group after the other, followed as one. */
async function each<Key>(
  of: ReadonlyMap<Key, readonly string[]>,
  total: number,
  act: (key: Key, ids: readonly string[], follow: Follow) => Promise<readonly Outcome[]>,
  follow: Follow,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [key, ids] of of) {
    const before = outcomes.length;
    outcomes.push(...(await act(key, ids, ({ done }) => follow({ done: before + done, total }))));
  }
  return outcomes;
}

/** Undefined: of so many records it is not kept. Throws CrmError where they cannot be read. */
const kept = async <T>(ids: readonly string[], read: () => Promise<T>): Promise<T | undefined> =>
  ids.length > MOST_UNDONE ? undefined : read();

/** Gives records back to whom they belonged. To be called before they are assigned. */
export async function undoOfAssign(api: Api, set: string, ids: readonly string[]): Promise<Undo | undefined> {
  const before = await kept(ids, () => valuesOf(api, set, ids, ['owner_id']));
  if (before === undefined) return undefined;
  return (done, follow) =>
    each(
      groups(done, (id) => before.get(id)?.owner_id as string | undefined),
      done.length,
      (owner_id, some, next) => actOn(api, set, 'assign', { owner_id }, some, next),
      follow,
    );
}

/** Gives records their former values. To be called before they are edited; `changed`: why a record is left as it is. */
export async function undoOfEdit(
  api: Api,
  set: string,
  ids: readonly string[],
  properties: readonly string[],
  changed: string,
): Promise<{ readonly done: () => Promise<void>; readonly undo: Undo } | undefined> {
  const before = await kept(ids, () => valuesOf(api, set, ids, properties));
  if (before === undefined) return undefined;
  // As the service has stored what was written.
  let after: ReadonlyMap<string, Values> = new Map();
  const isSame = (one: Values | undefined, other: Values | undefined): boolean =>
    one !== undefined && other !== undefined && properties.every((name) => sameValue(one[name], other[name]));
  return {
    done: async () => {
      after = await valuesOf(api, set, ids, properties);
    },
    undo: async (done, follow) => {
      const now = await valuesOf(api, set, done, properties);
      const [own, others] = [
        done.filter((id) => isSame(now.get(id), after.get(id))),
        done.filter((id) => !isSame(now.get(id), after.get(id))),
      ];
      const records = own.map((id) => ({
        id,
        ...Object.fromEntries(properties.map((name) => [name, before.get(id)?.[name] ?? null])),
      }));
      const outcomes = await editEach(api, set, records, follow);
      return [...outcomes, ...others.map((id) => ({ id, ok: false, message: changed, code: 'changed_meanwhile' }))];
    },
  };
}

interface SharesAnswer {
  readonly value?: readonly { readonly principal_id: string; readonly rights: readonly string[] }[];
}

/** Takes shares back, or gives them the rights that they had. To be called before records are shared. */
export async function undoOfShare(
  api: Api,
  set: string,
  ids: readonly string[],
  principal: string,
): Promise<Undo | undefined> {
  const before = await kept(ids, () => rightsOf(api, set, ids, principal));
  if (before === undefined) return undefined;
  return (done, follow) =>
    each(
      groups(done, (id) => before.get(id)),
      done.length,
      (rights, some, next) =>
        rights === ''
          ? actOn(api, set, 'revoke', { principal_id: principal }, some, next)
          : actOn(api, set, 'modify', { principal_id: principal, rights: rights.split(' ') }, some, next),
      follow,
    );
}

/** Rights that the principal has by shares, with spaces between, by record; empty for none, nothing where it is not known. */
async function rightsOf(
  api: Api,
  set: string,
  ids: readonly string[],
  principal: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let at = 0; at < ids.length; at += SHARES) {
    const some = ids.slice(at, at + SHARES);
    const answers = await batchOf<SharesAnswer>(api, some, (id) => ({ method: 'GET', url: `${set}(${id})/shares` }));
    for (const [index, id] of some.entries()) {
      const { value, '@odata.nextLink': next } = (answers[index] ?? {}) as SharesAnswer & {
        '@odata.nextLink'?: string;
      };
      const share = value?.find(({ principal_id }) => principal_id === principal);
      if (share !== undefined) found.set(id, share.rights.join(' '));
      else if (value !== undefined && next === undefined) found.set(id, '');
    }
  }
  return found;
}
