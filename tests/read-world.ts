// A small world for tests of reading: visits to companies with every kind of value, owned by users and teams of a tree of
// business units, shared at random, read by principals of every kind; and who sees what, decided without SQL.
import { parseExactJson, type SourceDocument } from '@kartoteka/metadata';
import { type Database, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { seededRandom } from '@kartoteka/platform/test-kit';
import { type Crm, principalOf, startCrm } from './crm-kit.ts';

const FIELDS = {
  title: { type: 'text', max_length: 200, label: { en: 'Title' }, search: true },
  note: { type: 'text', max_length: 4000, search: true },
  score: { type: 'integer' },
  price: { type: 'decimal', precision: 30, scale: 10 },
  paid: { type: 'boolean' },
  day: { type: 'date' },
  at: { type: 'datetime' },
  stage: {
    type: 'choice',
    values: Object.fromEntries(['a', 'b', 'c'].map((name, order) => [name, { label: { en: name }, order }])),
  },
  // Names that the statements around a record use themselves.
  r: { type: 'text', search: true },
  t1: { type: 'integer' },
  /** Left null unless a test is about it. */
  body: { type: 'long_text', max_length: 250_000 },
  data: { type: 'json' },
  company: { type: 'lookup', targets: ['company'], inverse: 'visits' },
  follows: { type: 'lookup', targets: ['visit'], inverse: 'followers' },
  about: { type: 'lookup', targets: ['visit', 'company'], inverse: 'mentions' },
  guests: { type: 'many', target: 'company', inverse: 'hosted' },
};

function document(kind: SourceDocument['kind'], name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: `${name}.json`, body: { name, label: { en: name }, ...body } };
}

/** Grants of reading, per role and entity. */
const ROLES = {
  own_reader: { visit: { depth: 'user' }, company: { depth: 'user' } },
  unit_reader: { visit: { depth: 'business_unit' }, company: { depth: 'business_unit' } },
  tree_reader: { visit: { depth: 'parent_child' }, company: { depth: 'user' } },
  open_reader: { visit: { depth: 'user', when: "stage ne 'c'" }, company: { depth: 'organization' } },
} as const;
type RoleName = keyof typeof ROLES;

async function documents(): Promise<readonly SourceDocument[]> {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const visit = {
    set: 'visits',
    plural_label: { en: 'Visits' },
    ownership: 'user',
    title: 'title',
    fields: FIELDS,
    indexes: { by_stage: ['stage', 'day'], by_score: ['score'] },
  };
  const roles = Object.entries(ROLES).map(([name, entities]) => {
    const privileges = Object.entries(entities).map(([entity, read]) => [entity, { read }]);
    const user = { read: 'organization' };
    return document('role', name, { privileges: { user, ...Object.fromEntries(privileges) } });
  });
  return [...shipped, document('entity', 'visit', visit), ...roles];
}

export interface Reader {
  readonly name: string;
  readonly principal: Principal;
  readonly unit: string;
  readonly teams: readonly string[];
  readonly roles: readonly RoleName[];
}

/** A row as PostgreSQL prints it; a number that a double would round prints as its own text. */
export type WorldRow = Readonly<Record<string, string | number | boolean | null>> & {
  readonly id: string;
  readonly owner_id: string;
  readonly owning_business_unit_id: string;
};

export interface ReadWorld {
  readonly crm: Crm;
  readonly readers: readonly Reader[];
  readonly random: () => number;
  /** Ids that may own records. */
  readonly owners: readonly { readonly id: string; readonly unit: string }[];
  /** What the tables hold now. */
  load(): Promise<Loaded>;
  insertVisits(count: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The tables' rows with what the principals may see of them. */
export interface Loaded {
  readonly visits: readonly WorldRow[];
  readonly companies: ReadonlyMap<string, WorldRow>;
  /** Ids of the visits that a company is a guest of. */
  hostedBy(company: string): ReadonlySet<string>;
  sees(reader: Reader, entity: 'visit' | 'company', row: WorldRow): boolean;
}

interface Units {
  readonly parents: ReadonlyMap<string, string | null>;
}

export async function startReadWorld(visits: number): Promise<ReadWorld> {
  // Thousands of requests of one kind: the tests of examples hold their answers against the OpenAPI document.
  const crm = await startCrm({ documents: await documents(), promised: false });
  const random = seededRandom(20_261_122);
  const units = await makeUnits(crm);
  const { readers, owners } = await makeReaders(crm, units);
  const world: ReadWorld = {
    crm,
    readers,
    random,
    owners,
    load: () => load(crm.platform.database, units),
    insertVisits: (count) => insertVisits(crm.platform.database, random, owners, count),
    close: () => crm.close(),
  };
  await insertCompanies(crm.platform.database, random, owners);
  const ids = await world.insertVisits(visits);
  await insertShares(crm.platform.database, random, readers, ids);
  await crm.platform.database.run('analyze');
  return { ...world, readers: await refreshed(crm, readers) };
}

/** Principals that know the shares and the sizes of tables. */
async function refreshed(crm: Crm, readers: readonly Reader[]): Promise<readonly Reader[]> {
  crm.platform.principals.flush();
  return Promise.all(
    readers.map(async (reader) => ({ ...reader, principal: await principalOf(crm.platform, reader.principal.id) })),
  );
}

/** The root, a branch of three, and a branch of many. */
async function makeUnits(crm: Crm): Promise<Units & { few: string; many: string }> {
  const parents = new Map<string, string | null>([[crm.rootUnitId, null]]);
  const make = async (name: string, parent: string): Promise<string> => {
    const { id } = await crm.create('business_units', { name, parent_id: parent });
    parents.set(id, parent);
    return id;
  };
  const few = await make('Few', crm.rootUnitId);
  await make('Few below', await make('Few child', few));
  const many = await make('Many', crm.rootUnitId);
  for (let n = 0; n < 18; n++) await make(`Many ${n}`, many);
  return { parents, few, many };
}

async function makeReaders(crm: Crm, units: Units & { few: string; many: string }) {
  const ids = [...units.parents.keys()];
  const owners: { id: string; unit: string }[] = [];
  const readers: Reader[] = [
    { name: 'administrator', principal: crm.admin, unit: crm.rootUnitId, teams: [], roles: [] },
  ];
  const teams: string[] = [];
  for (let n = 0; n < 20; n++) {
    const unit = ids[n % ids.length] ?? '';
    const { id } = await crm.create('teams', { name: `Team ${n}`, owning_business_unit_id: unit });
    teams.push(id);
    owners.push({ id, unit });
  }
  const make = async (name: string, roles: readonly RoleName[], unit: string, members: readonly string[]) => {
    const principal = await crm.user(name, roles, unit);
    for (const team of members) await crm.create('team_members', { user_id: principal.id, team_id: team });
    readers.push({ name, principal, unit, teams: members, roles });
    owners.push({ id: principal.id, unit });
  };
  await make('representative', ['own_reader'], units.few, []);
  await make('member of three teams', ['own_reader'], units.few, teams.slice(0, 3));
  await make('member of twenty teams', ['own_reader'], units.many, teams);
  await make('reader of a unit', ['unit_reader'], units.few, teams.slice(3, 4));
  await make('manager of three units', ['tree_reader'], units.few, []);
  await make('manager of many units', ['tree_reader'], units.many, []);
  await make('reader under a condition', ['open_reader'], units.few, teams.slice(0, 2));
  await make('reader of many roles', ['own_reader', 'unit_reader', 'open_reader'], units.many, teams.slice(5, 7));
  for (const unit of ids) owners.push({ id: (await crm.user(`Owner of ${unit}`, [], unit)).id, unit });
  return { readers, owners };
}

export const LETTERS = ['a', 'A', 'ä', 'б', 'Б', 'ё', 'е', 'Я', '1', '10', '-', ' ', '😀', '_', "'", '"', '\\'];

function text(random: () => number, longest: number): string {
  const length = Math.floor(random() * (longest + 1));
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
}

async function insertRows(database: Database, table: string, rows: readonly object[]): Promise<readonly string[]> {
  const names = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`);
  const inserted = await database.run(
    `insert into data.${table} (id, created_on, modified_on, version, created_by_id, modified_by_id, ${names.join(', ')})
     select gen_random_uuid(), now(), now(), 1, u.id, u.id, ${names.map((name) => `v.${name}`).join(', ')}
     from json_populate_recordset(null::data.${table}, $1::json) v, (select id from data."user" limit 1) u(id)
     returning data.${table}.id::text as id`,
    [JSON.stringify(rows)],
  );
  return inserted.map((row) => String(row.id));
}

type Owners = ReadWorld['owners'];

function ownership(random: () => number, owners: Owners) {
  const owner = owners[Math.floor(random() * random() * owners.length)] ?? { id: '', unit: '' };
  return { owner_id: owner.id, owning_business_unit_id: owner.unit };
}

async function insertCompanies(database: Database, random: () => number, owners: Owners): Promise<void> {
  const rows = Array.from({ length: 30 }, () => ({
    ...ownership(random, owners),
    name: text(random, 3),
    legal_name: random() < 0.3 ? null : text(random, 1),
    headcount: random() < 0.3 ? null : Math.floor(random() * 4),
    revenue_currency: 'USD',
    do_not_email: false,
  }));
  const ids = await insertRows(database, 'company', rows);
  await database.run('update data.company set parent_company_id = ($1::uuid[])[1 + (ascii(right(id::text, 1)) % 7)]', [
    `{${ids.join(',')}}`,
  ]);
  await database.run('update data.company set deleted_on = now() where id = any($1::uuid[])', [
    `{${ids.slice(0, 2).join(',')}}`,
  ]);
}

async function insertVisits(
  database: Database,
  random: () => number,
  owners: Owners,
  count: number,
): Promise<readonly string[]> {
  if (count === 0) return [];
  const companies = (await database.run('select id::text as id from data.company')).map((row) => row.id);
  const pick = <T>(values: readonly T[]): T | null => values[Math.floor(random() * values.length)] ?? null;
  const maybe = <T>(value: T): T | null => (random() < 0.25 ? null : value);
  const rows = Array.from({ length: count }, () => ({
    ...ownership(random, owners),
    title: maybe(text(random, 3)),
    note: maybe('я'.repeat(990) + text(random, 20)),
    score: maybe(Math.floor(random() * 5) - 2),
    price: maybe(pick(['12345678901234567890.0000000001', '12345678901234567890.0000000002', '-0.5', '0', '7.25'])),
    paid: maybe(random() < 0.5),
    day: maybe(pick(['2026-02-28', '2026-03-01', '0001-01-01', '9999-12-31'])),
    at: maybe(`2026-01-01T00:00:00.00000${Math.floor(random() * 4)}Z`),
    stage: maybe(pick(['a', 'b', 'c'])),
    r: maybe(text(random, 1)),
    t1: maybe(Math.floor(random() * 3)),
    company_id: maybe(pick(companies)),
  }));
  const ids = await insertRows(database, 'visit', rows);
  await database.run(
    `update data.visit set follows_id = ($1::uuid[])[1 + (ascii(right(id::text, 1)) % 9)] where id = any($1::uuid[])`,
    [`{${ids.join(',')}}`],
  );
  await insertReferences(database, random, companies, ids);
  return ids;
}

/** What the visits are about, a company or another visit, and their guests. */
async function insertReferences(
  database: Database,
  random: () => number,
  companies: readonly unknown[],
  visits: readonly string[],
): Promise<void> {
  const pick = (values: readonly unknown[]): string => String(values[Math.floor(random() * values.length)]);
  const about = visits.flatMap((id) => {
    const type = ['visit', 'company', null][Math.floor(random() * 3)];
    return type === null ? [] : [{ id, type, of: pick(type === 'visit' ? visits : companies) }];
  });
  await database.run(
    `update data.visit v set about_id = a."of", about_type = a.type
     from json_to_recordset($1::json) as a(id uuid, type text, "of" uuid) where v.id = a.id`,
    [JSON.stringify(about)],
  );
  const guests = visits.flatMap((visit) => [0, 1, 2].map(() => ({ visit, company: pick(companies.slice(0, 9)) })));
  await database.run(
    `insert into data.visit__guests (own_id, other_id)
     select visit, company from json_to_recordset($1::json) as g(visit uuid, company uuid) on conflict do nothing`,
    [JSON.stringify(guests)],
  );
}

async function insertShares(
  database: Database,
  random: () => number,
  readers: readonly Reader[],
  visits: readonly string[],
): Promise<void> {
  for (const reader of readers.slice(1)) {
    for (const to of [reader.principal.id, ...reader.teams.slice(0, 2)]) {
      const shared = visits.filter(() => random() < 0.05);
      await database.run(
        `insert into kartoteka.share (principal_id, entity, record_id, rights)
         select $1::uuid, 'visit', id, case when random() < 0.8 then 1 else 2 end from unnest($2::uuid[]) id
         on conflict do nothing`,
        [to, `{${shared.join(',')}}`],
      );
    }
  }
}

async function load(database: Database, units: Units): Promise<Loaded> {
  const rows = async (table: string): Promise<WorldRow[]> => {
    const found = await database.run(
      `select row_to_json(v)::text as row from data.${table} v where deleted_on is null order by id`,
    );
    return found.map(({ row }) => parseExactJson(String(row)) as WorldRow);
  };
  const shares = await database.run(
    'select principal_id::text as p, record_id::text as r, rights from kartoteka.share',
  );
  const shared = new Set(shares.filter(({ rights }) => (Number(rights) & 1) !== 0).map(({ p, r }) => `${p} ${r}`));
  const visits = await rows('visit');
  const companies = new Map((await rows('company')).map((row) => [row.id, row]));
  const links = await database.run('select own_id::text as visit, other_id::text as company from data.visit__guests');
  const hosted = Map.groupBy(links, ({ company }) => String(company));
  const hostedBy = (company: string) => new Set(hosted.get(company)?.map(({ visit }) => String(visit)));
  return { visits, companies, hostedBy, sees: (reader, entity, row) => sees(reader, entity, row, units, shared) };
}

/** 3-security, "Access", written out. */
function sees(
  reader: Reader,
  entity: 'visit' | 'company',
  row: WorldRow,
  units: Units,
  shared: ReadonlySet<string>,
): boolean {
  if (reader.name === 'administrator') return true;
  const mine = [reader.principal.id, ...reader.teams];
  const isShared = mine.some((id) => shared.has(`${id} ${row.id}`));
  return reader.roles.some((role) => {
    const grant = ROLES[role][entity];
    const covered = {
      user: () => mine.includes(row.owner_id),
      business_unit: () => row.owning_business_unit_id === reader.unit,
      parent_child: () => isBelow(row.owning_business_unit_id, reader.unit, units),
      organization: () => true,
    }[grant.depth]();
    return (covered || isShared) && (!('when' in grant) || row.stage !== 'c');
  });
}

function isBelow(unit: string, above: string, units: Units): boolean {
  for (let at: string | null = unit; at !== null; at = units.parents.get(at) ?? null) if (at === above) return true;
  return false;
}
