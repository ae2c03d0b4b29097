// Worlds drawn at random: small, so that what is drawn meets. Whatever the rules of the documents forbid is not drawn.

import { type Random, randomOf } from './random.ts';
import { deleted } from './recycle.ts';
import { DIRECTORY, type LookupSchema, RECORDS, SCHEMA, STAGES, schemaOf } from './schema.ts';
import {
  type Depth,
  type Grant,
  type Link,
  PRIVILEGES,
  type Privilege,
  type Right,
  type Role,
  type Share,
  type Stored,
  type Target,
  type World,
} from './world.ts';

const KINDS = ['unit', 'user', 'team', ...RECORDS];

/** `user 3` as a uuid. What is drawn later does not come later in the order of ids. */
export function idOf(kind: string, n: number): string {
  const place = (KINDS.indexOf(kind) + 1).toString(16).padStart(2, '0');
  return `${(((n + 1) * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-00${place}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Records of each entity at most. */
const MOST = 5;
const RIGHTS = PRIVILEGES.filter((name): name is Right => name !== 'create');

export function drawWorld(seed: number): World {
  const random = randomOf(seed);
  const units = drawUnits(random);
  const unitIds = units.map(({ id }) => id);
  const users = random.times(2, 4, (n) => ({
    ...{ id: idOf('user', n), unit: random.pick(unitIds), active: n === 0 || random.chance(0.7) },
  }));
  const teams = random.times(0, 3, (n) => ({
    ...{ id: idOf('team', n), unit: random.pick(unitIds), deleted: random.chance(0.1) },
  }));
  const members = teams.flatMap((team) => random.some(users, 0.45).map((user) => ({ user: user.id, team: team.id })));
  const holders = [...users, ...teams].map(({ id }) => id);
  const roles = random.times(1, 4, (n) => drawRole(random, `role_${n}`));
  const assignments = random.times(2, 6, () => ({ holder: random.pick(holders), role: random.pick(roles).name }));
  const owners = [...users, ...teams.filter((team) => !team.deleted)].map(({ id }) => id);
  const records = drawRecords(
    random,
    owners,
    unitIds,
    users.map(({ id }) => id),
  );
  const unique = [...new Map(assignments.map((item) => [`${item.holder} ${item.role}`, item])).values()];
  const bare: World = { units, users, teams, members, roles, assignments: unique, records, shares: [], links: [] };
  const world = { ...bare, shares: drawShares(random, records, holders), links: drawLinks(random, records) };
  return withDeleted(random, world);
}

function drawUnits(random: Random): World['units'] {
  const ids: string[] = [];
  return random.times(1, 5, (n) => {
    const parent = n === 0 ? null : random.pick(ids);
    ids.push(idOf('unit', n));
    return { id: idOf('unit', n), parent };
  });
}

const DEPTHS: Readonly<Record<string, readonly Depth[]>> = {
  user: ['user', 'user', 'business_unit', 'parent_child', 'organization'],
  parent: ['user', 'user', 'business_unit', 'parent_child', 'organization'],
  business_unit: ['business_unit', 'parent_child', 'organization'],
  organization: ['organization'],
};
const WITHOUT: Readonly<Record<string, readonly Privilege[]>> = {
  organization: ['assign', 'share'],
  parent: ['assign'],
};

/** Most roles hold much, at various depths: who may do nothing is soon compared. */
function drawRole(random: Random, name: string): Role {
  const generous = random.pick([0.35, 0.7, 0.95]);
  const conditional = random.pick([0, 0.15, 0.4]);
  const wide = random.chance(0.3);
  const grants = Object.keys(SCHEMA).flatMap((entity) => {
    const { ownership } = schemaOf(entity);
    const privileges = PRIVILEGES.filter((privilege) => WITHOUT[ownership]?.includes(privilege) !== true);
    const likely = DIRECTORY.includes(entity) ? 0.8 : generous;
    return random.some(privileges, likely).map((privilege): Grant => {
      const depth = wide && random.chance(0.6) ? 'organization' : random.pick(DEPTHS[ownership] ?? []);
      const when = DIRECTORY.includes(entity) || !random.chance(conditional) ? null : drawCondition(random, entity);
      return { entity, privilege, depth, when };
    });
  });
  const secured = RECORDS.filter((entity) => schemaOf(entity).secured);
  // Who may update a secured field may read it: the documents demand it.
  const rights = [['read'], ['read', 'create'], ['read', 'update'], ['create'], ['read', 'create', 'update']] as const;
  const fields = random.some(secured, 0.5).map((entity) => ({ entity, rights: random.pick(rights) }));
  return { name, grants, fields, capabilities: random.some(['export', 'import'], 0.5) };
}

const CONDITIONS = [
  "stage eq 'won'",
  "stage ne 'won'",
  'stage eq null',
  "stage in ('open', 'lost')",
  "not (stage in ('open'))",
  'amount gt 2',
  'not (amount le 3)',
  "amount ge 1 and (stage eq 'open' or stage eq null)",
  'created_by_id eq me()',
  'created_by_id ne me() or amount eq null',
];
const OWNED = ['owner_id eq me()', 'owner_id in my_teams()', 'owning_business_unit_id eq my_business_unit()'];

export function drawCondition(random: Random, entity: string): string {
  const { ownership } = schemaOf(entity);
  const fitting = ownership === 'user' || ownership === 'parent' ? [...CONDITIONS, ...OWNED] : CONDITIONS;
  const one = random.pick(fitting);
  return random.chance(0.2) ? `(${one}) ${random.pick(['and', 'or'])} not (${random.pick(fitting)})` : one;
}

function drawRecords(
  random: Random,
  owners: readonly string[],
  units: readonly string[],
  users: readonly string[],
): readonly Stored[] {
  const records: Stored[] = [];
  for (const entity of RECORDS) {
    const { ownership, lookups, secured } = schemaOf(entity);
    for (let n = 0; n < 1 + random.nat(MOST); n += 1) {
      const named = Object.entries(lookups).map(([field, lookup]) => [field, drawTarget(random, records, lookup)]);
      if (named.some(([, target]) => target === undefined)) continue;
      records.push({
        ...{ entity, id: idOf(entity, n), creator: random.pick(users), deleted: null },
        owner: ownership === 'user' ? random.pick(owners) : null,
        unit: ownership === 'business_unit' ? random.pick(units) : null,
        name: drawName(random),
        stage: random.chance(0.25) ? null : random.pick(STAGES),
        amount: random.chance(0.25) ? null : random.nat(6),
        secret: secured && random.chance(0.8) ? drawName(random) : null,
        lookups: Object.fromEntries(named),
      });
    }
  }
  return records;
}

const WORDS = ['Anna', 'Bolt', 'Copper', 'Delta', 'Elm'];

export const drawName = (random: Random): string => `${random.pick(WORDS)} ${random.pick(WORDS)}`;

/** Undefined: it must name something, and there is nothing. */
function drawTarget(random: Random, records: readonly Stored[], lookup: LookupSchema): Target | null | undefined {
  const wanted = records.filter(({ entity }) => lookup.targets.includes(entity));
  const required = lookup.onDelete === 'cascade' && lookup.sharesExtend;
  if (wanted.length === 0) return required ? undefined : null;
  if (!required && random.chance(0.25)) return null;
  const { entity, id } = random.pick(wanted);
  return { entity, id };
}

function drawShares(random: Random, records: readonly Stored[], holders: readonly string[]): readonly Share[] {
  const shareable = records.filter(({ entity }) => schemaOf(entity).ownership !== 'organization');
  if (shareable.length === 0) return [];
  const most = random.pick([0, 4, 14]);
  const shares = random.times(0, most, (): Share => {
    const { entity, id } = random.pick(shareable);
    const rights = random.some(RIGHTS, 0.5);
    return {
      ...{ entity, record: id, principal: random.pick(holders) },
      rights: rights.length === 0 ? ['read'] : rights,
    };
  });
  return [...new Map(shares.map((share) => [`${share.record} ${share.principal}`, share])).values()];
}

function drawLinks(random: Random, records: readonly Stored[]): readonly Link[] {
  return Object.entries(SCHEMA).flatMap(([entity, { many }]) =>
    Object.entries(many).flatMap(([field, { target }]) =>
      records
        .filter((record) => record.entity === entity)
        .flatMap(({ id }) =>
          random
            .some(
              records.filter((record) => record.entity === target),
              0.4,
            )
            .map((other) => ({ entity, field, own: id, other: other.id })),
        ),
    ),
  );
}

/** Some records deleted, as requests would have done it. */
function withDeleted(random: Random, world: World): World {
  let next = world;
  for (let n = 0; n < random.nat(5); n += 1) {
    const live = next.records.filter((record) => record.deleted === null);
    if (live.length === 0) return next;
    next = deleted(next, random.pick(live), `delete ${n}`) ?? next;
  }
  return next;
}
