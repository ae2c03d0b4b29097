// What the functions over stays share: the question planned, its statement run, and the records that it finds told page by page.
import { type EntityType, isStored, type Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { pageAnswer, pageOf, UUID_KEY } from '../extensions/pages.ts';
import type { Arguments, OperationContext } from '../extensions/types.ts';
import { type PlannedPast, planPast } from '../past/plan.ts';
import { mayUse } from '../plan/secured.ts';
import { bindStatement } from '../sql/bind.ts';
import type { CompiledStatement } from '../sql/statement.ts';

/** Records of one page. */
export const MOST_RECORDS = 1_000;

export interface Planned {
  readonly query: PlannedPast['query'];
  readonly field: Property;
}

export const isChoice = ({ values, type }: Property): boolean => values !== undefined && type === 'Edm.String';

/** Throws invalid_option for what is no choice field, and what planPast throws. */
export function planned({ model, principal, entity }: OperationContext, args: Arguments): Planned {
  if (entity === null) throw new Error('bound to nothing');
  const names = { levels: [String(args.property)], sums: [], filter: textOf(args.filter) };
  const { query, levels } = planPast(model, principal, entity, names);
  const [field] = levels;
  if (field === undefined || !isChoice(field))
    throw new PlatformError(
      'invalid_option',
      { name: 'property', reason: 'it is no choice field' },
      { target: 'property' },
    );
  return { query, field };
}

export const textOf = (value: unknown): string | null => (value === undefined ? null : String(value));
export const periodOf = ({ from, until }: Arguments) => ({ from: textOf(from), until: textOf(until) });

/** Planned for the moment and the log as they are: never prepared. */
export function ask(
  { model, principal, database }: OperationContext,
  statement: CompiledStatement,
  values: Readonly<Record<string, string | null>>,
) {
  return database.run(statement.text, bindStatement(statement, { model, principal, literals: [], values }));
}

/** The property that records are called by; null where it is computed or the caller may not read it. */
export function shownTitle({ principal }: OperationContext, entity: EntityType): Property | null {
  const title = entity.properties.get(entity.title);
  return title !== undefined && isStored(title) && mayUse(principal, entity, title, 'read') ? title : null;
}

/** A page of records by id, as `statement` (slot values limit and after, rows `id` and `title`) finds them. */
export async function recordPage(
  context: OperationContext,
  name: string,
  args: Arguments,
  statement: CompiledStatement,
  values: Readonly<Record<string, string | null>>,
): Promise<object> {
  const page = pageOf(context, name, args, { most: MOST_RECORDS, keys: [UUID_KEY] });
  const rows = await ask(context, statement, { ...values, limit: page.limit, after: page.after?.[0] ?? null });
  return pageAnswer(context, page, rows, {
    shown: ({ id, title }) => ({ id, title }),
    keys: ({ id }) => [String(id)],
  });
}
