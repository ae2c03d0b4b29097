// `POST /contacts(ID)/merge`: other records go into this one, with all that refers to them, in the transaction of the action. Values and
// deletes are the caller's requests, judged as such; what refers to the records is moved for him.
import { randomUUIDv7 } from 'node:crypto';
import { type EntityType, isStored } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Arguments, OperationContext } from '../extensions/types.ts';
import { arrayLiteral } from '../security/directory.ts';
import { quoteIdentifier, tableOf } from '../sql/statement.ts';
import { moveReferences, referencesTo } from './references.ts';
import { type MergedShare, type MergeLog, MOST_LINKS, type MovedLink, type MovedReference } from './types.ts';

type Values = Readonly<Record<string, unknown>>;

/** Throws bad_request, what the update of the survivor and the deletes of the others throw, limit_exceeded. */
export async function merge(context: OperationContext, args: Arguments): Promise<unknown> {
  const { entity, id, model, system, engine, database, principal } = context;
  if (entity === null) throw new Error('bound to nothing');
  const others = (args.others as readonly string[]).map((each) => each.toLowerCase());
  if (others.includes(id) || new Set(others).size < others.length || others.length === 0) {
    throw new PlatformError(
      'bad_request',
      { reason: 'others are different records beside this one' },
      { target: 'others' },
    );
  }
  await lockRecords(context, entity, [id, ...others]);
  const before: Values = await engine.get(`/${entity.set}(${id})`);
  const records = new Map<string, Values>();
  for (const other of others) records.set(other, await engine.get(`/${entity.set}(${other})`));
  const chosen = chosenValues(entity, args, records);
  const found = await referencesTo(model, database, entity, others);
  // What belongs to a merged record goes with it; the survivor does not refer to itself.
  const outer = found.filter((each) => each.entity !== entity.name || !others.includes(each.id));
  const references = outer.map(
    (each): MovedReference => ({ ...each, to: each.entity === entity.name && each.id === id ? null : id }),
  );
  const collided: MovedReference[] = [];
  for (const { reference, code, message } of await moveReferences(model, system, references)) {
    if (code !== 'duplicate_key')
      throw new PlatformError('conflict', { reason: `A record of ${reference.entity} cannot go along: ${message}` });
    collided.push(reference);
  }
  for (const reference of collided) await system.remove(model.entities.get(reference.entity)?.set ?? '', reference.id);
  const links = await moveLinks(context, entity, others);
  const shares = await mergeShares(context, entity, others);
  for (const other of others) await engine.remove(entity.set, other);
  await engine.update(entity.set, id, chosen);
  const mergeId = randomUUIDv7();
  const log: MergeLog = {
    merged: others,
    references: references.filter((each) => !collided.includes(each)),
    collided: collided.map(({ entity: name, id: child }) => ({ entity: name, id: child })),
    ...{
      links,
      shares,
      before: Object.fromEntries(Object.keys(chosen).map((name) => [name, before[name] ?? null])),
      after: chosen,
    },
  };
  await database.run(
    `insert into kartoteka.merge (id, entity, survivor_id, merged_by_id, log) values ($1::uuid, $2::text, $3::uuid, $4::uuid, $5::jsonb)`,
    [mergeId, entity.name, id, principal.id, JSON.stringify(log)],
  );
  return {
    merge_id: mergeId,
    merged: others,
    moved: log.references.length,
    links: links.length,
    collided: log.collided,
  };
}

/** In one order, so that merges of the same records wait for each other; who makes a record that refers to one waits, too. */
export async function lockRecords(
  { database }: OperationContext,
  entity: EntityType,
  ids: readonly string[],
): Promise<void> {
  await database.run(
    `select id::text as id from ${tableOf(entity)} where id = any($1::uuid[]) order by id for update`,
    [arrayLiteral(ids)],
  );
}

/** `values`, and what `take` names of the records. Throws bad_request. */
function chosenValues(
  entity: EntityType,
  { values = {}, take = {} }: Arguments,
  records: ReadonlyMap<string, Values>,
): Values {
  const bad = (target: string, reason: string) => new PlatformError('bad_request', { reason }, { target });
  for (const [name, given] of Object.entries({ values, take }))
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      throw bad(name, `${name} is a JSON object`);
  const taken = Object.entries(take as Values).map(([name, from]) => {
    const property = entity.properties.get(name);
    const record = records.get(String(from).toLowerCase());
    if (property === undefined || !isStored(property)) throw bad('take', `there is no property ${name} to take`);
    if (record === undefined) throw bad('take', `${name} is taken from none of the others`);
    if (!Object.hasOwn(record, name)) throw new PlatformError('secured_property', { name, entity: entity.name });
    if (Object.hasOwn(values as Values, name)) throw bad('take', `${name} is given and taken`);
    return [name, record[name]] as const;
  });
  return { ...(values as Values), ...Object.fromEntries(taken) };
}

async function moveLinks(
  { database, system, id }: OperationContext,
  entity: EntityType,
  others: readonly string[],
): Promise<readonly MovedLink[]> {
  const moved: MovedLink[] = [];
  for (const { name, junction } of entity.navigations.values()) {
    if (junction === undefined) continue;
    const [own, other] = [quoteIdentifier(junction.own), quoteIdentifier(junction.other)];
    const rows = await database.run(
      `select ${own}::text as own, ${other}::text as other from data.${quoteIdentifier(junction.table)} where ${own} = any($1::uuid[]) order by 1, 2 limit ${MOST_LINKS + 1}`,
      [arrayLiteral([id, ...others])],
    );
    if (rows.length > MOST_LINKS)
      throw new PlatformError('limit_exceeded', { limit: 'links moved by a merge', value: String(MOST_LINKS) });
    const has = new Set(rows.flatMap((row) => (row.own === id ? [String(row.other)] : [])));
    for (const row of rows) {
      const [from, to] = [String(row.own), String(row.other)];
      if (from === id || to === id || others.includes(to)) continue;
      await system.unlink(entity.set, from, name, to);
      if (!has.has(to)) await system.link(entity.set, id, name, to);
      moved.push({ navigation: name, from, other: to, added: !has.has(to) });
      has.add(to);
    }
  }
  return moved;
}

/** With whom one of the others was shared, with him the survivor is. */
async function mergeShares(
  { database, id }: OperationContext,
  entity: EntityType,
  others: readonly string[],
): Promise<readonly MergedShare[]> {
  const rows = await database.run(
    `with given as (select principal_id, bit_or(rights) as rights from kartoteka.share where entity = $1::text and record_id = any($3::uuid[]) group by principal_id)
     select g.principal_id::text as principal, s.rights::int as before, (coalesce(s.rights, 0) | g.rights)::int as after
     from given g left join kartoteka.share s on s.principal_id = g.principal_id and s.entity = $1::text and s.record_id = $2::uuid
     where s.rights is distinct from (coalesce(s.rights, 0) | g.rights)`,
    [entity.name, id, arrayLiteral(others)],
  );
  const shares = rows.map((row) => ({
    principal: String(row.principal),
    before: row.before === null ? null : Number(row.before),
    after: Number(row.after),
  }));
  for (const share of shares) await setShare(database, entity, id, share.principal, share.after);
  return shares;
}

/** Null takes the share away. */
export async function setShare(
  database: OperationContext['database'],
  entity: EntityType,
  id: string,
  principal: string,
  rights: number | null,
): Promise<void> {
  const key = [principal, entity.name, id];
  if (rights === null) {
    await database.run(
      `delete from kartoteka.share where principal_id = $1::uuid and entity = $2::text and record_id = $3::uuid`,
      key,
    );
    return;
  }
  const changed = await database.run(
    `update kartoteka.share set rights = $4::smallint where principal_id = $1::uuid and entity = $2::text and record_id = $3::uuid returning 1::int as one`,
    [...key, String(rights)],
  );
  if (changed.length > 0) return;
  await database.run(
    `insert into kartoteka.share (principal_id, entity, record_id, rights) values ($1::uuid, $2::text, $3::uuid, $4::smallint)`,
    [...key, String(rights)],
  );
}
