// `POST /contacts(ID)/merge`: other records go into this one, with all that refers to them, in the transaction of the action. Values and
// deletes are the caller's requests, judged as such; what refers to the records is moved for him.
import { randomUUIDv7 } from 'node:crypto';
import { type EntityType, exactJsonText, isStored } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { extensionsOf } from '../extensions/registry.ts';
import type { Arguments, OperationContext } from '../extensions/types.ts';
import { targetOf } from '../plan/targets.ts';
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
  const chosen = {
    ...extensionsOf(model).mergedValues(entity, before, [...records.values()]),
    ...chosenValues(entity, args, records),
  };
  const found = await referencesTo(model, database, entity, others);
  // The survivor does not refer to itself. The others go while none of them leads to another one, so that their order does not matter.
  const references = found.map(
    (each): MovedReference => ({ ...each, to: each.entity === entity.name && each.id === id ? null : id }),
  );
  const collided = new Map<string, { readonly entity: string; readonly id: string }>();
  const stays = new Set<MovedReference>();
  for (const { reference, code, message } of await moveReferences(context, entity, references)) {
    const own = reference.entity === entity.name && [id, ...others].includes(reference.id);
    if (code !== 'duplicate_key' || own)
      throw new PlatformError('conflict', { reason: `A record of ${reference.entity} cannot go along: ${message}` });
    stays.add(reference);
    collided.set(`${reference.entity} ${reference.id}`, { entity: reference.entity, id: reference.id });
  }
  for (const each of collided.values()) await system.remove(model.entities.get(each.entity)?.set ?? '', each.id);
  const links = await moveLinks(context, entity, others);
  const shares = await mergeShares(context, entity, others);
  for (const other of others) await engine.remove(entity.set, other);
  // As it is stored, or what an undoing finds would seem to be changed; who gives the record away may not read it any more.
  const written: Values = (await engine.update(entity.set, id, chosen)) ?? (await system.get(`/${entity.set}(${id})`));
  const mergeId = randomUUIDv7();
  const log: MergeLog = {
    merged: others,
    references: references.filter((each) => !stays.has(each)),
    collided: [...collided.values()],
    ...{ links, shares, before: valuesOf(before, chosen), after: valuesOf(written, chosen) },
  };
  await database.run(
    `insert into kartoteka.merge (id, entity, survivor_id, merged_by_id, log) values ($1::uuid, $2::text, $3::uuid, $4::uuid, $5::jsonb)`,
    [mergeId, entity.name, id, principal.id, exactJsonText(log)],
  );
  return {
    merge_id: mergeId,
    merged: others,
    moved: log.references.length,
    links: links.length,
    collided: log.collided,
  };
}

const valuesOf = (record: Values, names: Values): Values =>
  Object.fromEntries(Object.keys(names).map((name) => [name, record[name] ?? null]));

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
  const isKnown = (name: string): boolean => {
    const property = entity.properties.get(name);
    return property !== undefined && isStored(property);
  };
  for (const name of Object.keys(values as Values))
    if (!isKnown(name)) throw bad('values', `there is no property ${name} to give`);
  const taken = Object.entries(take as Values).map(([name, from]) => {
    const record = records.get(String(from).toLowerCase());
    if (!isKnown(name)) throw bad('take', `there is no property ${name} to take`);
    if (record === undefined) throw bad('take', `${name} is taken from none of the others`);
    if (!Object.hasOwn(record, name)) throw new PlatformError('secured_property', { name, entity: entity.name });
    if (Object.hasOwn(values as Values, name)) throw bad('take', `${name} is given and taken`);
    return [name, record[name]] as const;
  });
  return { ...(values as Values), ...Object.fromEntries(taken) };
}

/** Links between the records themselves, and to what is in the recycle bin, stay where they are. */
async function moveLinks(
  { database, model, system, id }: OperationContext,
  entity: EntityType,
  others: readonly string[],
): Promise<readonly MovedLink[]> {
  const moved: MovedLink[] = [];
  for (const navigation of entity.navigations.values()) {
    const { name, junction } = navigation;
    if (junction === undefined) continue;
    const [own, other] = [quoteIdentifier(junction.own), quoteIdentifier(junction.other)];
    const table = `data.${quoteIdentifier(junction.table)}`;
    const rows = await database.run(
      `select j.${own}::text as own, j.${other}::text as other, exists (select from ${table} s where s.${own} = $1::uuid and s.${other} = j.${other}) as has
       from ${table} j join ${tableOf(targetOf(model, navigation))} t on t.id = j.${other} and t.deleted_on is null
       where j.${own} = any($2::uuid[]) and j.${other} <> $1::uuid and j.${other} <> all($2::uuid[]) order by 1, 2 limit ${MOST_LINKS + 1}`,
      [id, arrayLiteral(others)],
    );
    if (moved.length + rows.length > MOST_LINKS)
      throw new PlatformError('limit_exceeded', { limit: 'links moved by a merge', value: String(MOST_LINKS) });
    for (const { own: from, other: to, has } of rows.map(linkOf)) {
      await system.unlink(entity.set, from, name, to);
      // Two of the others may have the same link.
      const isThere = has || moved.some((link) => link.navigation === name && link.other === to);
      if (!isThere) await system.link(entity.set, id, name, to);
      moved.push({ navigation: name, from, other: to, added: !has });
    }
  }
  return moved;
}

const linkOf = ({ own, other, has }: Values) => ({ own: String(own), other: String(other), has: has === true });

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
