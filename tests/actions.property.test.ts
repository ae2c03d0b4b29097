// Random roles, owners, shares and records: an action on many records does to each, and says of each, what it does and says alone;
// atomic, it does all of that or nothing.
import type { SourceDocument } from '@kartoteka/metadata';
import type { Principal } from '@kartoteka/platform';
import { seededRandom } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, principalOf } from './crm-kit.ts';
import { document, role, startWorld, type World } from './ownership-kit.ts';

const SAMPLES = 45;
const RECORDS = 7;
const random = seededRandom(20_261_122);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const chance = (part: number): boolean => random() < part;

const RIGHTS = ['read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'];
const DEPTHS = ['none', 'user', 'business_unit', 'parent_child', 'organization', 'organization'];
const SETS = { parcel: 'parcels', depot: 'depots' } as const;
type Kind = keyof typeof SETS;

/** `least`: the smallest depth that the ownership knows. */
const privileges = (least: 'user' | 'business_unit') =>
  Object.fromEntries(
    RIGHTS.map((right) => {
      const drawn = right === 'read' ? pick(DEPTHS.slice(1)) : pick(DEPTHS);
      const depth = drawn === 'user' ? least : drawn;
      return [right, depth !== 'none' && chance(0.2) ? { depth, when: "mark eq 'x'" } : depth];
    }),
  );
const CALLERS = Array.from({ length: 25 }, (_, n) =>
  role(`caller_${n}`, { parcel: privileges('user'), depot: privileges('business_unit') }),
);
const fields = { text: { type: 'text' }, mark: { type: 'text', max_length: 1 } };
const DOCUMENTS: readonly SourceDocument[] = [
  document('entity', 'parcel', {
    ownership: 'user',
    fields,
    rules: { stuck: { invalid_when: "text eq 'stuck'", error: { en: 'Stuck' } } },
  }),
  document('entity', 'depot', { ownership: 'business_unit', fields }),
  role('holder', { parcel: { read: 'user' }, depot: { read: 'business_unit' } }),
  ...CALLERS,
];

let world: World;
const people: Principal[] = [];
let unfit: Principal;
let team: string;
beforeAll(async () => {
  world = await startWorld(DOCUMENTS);
  for (const unit of ['north', 'city', 'south'] as const)
    people.push(await world.crm.user(`Holder ${unit}`, ['holder'], world.units[unit]));
  unfit = await world.crm.user('Unfit', []);
  team = (await world.crm.create('teams', { name: 'Team', owning_business_unit_id: world.units.city })).id;
  await world.crm.create('role_assignments', { team_id: team, role: 'holder' });
});
afterAll(() => world?.crm.close());

const sql = (text: string, parameters: readonly string[] = []) => world.crm.platform.database.run(text, parameters);
const call = (as: Principal, path: string, body: object) => world.crm.call(as, 'POST', path, body);

/** A record to be: made several times over, the same each time. */
interface Plan {
  readonly values: object;
  readonly shared: readonly { readonly to: string; readonly rights: readonly string[] }[];
  readonly state: 'live' | 'deleted' | 'missing';
  /** A rule is against another owner. */
  readonly stuck: boolean;
}

let last = 0;
async function make(kind: Kind, plans: readonly Plan[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { values, shared, state, stuck } of plans) {
    last += 1;
    const id = `0a000000-0000-7000-8000-${String(last).padStart(12, '0')}`;
    ids.push(id);
    if (state === 'missing') continue;
    await world.crm.create(SETS[kind], { id, ...values });
    if (stuck) await sql(`update data.${kind} set text = 'stuck' where id = $1::uuid`, [id]);
    for (const { to, rights } of shared) {
      const answer = await call(world.crm.admin, `/${SETS[kind]}(${id})/share`, { principal_id: to, rights });
      expect(answer.status).toBe(204);
    }
    if (state === 'deleted') await world.crm.call(world.crm.admin, 'DELETE', `/${SETS[kind]}(${id})`);
  }
  return ids;
}

/** Everything that an action can change, record by record. */
async function stateOf(kind: Kind, ids: readonly string[]): Promise<unknown> {
  const owner = kind === 'parcel' ? 't.owner_id::text' : 'null';
  return sql(
    `select ${owner} as owner, t.owning_business_unit_id::text as unit, t.version::text as version, t.modified_by_id::text as by,
      (select count(*) from kartoteka.change_log l where l.record_id = i.id)::text as logged,
      (select count(*) from kartoteka.security_log e where e.target_id = i.id)::text as events,
      (select string_agg(s.principal_id || ' ' || s.rights || ' ' || s.granted_by_id, ',' order by s.principal_id)
        from kartoteka.share s where s.record_id = i.id) as shares
     from unnest($1::uuid[]) with ordinality i(id, n) left join data.${kind} t on t.id = i.id order by i.n`,
    [`{${ids.join(',')}}`],
  );
}

interface Told {
  readonly status: number;
  readonly error: object | null;
}
/** An error as it is told, whichever of the copies of a record it is about. */
const errorOf = ({ code, message, target, details }: Answer['json'], id: string): object =>
  JSON.parse(JSON.stringify({ code, message, target, details: details ?? [] }).replaceAll(id, 'ID'));
const toldAlone = ({ status, json }: Answer, id: string): Told =>
  status === 204 ? { status: 200, error: null } : { status, error: errorOf(json, id) };

function draw(caller: Principal) {
  const kind: Kind = pick(['parcel', 'parcel', 'depot']);
  const owners = [...people.map(({ id }) => id), caller.id, caller.id, team];
  const rights = (): string[] => RIGHTS.filter(() => chance(0.5)).concat('read');
  const plan = (): Plan => ({
    values: {
      mark: chance(0.5) ? 'x' : 'y',
      ...(kind === 'parcel'
        ? { owner_id: pick(owners) }
        : { owning_business_unit_id: pick(Object.values(world.units)) }),
    },
    shared: [caller.id, people[0]?.id ?? ''].filter(() => chance(0.4)).map((to) => ({ to, rights: rights() })),
    state: pick(['live', 'live', 'live', 'live', 'live', 'deleted', 'missing'] as const),
    stuck: chance(0.15),
  });
  const plans = Array.from({ length: RECORDS }, plan);
  const receiver = pick([people[0], people[0], people[2], caller, unfit].map((each) => each?.id ?? ''));
  const someone = chance(0.1) ? world.units.north : receiver;
  const given = [...new Set(rights())].slice(0, 3);
  return {
    ...{ kind, plans },
    ...pick([
      {
        action: 'assign',
        body: { owner_id: kind === 'depot' && chance(0.8) ? pick(Object.values(world.units)) : someone },
      },
      { action: 'share', body: { principal_id: someone, rights: given } },
      { action: 'modify', body: { principal_id: someone, rights: given } },
      { action: 'revoke', body: { principal_id: someone } },
    ]),
  };
}

const seen = new Map<string, number>();

it.each(Array.from({ length: SAMPLES }, (_, n) => n))('sample %i: each of many is treated as alone', async (n) => {
  const { id } = await world.crm.user(`Caller ${n}`, [`caller_${n % CALLERS.length}`], world.units.north);
  if (chance(0.5)) await world.crm.create('team_members', { team_id: team, user_id: id });
  const { kind, plans, action, body } = draw(await principalOf(world.crm.platform, id));
  const [alone, together, whole] = [await make(kind, plans), await make(kind, plans), await make(kind, plans)];
  const before = await stateOf(kind, whole);
  const caller = await principalOf(world.crm.platform, id);
  const path = `/${SETS[kind]}`;

  const told: Told[] = [];
  for (const record of alone) told.push(toldAlone(await call(caller, `${path}(${record})/${action}`, body), record));
  for (const { status } of told) seen.set(`${action} ${status}`, (seen.get(`${action} ${status}`) ?? 0) + 1);

  const many = await call(caller, `${path}/${action}`, { ids: together, ...body });
  if (many.status === 200) {
    const results = many.json.results as { status: number; id: string; changed?: boolean; error?: Answer['json'] }[];
    expect(results.map((result) => result.id)).toEqual(together);
    expect(
      results.map(({ status, id, error }) => ({ status, error: error === undefined ? null : errorOf(error, id) })),
    ).toEqual(told);
    for (const { error, changed } of results)
      expect(typeof changed).toBe(error === undefined ? 'boolean' : 'undefined');
  } else {
    const { code, message } = many.json;
    for (const each of told) expect(each).toMatchObject({ status: many.status, error: { code, message } });
  }
  expect(await stateOf(kind, together)).toEqual(await stateOf(kind, alone));

  const atomic = await call(caller, `${path}/${action}`, { ids: whole, ...body, atomic: true });
  const bad = told.findIndex(({ error }) => error !== null);
  if (bad < 0) expect(await stateOf(kind, whole)).toEqual(await stateOf(kind, alone));
  else {
    expect(atomic.status).toBe(told[bad]?.status);
    if (many.status === 200) expect(atomic.json.target).toBe(`ids/${bad}`);
    expect(await stateOf(kind, whole)).toEqual(before);
  }
});

it('saw every action succeed and be refused', () => {
  const missing = ['assign', 'share', 'modify', 'revoke'].flatMap((action) =>
    [200, 403, 404].map((status) => `${action} ${status}`).filter((each) => !seen.has(each)),
  );
  expect(missing).toEqual([]);
});
