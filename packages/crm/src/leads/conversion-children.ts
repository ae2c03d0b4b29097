// Records that refer to what a lead became: by them it is known whether somebody has used it.
import { columnOf } from './carry-over.ts';
import { entityOf } from './conversion-records.ts';
import { type Carried, type Context, TARGETS, type Target } from './conversion-types.ts';

/** Told by the service about a record: nobody has used it for that. */
const NO_USE: ReadonlySet<string> = new Set(['notification', 'web_form_submission']);

type IdsByEntity = ReadonlyMap<string, ReadonlySet<string>>;

export interface Child {
  readonly entity: string;
  readonly id: string;
}

const MOST = 1_000;

/** Live records beside `except` that refer to the record: a thousand of each kind at most, in one statement. */
export async function referring(
  { database, model }: Context,
  target: Target,
  id: string,
  except: IdsByEntity,
): Promise<readonly Child[]> {
  const parameters: string[] = [id];
  const branches = entityOf(model, target).referencedBy.flatMap(({ entity: name, property, discriminator }) => {
    if (NO_USE.has(name)) return [];
    const entity = entityOf(model, name);
    const left = parameters.push(`{${[...(except.get(name) ?? [])].join(',')}}`);
    const type =
      discriminator === undefined
        ? ''
        : ` and t."${columnOf(entity, discriminator.property)}" = $${parameters.push(discriminator.value)}::text`;
    const from = `data."${entity.table}" t where t."${columnOf(entity, property)}" = $1::uuid${type} and t.id <> all($${left}::uuid[]) and t.deleted_on is null`;
    return [`(select '${name}' as entity, t.id::text as id from ${from} limit ${MOST})`];
  });
  if (branches.length === 0) return [];
  const rows = await database.run(branches.join(' union all '), parameters);
  return rows.map((row) => ({ entity: String(row.entity), id: String(row.id) }));
}

/** What a conversion itself has brought about below its new records, beside what it carried along: events of hooks, for one. */
export async function childrenOf(
  context: Context,
  made: Readonly<Partial<Record<Target, { readonly id: string; readonly created: boolean }>>>,
  carried: readonly Carried[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const known = new Map<string, ReadonlySet<string>>([['lead', new Set([context.id])]]);
  for (const { entity, ids } of carried) known.set(entity, new Set([...(known.get(entity) ?? []), ...ids]));
  for (const target of TARGETS) known.set(target, new Set([made[target]?.id ?? []].flat()));
  const found: Child[] = [];
  for (const target of TARGETS) {
    const record = made[target];
    if (record?.created === true) found.push(...(await referring(context, target, record.id, known)));
  }
  const byEntity = Object.groupBy(found, ({ entity }) => entity);
  return Object.fromEntries(Object.entries(byEntity).map(([name, all = []]) => [name, all.map(({ id }) => id)]));
}
