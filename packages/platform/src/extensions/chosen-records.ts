// The records that an action on a set is about: those of a filter, or of ids. Read in parts with the rights of the caller.
import type { EntityType } from '@kartoteka/metadata';
import { is, listOf } from '../describe/members.ts';
import { invalidArgument, PlatformError } from '../errors.ts';
import type { Arguments, Engine, Json } from './types.ts';

/** Records that one request is about. */
export const MOST_CHOSEN = 10_000;
/** Records that are asked for by their ids at once: these fit into the query of one request. */
const AT_ONCE = 300;

const OPTIONAL = { optional: true } as const;

/** Parameters of such an action. */
export const CHOSEN = {
  filter: is('Edm.String', 'Which records, as in $filter', { ...OPTIONAL, example: "source eq 'website'" }),
  ids: listOf('Edm.Guid', 'Which records, in place of a filter', { ...OPTIONAL, most: MOST_CHOSEN }),
} as const;

export interface Choice {
  /** Of the action, for errors. */
  readonly name: string;
  readonly entity: EntityType;
  /** Options that tell what is read of each: `$expand=...`. */
  readonly options?: string;
}

export interface ChosenPart {
  readonly records: readonly Json[];
  /** Ids that were asked for, and that the caller cannot read. */
  readonly missing: readonly string[];
}

/** The records in parts, by id. @throws PlatformError invalid_arguments, limit_exceeded beyond MOST_CHOSEN */
export async function* chosenRecords(
  engine: Engine,
  { name, entity, options = '' }: Choice,
  { filter, ids }: Arguments,
): AsyncGenerator<ChosenPart> {
  if ((filter === undefined) === (ids === undefined))
    throw invalidArgument(name, ids === undefined ? 'filter' : 'ids', 'either a filter or ids are needed');
  const also = options === '' ? '' : `&${options}`;
  const pathOf = (condition: string) => `/${entity.set}?$filter=${encodeURIComponent(condition)}&$orderby=id${also}`;
  if (Array.isArray(ids)) {
    const wanted = [...new Set(ids.map((id) => String(id).toLowerCase()))];
    if (wanted.length === 0) throw invalidArgument(name, 'ids', 'there are none');
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const part = wanted.slice(from, from + AT_ONCE);
      const { value: records } = await engine.get(`${pathOf(`id in (${part.join(',')})`)}&$top=${AT_ONCE}`);
      const known = new Set(records.map(({ id }: Json) => id));
      yield { records, missing: part.filter((id) => !known.has(id)) };
    }
    return;
  }
  let count = 0;
  // With a $top of its own a request gets the largest pages.
  let page: string | undefined = `${pathOf(String(filter))}&$top=${MOST_CHOSEN + 1}`;
  while (page !== undefined) {
    const answer: Json = await engine.get(page);
    count += answer.value.length;
    if (count > MOST_CHOSEN)
      throw new PlatformError('limit_exceeded', { limit: 'records', value: String(MOST_CHOSEN) });
    yield { records: answer.value, missing: [] };
    page = answer['@odata.nextLink'];
  }
}
