// The statement that looks at a record for an explanation: what the engine grants a principal on it, where the record stands, which
// shares reach it, and the names that whoever asks may see. No values, no I/O.
import {
  type EntityType,
  type Model,
  PRIVILEGES,
  type Privilege,
  type SharePath,
  sharePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import type { AuthorizedExplain } from '../plan/authorize-explain.ts';
import { DIRECTORY, DIRECTORY_PROPERTIES, columnOf as directoryColumn, entityOf } from '../security/directory.ts';
import type { UserPrincipal } from '../security/principals.ts';
import type { Principal } from '../security/types.ts';
import { bindStatement } from './bind.ts';
import { columnOf } from './scope.ts';
import { alongPath } from './shares.ts';
import { type CompiledStatement, quoteLiteral, type Slot, SlotWriter, tableOf } from './statement.ts';
import { accessSql, conditionSql, type RightsContext } from './write-row.ts';

/**
 * Row: none when there is no record that the asker may read; else `granted` (`{t,f,...}`, one per privilege in the order of PRIVILEGES),
 * `parts` (one per condition of `parts`), `owner`, `unit`, `above` (units at or above the record's), `shares` and `names` (JSON).
 * Parameters: `id`, `@ids` (uuid array, whose names are wanted), `@mine` (uuid array, whose shares count).
 */
export function explainStatement(
  authorized: AuthorizedExplain,
  subject: UserPrincipal,
  parts: readonly TypedExpression[],
): CompiledStatement {
  const { entity } = authorized;
  const slots = new SlotWriter();
  const asker = contextOf(authorized, slots);
  const other: RightsContext = { authorized: subjectRights(subject), slots: new SubjectSlots(slots, subject) };
  const granted = PRIVILEGES.map((privilege) => accessSql(other, entity, privilege, 'a'));
  const held = parts.map((part) => `coalesce(${conditionSql(other, entity, 'a', part)}, false)`);
  const owner = systemColumn(entity, 'owner_id');
  const unit = systemColumn(entity, 'owning_business_unit_id');
  const columns = [
    `array[${granted.join(', ')}]::boolean[]::text as granted`,
    `array[${held.join(', ')}]::boolean[]::text as parts`,
    `${owner}::text as owner`,
    `${unit}::text as unit`,
    `${aboveSql(authorized, unit)}::text as above`,
    `${sharesSql(authorized, asker)} as shares`,
    `${namesSql(authorized, asker, ` || array[${owner}, ${unit}]`)} as names`,
  ];
  const readable = accessSql(asker, entity, 'read', 'a');
  const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const conditions = [`a.id = ${id}`, 'a.deleted_on is null', ...(readable === 'true' ? [] : [readable])];
  const text = `select ${columns.join(', ')} from ${tableOf(entity)} a where ${conditions.join(' and ')}`;
  return { text, slots: slots.slots };
}

/** Row: `names` alone. Parameter: `@ids`. */
export function namesStatement(authorized: AuthorizedExplain): CompiledStatement {
  const slots = new SlotWriter();
  const text = `select ${namesSql(authorized, contextOf(authorized, slots), '')} as names`;
  return { text, slots: slots.slots };
}

/** Rows: `id` of those of the records `@ids` that the principal may read. */
export function readableStatement(model: Model, principal: Principal, entity: EntityType): CompiledStatement {
  const slots = new SlotWriter();
  const access = (node: EntityType, privilege: Privilege) => principal.access(node.name, privilege);
  const readable = accessSql({ authorized: { model, access }, slots }, entity, 'read', 'a');
  const ids = slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const text = `select a.id::text as id from ${tableOf(entity)} a where a.id = any(${ids}) and a.deleted_on is null and ${readable}`;
  return { text, slots: slots.slots };
}

function contextOf({ model, access }: AuthorizedExplain, slots: SlotWriter): RightsContext {
  return { authorized: { model, access: access as RightsContext['authorized']['access'] }, slots };
}

function subjectRights(subject: UserPrincipal): RightsContext['authorized'] {
  return { model: subject.model, access: (entity, privilege) => subject.access(entity.name, privilege) };
}

/** Binds what stands for the principal of a request to somebody else, in a statement of the one who asks. */
class SubjectSlots extends SlotWriter {
  readonly #asker: SlotWriter;
  readonly #subject: UserPrincipal;

  constructor(asker: SlotWriter, subject: UserPrincipal) {
    super();
    this.#asker = asker;
    this.#subject = subject;
  }

  override use(slot: Slot, cast: string): string {
    const ofPrincipal =
      slot.from === 'access' || (slot.from === 'context' && slot.name !== 'now' && slot.name !== 'today');
    if (!ofPrincipal) return this.#asker.use(slot, cast);
    const bindings = { model: this.#subject.model, principal: this.#subject, literals: [], values: {} };
    const value = bindStatement({ text: '', slots: [slot] }, bindings)[0] ?? null;
    return this.#asker.use({ from: 'constant', value }, cast);
  }
}

function systemColumn(entity: EntityType, name: string): string {
  return entity.properties.has(name) ? columnOf('a', entity, name) : 'null::uuid';
}

/** Ids of the unit and of the units above it; deleted ones end the way, as they do downwards. */
function aboveSql({ model }: AuthorizedExplain, unit: string): string {
  const units = entityOf(model, DIRECTORY.businessUnit);
  const parent = directoryColumn(units, DIRECTORY_PROPERTIES.parentUnit);
  return (
    `(with recursive up(id) as (select ${unit} union select u.${parent} from up join ${tableOf(units)} u on u.id = up.id ` +
    `where u.deleted_on is null and u.${parent} is not null) select array_agg(up.id) from up where up.id is not null)`
  );
}

/** Shares with the principal of the record and of those above it: `path` ('' for its own), `principal`, `rights`, `record` (null: not to be named). */
function sharesSql(authorized: AuthorizedExplain, asker: RightsContext): string {
  const { entity, model } = authorized;
  const mine = asker.slots.use({ from: 'value', name: '@mine' }, 'uuid[]');
  const share = (target: string): string => `s.entity = ${quoteLiteral(target)} and s.principal_id = any(${mine})`;
  const own =
    `select '' as path, s.principal_id, s.rights, s.record_id from kartoteka.share s ` +
    `where ${share(entity.name)} and s.record_id = a.id`;
  const above = sharePaths(model, entity).map((path) => {
    const { tables, tests } = alongPath(path.steps, 'a', 'v');
    const record = `case when ${wayReadable(authorized, asker, path)} then s.record_id end`;
    return (
      `select ${quoteLiteral(path.key)}, s.principal_id, s.rights, ${record} ` +
      `from ${[...tables, 'kartoteka.share s'].join(', ')} where ${[...tests, share(path.target)].join(' and ')}`
    );
  });
  const object = `json_build_object('path', path, 'principal', principal_id, 'rights', rights, 'record', record_id)`;
  const rows = [own, ...above].join(' union all ');
  return `(select coalesce(json_agg(${object} order by path, principal_id, record_id), '[]')::text from (${rows}) x)`;
}

/** Boolean SQL: the asker may read the shared record, those on the way to it, and the lookups that lead there. */
function wayReadable(authorized: AuthorizedExplain, asker: RightsContext, { steps, target }: SharePath): string {
  const secret = steps.some(({ from, navigation }) => !authorized.mayRead(from, navigation.property));
  const end = authorized.model.entities.get(target);
  if (secret || end === undefined) return 'false';
  const between = steps.slice(1).flatMap(({ from }, n) => {
    const readable = accessSql(asker, from, 'read', `v${n + 1}`);
    return [`v${n + 1}.deleted_on is null`, ...(readable === 'true' ? [] : [readable])];
  });
  const readable = accessSql(asker, end, 'read', 'r');
  const found = `exists (select 1 from ${tableOf(end)} r where r.id = s.record_id and r.deleted_on is null and ${readable})`;
  return [...between, found].join(' and ');
}

/** JSON by id: `kind`, `name` and `active` of the users, teams and units among `@ids` that the asker may read. */
function namesSql(authorized: AuthorizedExplain, asker: RightsContext, more: string): string {
  const ids = asker.slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const rows = [DIRECTORY.user, DIRECTORY.team, DIRECTORY.businessUnit].map((kind) => {
    const type = entityOf(authorized.model, kind);
    const readable = accessSql(asker, type, 'read', 'n');
    const conditions = [
      `n.id = any(${ids}${more})`,
      'n.deleted_on is null',
      ...(readable === 'true' ? [] : [readable]),
    ];
    const active = type.properties.has(DIRECTORY_PROPERTIES.active)
      ? `${directoryColumn(type, DIRECTORY_PROPERTIES.active)} is not false`
      : 'true';
    return (
      `select n.id, ${quoteLiteral(kind)} as kind, ${titleSql(authorized, type)} as name, ${active} as active ` +
      `from ${tableOf(type)} n where ${conditions.join(' and ')}`
    );
  });
  const object = `json_build_object('kind', kind, 'name', name, 'active', active)`;
  return `(select coalesce(json_object_agg(id, ${object}), '{}')::text from (${rows.join(' union all ')}) n)`;
}

/** The title as text; null where it is secured from the asker, or computed. */
function titleSql(authorized: AuthorizedExplain, type: EntityType): string {
  const column = type.properties.get(type.title)?.column ?? '';
  return column === '' || !authorized.mayRead(type, type.title)
    ? 'null::text'
    : `${columnOf('n', type, type.title)}::text`;
}
