// A world of the oracle as rows of tables, and the rows of the tables as the oracle would have them. It must not be imported by
// product code.

import type { Executor } from '../../storage/types.ts';
import { ownership } from '../oracle/access.ts';
import { RECORDS, SCHEMA, schemaOf } from '../oracle/schema.ts';
import type { Stored, World } from '../oracle/world.ts';
import { SHARE_RIGHT_BITS } from '../types.ts';

type Row = Readonly<Record<string, unknown>>;

const NOBODY = '00000000-0000-0000-0000-000000000000';
const SYSTEM = {
  ...{ created_by_id: NOBODY, modified_by_id: NOBODY },
  version: 1,
  created_on: '2026-01-01T00:00:00Z',
  modified_on: '2026-01-01T00:00:00Z',
};

/** Inserts a world into empty tables: one script. */
export async function insertWorld(executor: Executor, world: World): Promise<void> {
  const { users, teams, units } = world;
  // Memberships and roles of a deleted team were deleted with it.
  const goneWith = (team: string): string | null =>
    teams.some(({ id, deleted }) => id === team && deleted) ? SYSTEM.created_on : null;
  const directory: [string, readonly Row[]][] = [
    [
      'kartoteka.principal',
      [...users.map(({ id }) => ({ id, kind: 'user' })), ...teams.map(({ id }) => ({ id, kind: 'team' }))],
    ],
    ['data.business_unit', units.map(({ id, parent }) => ({ id, name: id, parent_id: parent, ...SYSTEM }))],
    ['data."user"', users.map(userRow)],
    [
      'data.team',
      teams.map((team) => ({
        id: team.id,
        name: team.id,
        owning_business_unit_id: team.unit,
        deleted_on: goneWith(team.id),
        ...SYSTEM,
      })),
    ],
    [
      'data.team_member',
      world.members.map(({ user, team }, n) => ({
        ...{ id: memberId(n), user_id: user, team_id: team, ...SYSTEM },
        deleted_on: goneWith(team),
      })),
    ],
    [
      'data.role_assignment',
      world.assignments.map(({ holder, role }, n) => ({
        ...{ id: assignmentId(n), role, ...SYSTEM, deleted_on: goneWith(holder) },
        user_id: users.some(({ id }) => id === holder) ? holder : null,
        team_id: teams.some(({ id }) => id === holder) ? holder : null,
      })),
    ],
  ];
  const records = RECORDS.map((entity): [string, readonly Row[]] => [
    `data."${entity}"`,
    world.records.filter((record) => record.entity === entity).map((record) => recordRow(world, record)),
  ]);
  const links = Object.entries(SCHEMA).flatMap(([entity, { many }]) =>
    Object.keys(many).map((field): [string, readonly Row[]] => [
      `data."${entity}__${field}"`,
      world.links
        .filter((link) => link.entity === entity && link.field === field)
        .map(({ own, other }) => ({ own_id: own, other_id: other })),
    ]),
  );
  const shares: [string, readonly Row[]] = [
    'kartoteka.share',
    world.shares.map(({ entity, record, principal, rights }) => ({
      ...{ entity, record_id: record, principal_id: principal },
      rights: rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right], 0),
    })),
  ];
  const script = [...directory, ...records, ...links, shares].map(([table, rows]) => insertion(table, rows)).join('');
  await executor.run(script, [], { script: true });
}

const linkId = (kind: number, n: number): string => `0000000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** Ids of the world's memberships and role assignments, by their positions. */
export const memberId = (n: number): string => linkId(1, n);
export const assignmentId = (n: number): string => linkId(2, n);

/** One more user, who holds this role. */
export async function insertUser(executor: Executor, user: World['users'][number], role: string): Promise<void> {
  const parts: [string, readonly Row[]][] = [
    ['kartoteka.principal', [{ id: user.id, kind: 'user' }]],
    ['data."user"', [userRow(user)]],
    ['data.role_assignment', [{ id: linkId(2, 999), role, user_id: user.id, ...SYSTEM }]],
  ];
  await executor.run(parts.map(([table, rows]) => insertion(table, rows)).join(''), [], { script: true });
}

const userRow = ({ id, unit, active }: World['users'][number]): Row => ({
  ...{ id, full_name: id, email: `${id}@example.org`, owning_business_unit_id: unit, active },
  ...{ service_principal: false, notify_by_email: false, ...SYSTEM },
});

function recordRow(world: World, record: Stored): Row {
  const { owner, unit } = ownership(world, record);
  const kind = schemaOf(record.entity).ownership;
  const owners = kind === 'user' || kind === 'parent' ? { owner_id: owner } : {};
  const units = kind === 'organization' ? {} : { owning_business_unit_id: unit };
  return {
    ...{ id: record.id, name: record.name, stage: record.stage, amount: record.amount },
    ...(schemaOf(record.entity).secured ? { secret: record.secret } : {}),
    ...{ ...owners, ...units, ...lookupValues(record) },
    ...{ deleted_on: record.deleted === null ? null : deletedOn(record.deleted), delete_id: deleteId(record.deleted) },
    ...{ ...SYSTEM, created_by_id: record.creator },
  };
}

/** One time and id per delete. */
const deletedOn = (name: string): string => `2026-02-01T00:00:${String(numberOf(name)).padStart(2, '0')}Z`;
const deleteId = (name: string | null): string | null => (name === null ? null : linkId(3, numberOf(name)));
const numberOf = (name: string): number => Number(name.split(' ').at(-1)) % 60;

/** What a request or row holds for the lookups of a record. */
export function lookupValues({ entity, lookups }: Pick<Stored, 'entity' | 'lookups'>): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const [field, target] of Object.entries(lookups)) {
    values[`${field}_id`] = target?.id ?? null;
    if ((schemaOf(entity).lookups[field]?.targets.length ?? 0) > 1) values[`${field}_type`] = target?.entity ?? null;
  }
  return values;
}

function insertion(table: string, rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {}).map((column) => `"${column}"`);
  if (columns.length === 0) return '';
  const json = JSON.stringify(rows).replaceAll("'", "''");
  return `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, '${json}');\n`;
}

/** What is stored of records, shares and links, by what it is of, to be compared with `expectedState`. */
export async function storedState(executor: Executor): Promise<Record<string, unknown>> {
  const rows = await executor.run(STATE);
  return Object.fromEntries(rows.map(({ key, value }) => [String(key), JSON.parse(String(value))]));
}

const STATE = [
  ...RECORDS.map((entity) => {
    const { ownership: kind, secured } = schemaOf(entity);
    // What is in the recycle bin does not follow its parent before it comes back.
    const kept = (column: string): string =>
      kind === 'parent' ? `case when deleted_on is null then ${column} end` : column;
    const owner = kind === 'user' || kind === 'parent' ? kept('owner_id') : 'null';
    const unit = kind === 'organization' ? 'null' : kept('owning_business_unit_id');
    const lookups = Object.keys(lookupValues({ entity, lookups: emptyLookups(entity) })).flatMap((column) => [
      `'${column}'`,
      column,
    ]);
    const values = [
      'name',
      'stage',
      'amount',
      secured ? 'secret' : 'null',
      owner,
      unit,
      'deleted_on is not null',
      'created_by_id',
      `json_build_object(${lookups})`,
    ];
    return `select '${entity} ' || id as key, json_build_array(${values})::text as value from data."${entity}"`;
  }),
  `select 'share ' || record_id || ' ' || principal_id, rights::text from kartoteka.share`,
  ...Object.entries(SCHEMA).flatMap(([entity, { many }]) =>
    Object.keys(many).map(
      (field) => `select '${entity}.${field} ' || own_id || ' ' || other_id, '1' from data."${entity}__${field}"`,
    ),
  ),
].join(' union all ');

function emptyLookups(entity: string): Stored['lookups'] {
  return Object.fromEntries(Object.keys(schemaOf(entity).lookups).map((field) => [field, null]));
}

export function expectedState(world: World): Record<string, unknown> {
  const records = world.records.map((record) => {
    const follows = record.deleted !== null && schemaOf(record.entity).ownership === 'parent';
    const { owner, unit } = follows ? { owner: null, unit: null } : ownership(world, record);
    const lookups = lookupValues({ ...record, lookups: { ...emptyLookups(record.entity), ...record.lookups } });
    const secret = schemaOf(record.entity).secured ? record.secret : null;
    const values = [
      record.name,
      record.stage,
      record.amount,
      secret,
      owner,
      unit,
      record.deleted !== null,
      record.creator,
      lookups,
    ];
    return [`${record.entity} ${record.id}`, values];
  });
  const shares = world.shares.map(({ record, principal, rights }) => [
    `share ${record} ${principal}`,
    rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right], 0),
  ]);
  const links = world.links.map(({ entity, field, own, other }) => [`${entity}.${field} ${own} ${other}`, 1]);
  return Object.fromEntries([...records, ...shares, ...links]);
}
