// `POST /leads(ID)/undo_conversion`: the lead is what it was, what went along comes back, and what was made goes to the recycle bin,
// unless somebody has used it since.
import type { EntityType } from '@kartoteka/metadata';
import { type Arguments, type ErrorDetail, errorDetail, PlatformError } from '@kartoteka/platform';
import { columnOf, type Left, move } from './carry-over.ts';
import { referring } from './conversion-children.ts';
import { latestConversion, markUndone } from './conversion-log.ts';
import { entityOf } from './conversion-records.ts';
import {
  type Carried,
  CONVERTED,
  type Context,
  type ConversionLog,
  type KeptRecord,
  TARGETS,
  type Target,
  UNDO_DAYS,
  type Values,
} from './conversion-types.ts';
import { hashOf, lockedLead, tellUndone } from './convert.ts';

/** Deals go before the contacts and companies that they name. */
const REMOVED = TARGETS.toReversed();

/** Throws conflict where the lead is not converted, it was too long ago, or (without `keep`) what was made was used since. */
export async function undoConversion(context: Context, { keep = false }: Arguments): Promise<unknown> {
  const { former } = await lockedLead(context);
  if (former.status !== 'converted') throw refused('The lead is not converted');
  const kept = await latestConversion(context);
  if (kept === undefined)
    throw refused(`A conversion can be undone by its record for ${UNDO_DAYS} days; this one has none`);
  const { id, log } = kept;
  await lockMade(context, log);
  const used = await usedRecords(context, log);
  if (used.size > 0 && keep !== true) throw inUse([...used]);
  const left: Left[] = [];
  const back = await moveBack(context, log.carried, left);
  await context.system.update('leads', context.id, formerValues(context, log));
  // Who undoes it must be one who may write the lead that it is now.
  await context.engine.update('leads', context.id, {});
  await emptyFilled(context, id, log, left);
  await removeOwn(context, log, used);
  const removed: Partial<Record<Target, string>> = {};
  for (const target of REMOVED) {
    const record = log.made[target];
    if (record?.created !== true || used.has(target)) continue;
    if (await isThere(context, target, record.id)) {
      await context.engine.remove(entityOf(context.model, target).set, record.id);
      removed[target] = record.id;
    } else left.push({ entity: target, id: record.id, reason: 'It was deleted since' });
  }
  await tellUndone(context);
  await markUndone(context, id);
  const members = TARGETS.map((target) => [target, removed[target] ?? null]);
  return { ...Object.fromEntries(members), carried: back, left: [...left, ...keptBehind(log, used)] };
}

const refused = (reason: string): PlatformError => new PlatformError('conflict', { reason }, { target: 'status' });

function inUse(used: readonly (readonly [Target, string])[]): PlatformError {
  const reason = 'What the lead became was used since; say keep to leave it';
  const details = used.map(([target, why]): ErrorDetail => errorDetail('conflict', { reason: why }, target));
  return new PlatformError('conflict', { reason }, { details });
}

const keptBehind = ({ made }: ConversionLog, used: ReadonlyMap<Target, string>): readonly Left[] =>
  [...used].map(([target, reason]) => ({ entity: target, id: made[target]?.id ?? '', reason }));

/** Who would make something below the records waits. */
async function lockMade({ database, model }: Context, { made }: ConversionLog): Promise<void> {
  for (const target of TARGETS) {
    const record = made[target];
    if (record === undefined) continue;
    const { table } = entityOf(model, target);
    await database.run(`select id::text as id from data."${table}" where id = $1::uuid for update`, [record.id]);
  }
}

async function isThere({ database, model }: Context, target: Target, id: string): Promise<boolean> {
  const { table } = entityOf(model, target);
  const found = await database.run(
    `select id::text as id from data."${table}" where id = $1::uuid and deleted_on is null`,
    [id],
  );
  return found.length > 0;
}

/** New records that were changed since, or to which others refer by now: why, by what they are. */
async function usedRecords(context: Context, log: ConversionLog): Promise<ReadonlyMap<Target, string>> {
  const used = new Map<Target, string>();
  const own = new Map(Object.entries(log.own).map(([name, ids]) => [name, new Set(ids)]));
  for (const { entity, ids } of log.carried) own.set(entity, new Set([...(own.get(entity) ?? []), ...ids]));
  own.set('lead', new Set([...(own.get('lead') ?? []), context.id]));
  for (const target of REMOVED) {
    const record = log.made[target];
    if (record?.created !== true || !(await isThere(context, target, record.id))) continue;
    const [child] = await referring(context, target, record.id, own);
    // Which one it is is not told: the caller may not see it.
    const why = (await isChanged(context, target, record)) ?? (child ? `Records of ${child.entity} refer to it` : null);
    if (why !== null) used.set(target, why);
    else own.set(target, new Set([...(own.get(target) ?? []), record.id]));
  }
  return used;
}

async function isChanged({ database, model }: Context, target: Target, record: KeptRecord): Promise<string | null> {
  const rows = await database.run(
    `select version::text as version from data."${entityOf(model, target).table}" where id = $1::uuid`,
    [record.id],
  );
  return rows[0]?.version === record.version ? null : 'It was changed since';
}

/** Events that the conversion itself told: whoever takes it back need not be one who may delete those. Of what is kept they stay. */
async function removeOwn(
  context: Context,
  { own, made }: ConversionLog,
  used: ReadonlyMap<Target, string>,
): Promise<void> {
  const kept = new Set([...used.keys()].map((target) => made[target]?.id));
  const entity = context.model.entities.get('event');
  if (entity === undefined) return;
  const rows = await context.database.run(
    `select t.id::text as id, t."${columnOf(entity, 'regarding_id')}"::text as of from data."${entity.table}" t where t.id = any($1::uuid[]) and t.deleted_on is null`,
    [`{${(own.event ?? []).join(',')}}`],
  );
  for (const row of rows.filter((each) => !kept.has(String(each.of))))
    await context.system.remove(entity.set, String(row.id));
}

/** What still is where the conversion left it. */
async function moveBack(context: Context, carried: readonly Carried[], left: Left[]): Promise<number> {
  let count = 0;
  for (const { entity: name, property, to, ids } of carried) {
    const entity = context.model.entities.get(name);
    if (entity?.properties.get(property) === undefined) continue;
    const there = await standing(context, entity, property, to[1], ids);
    const gone = ids.filter((id) => !there.has(id));
    left.push(...gone.map((id) => ({ entity: name, id, reason: 'It was moved or deleted since' })));
    const references = [...there].map((id) => ({ entity: name, id, property, from: to[1], to: context.id }));
    const stay = await move(context, 'lead', references);
    left.push(...stay);
    count += references.length - stay.length;
  }
  return count;
}

async function standing(
  { database }: Context,
  entity: EntityType,
  property: string,
  to: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.run(
    `select t.id::text as id from data."${entity.table}" t where t.id = any($1::uuid[]) and t."${columnOf(entity, property)}" = $2::uuid and t.deleted_on is null order by t.id for update`,
    [`{${ids.join(',')}}`, to],
  );
  return new Set(rows.map((row) => String(row.id)));
}

function formerValues({ entity }: Context, { status, status_reason }: ConversionLog): Values {
  const empty = [...Object.values(CONVERTED), 'converted_on', 'converted_by_id'].map((name) => [name, null]);
  const values = { status, status_reason, ...Object.fromEntries(empty) };
  return Object.fromEntries(Object.entries(values).filter(([name]) => entity?.properties.has(name)));
}

/** Takes out of existing records what the conversion filled in and nobody has changed since. */
async function emptyFilled(context: Context, conversion: string, { made }: ConversionLog, left: Left[]): Promise<void> {
  for (const target of TARGETS) {
    const record = made[target];
    const names = Object.keys(record?.filled ?? {});
    if (record === undefined || names.length === 0 || !(await isThere(context, target, record.id))) continue;
    const { set } = entityOf(context.model, target);
    const now: Values = await context.engine.get(`/${set}(${record.id})`);
    const same = names.filter((name) => hashOf(conversion, now[name] ?? null) === record.filled[name]);
    for (const name of names.filter((each) => !same.includes(each)))
      left.push({ entity: target, id: record.id, reason: `${name} was changed since` });
    if (same.length > 0)
      await context.engine.update(
        set,
        record.id,
        Object.fromEntries(same.map((name) => [name, record.before[name] ?? null])),
      );
  }
}
