// What a reader is shown of one row of the change log: one pair of values per property that differs and that he may read, as
// JSON. Every name that is not known to be readable is left out.
import { type Navigation, storedProperties } from '@kartoteka/metadata';
import { REDACTED } from '../change-log.ts';
import { type ChangesPlan, loggedLinks } from '../plan/changes.ts';
import { targetOf } from '../plan/read.ts';
import { readable, type StatementContext } from './scope.ts';
import { quoteLiteral, tableOf } from './statement.ts';

/** Types whose numbers are texts where IEEE754Compatible is asked for. */
const EXACT = new Set(['Edm.Int64', 'Edm.Decimal']);

/**
 * A row of `shown` (JSON array, null when it would be empty) and `touched0` ..., whether one of the names that the plan's filter
 * asks for is among it. `l` is the alias of the log.
 */
export function shownChangesSql(context: StatementContext, plan: ChangesPlan, l: string): string {
  const { slots } = context;
  const links = loggedLinks(plan.entity).filter(({ target }) => targetAccess(context, target).granted);
  const properties = context.plan.visible(plan.entity).filter((property) => property.audit !== false);
  const stored = new Set(storedProperties(plan.entity));
  const names = [...properties.filter((property) => stored.has(property)), ...links].map(({ name }) => name);
  const known = slots.use({ from: 'constant', value: arrayOf(names) }, 'text[]');
  const exact = properties.filter(({ type }) => EXACT.has(type)).map(({ name }) => name);
  const value = (image: string): string => valueSql(context, links, exact, `${l}.${image}`);
  const pairs =
    `select k.name, ${redactedSql(l, 'k.name')} as redacted, ${value('before')} as b, ${value('after')} as a ` +
    `from (${namesSql(l)}) k(name) where k.name = any(${known}) ` +
    `and not exists (select from former f where f.property = k.name and f.hidden_on >= ${l}.at)`;
  const touched = plan.touching.map((group, index) => {
    const wanted = arrayOf(group.map(({ property, navigation }) => (property ?? navigation).name));
    return `, bool_or(s.name = any(${slots.use({ from: 'constant', value: wanted }, 'text[]')})) as touched${index}`;
  });
  return (
    `select json_agg(${ENTRY} order by array_position(${known}, s.name)) as shown${touched.join('')} ` +
    `from (${pairs}) s where s.redacted or s.b is distinct from s.a`
  );
}

/** Of what was redacted nobody learns whether there was a value before or after. */
const ENTRY =
  'case when s.redacted then (select row_to_json(e) from (select s.name as property, null as before, null as after, true as redacted) e) ' +
  'else (select row_to_json(e) from (select s.name as property, s.b as before, s.a as after) e) end';

/** Names of both images, those of redacted values included. */
function namesSql(l: string): string {
  const image = (name: string): string => `coalesce(${l}.${name}, '{}')`;
  const redacted = (name: string): string => `coalesce(${l}.${name} -> ${quoteLiteral(REDACTED)}, '[]')`;
  return (
    `select jsonb_object_keys(${image('before')} || ${image('after')}) ` +
    `union select jsonb_array_elements_text(${redacted('before')} || ${redacted('after')})`
  );
}

function redactedSql(l: string, name: string): string {
  const has = (image: string): string => `coalesce(${l}.${image} -> ${quoteLiteral(REDACTED)} ? ${name}, false)`;
  return `(${has('before')} or ${has('after')})`;
}

/** The value of `k.name` in an image, null where it has none. */
function valueSql(
  context: StatementContext,
  links: readonly Navigation[],
  exact: readonly string[],
  image: string,
): string {
  const raw = `coalesce(${image} -> k.name, 'null')`;
  const cases = links.map((link) => `when k.name = ${quoteLiteral(link.name)} then ${linkedSql(context, link, raw)}`);
  if (context.ieee754 && exact.length > 0) {
    const names = context.slots.use({ from: 'constant', value: arrayOf(exact) }, 'text[]');
    cases.push(`when k.name = any(${names}) and jsonb_typeof(${raw}) = 'number' then to_jsonb(${raw} #>> '{}')`);
  }
  return cases.length === 0 ? raw : `case ${cases.join(' ')} else ${raw} end`;
}

/** Of linked records the ids of those that the principal may read now. */
function linkedSql(context: StatementContext, link: Navigation, raw: string): string {
  const target = targetOf(context.plan.model, link);
  // What another field of that name has left behind need not be a list of ids.
  const ids = `jsonb_array_elements_text(case when jsonb_typeof(${raw}) = 'array' then ${raw} else '[]' end) i(id)`;
  const id = `case when i.id ~ '^[0-9a-f-]{36}$' then i.id::uuid end`;
  const found = `select x.id from ${tableOf(target)} x where x.id = ${id} and ${readable(context, target, 'x')} offset 0`;
  const list = `select jsonb_agg(x.id order by x.id) from ${ids} cross join lateral (${found}) x`;
  return `coalesce((${list}), 'null')`;
}

function targetAccess(context: StatementContext, name: string) {
  const target = context.plan.model.entities.get(name);
  if (target === undefined) throw new Error(`the Model has no entity ${name}`);
  return context.plan.access(target);
}

/** An array literal of names, which need no quotes. */
function arrayOf(names: readonly string[]): string {
  return `{${names.join(',')}}`;
}
