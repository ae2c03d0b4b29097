// `POST /contacts(ID)/unmerge`: takes a merge back for as long as it is kept: the merged records return, and what was moved goes back to
// them unless somebody has changed it since, which is told and left as it is.
import { canonicalValue, type EntityType, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Arguments, OperationContext } from '../extensions/types.ts';
import { arrayLiteral } from '../security/directory.ts';
import { columnOf } from '../sql/scope.ts';
import { tableOf } from '../sql/statement.ts';
import { lockRecords, setShare } from './merge.ts';
import { moveReferences } from './references.ts';
import { type MergeLog, type MovedLink, type MovedReference, UNDO_DAYS } from './types.ts';

interface Left {
  readonly entity: string;
  readonly id: string;
  readonly reason: string;
}

/** Undoes the named merge into the record, else the latest. Throws not_found, and what restoring the records throws. */
export async function unmerge(context: OperationContext, { merge_id }: Arguments): Promise<unknown> {
  const { entity, id, model, system, engine, database } = context;
  if (entity === null) throw new Error('bound to nothing');
  const [row] = await database.run(
    `select id::text as id, log::text as log from kartoteka.merge where survivor_id = $1::uuid and entity = $2::text and undone_on is null
       and merged_on > now() - interval '${UNDO_DAYS} days' and ($3::uuid is null or id = $3::uuid) order by merged_on desc, id desc limit 1 for update`,
    [id, entity.name, merge_id === undefined ? null : String(merge_id)],
  );
  if (row === undefined) throw new PlatformError('not_found');
  const log = parseExactJson(String(row.log)) as MergeLog;
  const left: Left[] = [];
  await lockRecords(context, entity, [id, ...log.merged]);
  await restoreValues(context, entity, log, left);
  for (const merged of log.merged) await restored(() => engine.post(`/${entity.set}(${merged})/restore`));
  for (const { entity: name, id: child } of log.collided) {
    const set = model.entities.get(name)?.set;
    await tried(left, name, child, () => restored(() => system.post(`/${set}(${child})/restore`)));
  }
  const back = await unchanged(context, log.references, left);
  for (const { reference, message } of await moveReferences(context, entity, back))
    left.push({ entity: reference.entity, id: reference.id, reason: message });
  for (const links of Map.groupBy(log.links, ({ navigation, other }) => `${navigation} ${other}`).values())
    await tried(left, entity.name, id, () => moveLinksBack(context, entity, links));
  for (const { principal, before, after } of log.shares) {
    const [share] = await database.run(
      `select rights::int as rights from kartoteka.share where principal_id = $1::uuid and entity = $2::text and record_id = $3::uuid`,
      [principal, entity.name, id],
    );
    if (share !== undefined && Number(share.rights) === after) await setShare(database, entity, id, principal, before);
    else left.push({ entity: entity.name, id, reason: 'A share was changed since' });
  }
  await database.run(`update kartoteka.merge set undone_on = now() where id = $1::uuid`, [String(row.id)]);
  return { merge_id: row.id, restored: log.merged, moved: back.length, left };
}

/** Links to the same record. Throws where the survivor has not the one any more that it got by the merge. */
async function moveLinksBack(
  { system, id }: OperationContext,
  { set }: EntityType,
  links: readonly MovedLink[],
): Promise<void> {
  const [first] = links;
  if (first?.added === true) await system.unlink(set, id, first.navigation, first.other);
  for (const { from, navigation, other } of links) await system.link(set, from, navigation, other);
}

async function tried(left: Left[], entity: string, id: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    left.push({ entity, id, reason: error.message });
  }
}

/** What somebody has brought back since is there. */
async function restored(restore: () => Promise<unknown>): Promise<void> {
  try {
    await restore();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'not_deleted') throw error;
  }
}

/** What the merge wrote into the survivor and nobody has changed since. */
async function restoreValues(
  { engine, id }: OperationContext,
  entity: EntityType,
  log: MergeLog,
  left: Left[],
): Promise<void> {
  const now = await engine.get(`/${entity.set}(${id})`);
  const back: Record<string, unknown> = {};
  for (const [name, after] of Object.entries(log.after)) {
    const property = entity.properties.get(name);
    const before = log.before[name] ?? null;
    const reason = (why: string): number => left.push({ entity: entity.name, id, reason: `${name} ${why}` });
    if (property === undefined) reason('is no property any more');
    else if (canonicalValue(property, after) === canonicalValue(property, before)) continue;
    else if (canonicalValue(property, now[name]) === canonicalValue(property, after)) back[name] = before;
    else reason('was changed since');
  }
  await engine.update(entity.set, id, back);
}

/** References that still lead where the merge left them, turned back. */
async function unchanged(
  { model, database }: OperationContext,
  references: readonly MovedReference[],
  left: Left[],
): Promise<readonly MovedReference[]> {
  const back: MovedReference[] = [];
  for (const [key, group] of Map.groupBy(references, ({ entity, property }) => `${entity} ${property}`)) {
    const [name = '', property = ''] = key.split(' ');
    const entity = model.entities.get(name);
    if (entity?.properties.get(property) === undefined) {
      left.push(...group.map(({ id }) => ({ entity: name, id, reason: `${property} is no property any more` })));
      continue;
    }
    const rows = await database.run(
      `select t.id::text as id, ${columnOf('t', entity, property)}::text as ref from ${tableOf(entity)} t where t.id = any($1::uuid[]) and t.deleted_on is null order by t.id for update`,
      [arrayLiteral(group.map(({ id }) => id))],
    );
    const stands = new Map(rows.map((row) => [String(row.id), row.ref === null ? null : String(row.ref)]));
    for (const reference of group) {
      if (stands.get(reference.id) === reference.to) back.push({ ...reference, to: reference.from });
      else if (stands.get(reference.id) !== reference.from)
        left.push({ entity: name, id: reference.id, reason: 'It was changed or deleted since' });
    }
  }
  return back;
}
