// Security events of the directory entities: hooks, so that every path that writes them (single, bulk, import, cascade, restore)
// records what it did to rights in its own transaction. It decides nothing.
import type { Hook, HookContext, Operation, WrittenRecord } from '../hooks.ts';
import { columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { tableOf } from '../sql/statement.ts';
import type { Row } from '../storage/types.ts';
import { arrayLiteral } from '../write/cascade.ts';
import type { SecurityEventKind } from './kinds.ts';
import { actorOf, originOf, recordSecurityEvent, type SecurityEvent } from './record.ts';

const { user, team, businessUnit, teamMember, roleAssignment } = DIRECTORY;
const property = DIRECTORY_PROPERTIES;

/** What an event says beyond who did it and from where. */
type Happening = Pick<SecurityEvent, 'kind' | 'target' | 'details'>;

const ALWAYS: readonly Operation[] = ['create', 'update', 'delete', 'restore'];

/** After-hooks that record what became of users, teams, units, memberships and role assignments. */
export function directoryEventHooks(): readonly Hook[] {
  return [
    hook(user, recordsOf(user, ['user_created', 'user_deleted', 'user_restored'], [activity, move('user_moved')])),
    hook(team, recordsOf(team, ['team_created', 'team_deleted', 'team_restored'], [move('team_moved')])),
    hook(businessUnit, recordsOf(businessUnit, ['unit_created', 'unit_deleted', 'unit_restored'], [unitMove])),
    hook(roleAssignment, relationsOf(ASSIGNMENT)),
    hook(teamMember, relationsOf(MEMBERSHIP)),
  ];
}

type Tell = (context: HookContext, records: readonly WrittenRecord[]) => Promise<readonly Happening[]>;

function hook(entity: string, tell: Tell): Hook {
  return {
    entity,
    operations: ALWAYS,
    after: async (context, records) => {
      const { tx, principal, request } = context;
      const who = { ...actorOf(principal), ...(request === undefined ? {} : { origin: originOf(request) }) };
      const happenings = await tell(context, records);
      await recordSecurityEvent(tx, ...happenings.map((happening) => ({ ...happening, ...who })));
    },
  };
}

/** What a change of a record means; null: nothing for rights. */
type Change = (record: WrittenRecord) => Omit<Happening, 'target'> | null;

/** Records whose own values matter: made, deleted, brought back, or changed in one of these ways. */
function recordsOf(
  entity: string,
  [created, deleted, restored]: readonly [SecurityEventKind, SecurityEventKind, SecurityEventKind],
  changes: readonly Change[],
): Tell {
  const whole: Partial<Record<Operation, SecurityEventKind>> = { create: created, delete: deleted, restore: restored };
  return async ({ operation }, records) => {
    const kind = whole[operation];
    return records.flatMap((record) => {
      const target = { entity, id: record.id };
      if (kind !== undefined) return [{ kind, target }];
      return changes.flatMap((change) => {
        const found = change(record);
        return found === null ? [] : [{ ...found, target }];
      });
    });
  };
}

/** Only `false` disables. */
function activity({ before, after }: WrittenRecord): Omit<Happening, 'target'> | null {
  const [was, is] = [before?.[property.active] !== false, after?.[property.active] !== false];
  if (was === is) return null;
  return { kind: is ? 'user_enabled' : 'user_disabled' };
}

function move(kind: SecurityEventKind, name: string = property.unit): Change {
  return ({ before, after }) => {
    const [from = null, to = null] = [before?.[name], after?.[name]];
    return from === to ? null : { kind, details: { from, to } };
  };
}

const unitMove = move('unit_moved', property.parentUnit);

/** A record that gives somebody something: what, to whom, in the properties `of`. */
interface Relation {
  readonly given: SecurityEventKind;
  readonly taken: SecurityEventKind;
  readonly of: readonly string[];
  readonly say: (values: Row) => Pick<Happening, 'target' | 'details'>;
}

const ASSIGNMENT: Relation = {
  given: 'role_given',
  taken: 'role_taken',
  of: [property.role, property.user, property.team],
  say: (values) => {
    const [holder, entity] = values[property.user] === null ? [property.team, team] : [property.user, user];
    return { target: { entity, id: idOf(values[holder]) }, details: { role: values[property.role] } };
  },
};

const MEMBERSHIP: Relation = {
  given: 'member_added',
  taken: 'member_removed',
  of: [property.user, property.team],
  say: (values) => ({
    target: { entity: user, id: idOf(values[property.user]) },
    details: { team_id: values[property.team] },
  }),
};

const idOf = (value: Row[string] | undefined): string | null => (value === null ? null : String(value));

function relationsOf(relation: Relation): Tell {
  const { given, taken, say, of } = relation;
  return async (context, records) => {
    const rows = await valuesOf(context, of, records);
    return records.flatMap(({ id, before }): readonly Happening[] => {
      const now = rows.get(id);
      if (now === undefined) return [];
      if (context.operation === 'delete') return [{ kind: taken, ...say(now) }];
      if (context.operation !== 'update') return [{ kind: given, ...say(now) }];
      const then = { ...now, ...pick(before, of) };
      const same = of.every((name) => then[name] === now[name]);
      return same
        ? []
        : [
            { kind: taken, ...say(then) },
            { kind: given, ...say(now) },
          ];
    });
  };
}

/** The stored values: images hold what changed only, and nothing that is not logged. */
async function valuesOf(
  { model, entity, tx }: HookContext,
  names: readonly string[],
  records: readonly WrittenRecord[],
): Promise<ReadonlyMap<string, Row>> {
  const type = entityOf(model, entity);
  const columns = names.map((name) => `a.${columnOf(type, name)}::text as "${name}"`);
  const text = `select a.id::text as id, ${columns.join(', ')} from ${tableOf(type)} a where a.id = any($1::uuid[])`;
  const rows = await tx.run(text, [arrayLiteral(records.map(({ id }) => id))], { prepare: true });
  return new Map(rows.map((row) => [String(row.id), row]));
}

function pick(image: WrittenRecord['before'], names: readonly string[]): Row {
  const found = names.filter((name) => image?.[name] !== undefined);
  return Object.fromEntries(found.map((name) => [name, image?.[name] as Row[string]]));
}
