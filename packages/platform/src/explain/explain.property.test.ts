// Explanations proven in random worlds: what is said to be granted is what the engine and the oracle allow, each proof is a grant that
// is enough by itself, and each smallest grant, once it is given, is enough where no smaller depth is.
import { depthsOf, isApplicable, PRIVILEGES, type Privilege, type RoleGrant } from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HookRegistry } from '../hooks.ts';
import { handleRequest } from '../pipeline.ts';
import { type OracleGrant, type OracleRecord, type OracleWorld, oracleAllows } from '../security/access-oracle.ts';
import { resolvePrincipal, systemPrincipal } from '../security/principals.ts';
import { type DrawnWorld, drawnWorld, insertWorld, makeWorld, testId, type World } from '../security/random-world.ts';
import { indexStatements, smallModel, tableStatements } from '../security/small-model.ts';
import type { Principal } from '../security/types.ts';
import { LimitedEvents } from '../security-log/limited.ts';
import type { Database, Executor } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 40);
const RECORDS_EACH = 4;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  const model = smallModel([]);
  await db.database.run('create schema if not exists data');
  for (const statement of tableStatements(model)) await db.database.run(statement);
  for (const type of model.entities.values()) {
    for (const statement of indexStatements(type)) await db.database.run(statement);
  }
});
afterAll(() => db?.drop());

test('what is granted is what the engine does, proofs are grants, and smallest grants are enough and smallest', {
  timeout: 60_000 + RUNS * 3_000,
}, async () => {
  const seen = { granted: 0, denied: 0, applied: 0, shares: 0, teams: 0 };
  await fc.assert(
    fc.asyncProperty(drawnWorld.map(oneGrantEach), fc.nat(99), async (drawn, start) => {
      const world = makeWorld(drawn);
      await inScratch(async (tx) => {
        await insertWorld(tx, world);
        for (const records of world.records.values()) {
          for (const record of some(records, start)) {
            const told = await judge(tx, world, record, testId('user', 0), seen);
            await judgeByEngine(tx, world, record, told);
            if (world.oracle.teams.size > 0) await judge(tx, world, record, testId('team', 0), seen);
          }
        }
      });
    }),
    { numRuns: RUNS },
  );
  // A test that met none of a kind has shown nothing of it.
  for (const [kind, times] of Object.entries(seen)) expect({ kind, met: times > 0 }).toEqual({ kind, met: true });
});

type Seen = { granted: number; denied: number; applied: number; shares: number; teams: number };

/** Documents give one grant per entity and privilege. */
function oneGrantEach(drawn: DrawnWorld): DrawnWorld {
  const first = (grants: DrawnWorld['roles'][number]) => [
    ...new Map([...grants].reverse().map((grant) => [`${grant.entity} ${grant.privilege}`, grant])).values(),
  ];
  return { ...drawn, roles: drawn.roles.map(first) };
}

function some<T>(items: readonly T[], start: number): readonly T[] {
  const turned = [...items.slice(start % Math.max(1, items.length)), ...items];
  return [...new Set(turned)].slice(0, RECORDS_EACH);
}

async function inScratch(work: (tx: Executor) => Promise<void>): Promise<void> {
  const undo = new Error('undo');
  await db.database
    .transaction(async (tx) => {
      await work(tx);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
}

/** The requests of a test run inside its transaction. */
function databaseOf(tx: Executor): Database {
  const never = () => Promise.reject(new Error('not in this test'));
  const counters = { statements: 0, roundTrips: 0 };
  return {
    run: (...all) => tx.run(...all),
    runTogether: ({ text }, parameters) => tx.run(text, parameters),
    transaction: (work) => work(tx),
    snapshot: never,
    session: never,
    listen: never,
    close: never,
    counters,
  };
}

const nothing = () => {};

async function request(
  tx: Executor,
  world: World,
  principal: Principal,
  method: string,
  path: string,
  body: object | null = null,
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON that the test looks into
): Promise<{ status: number; json: any }> {
  const [route = '', query = ''] = path.split('?');
  // Not an upsert.
  const headers = { 'content-type': 'application/json', ...(method === 'PATCH' ? { 'if-match': '*' } : {}) };
  const text = body === null ? null : JSON.stringify(body);
  const asked = { method, path: route, query, headers, body: text, baseUrl: 'http://test/api/v1', client: null };
  const database = databaseOf(tx);
  const events = new LimitedEvents(database, { info: nothing, warn: nothing, error: nothing });
  const env = { model: world.model, principal, database, hooks: new HookRegistry(), request: asked, events };
  try {
    const answer = await handleRequest(env);
    return { status: answer.status, json: answer.body === null ? null : JSON.parse(answer.body) };
  } catch (error) {
    const { status, code } = error as { status?: number; code?: string };
    if (status === undefined) throw error;
    return { status, json: { code } };
  }
}

/** Judges all that is told of a principal's rights on a record, by the oracle. */
async function judge(
  tx: Executor,
  world: World,
  record: OracleRecord,
  me: string,
  seen: Seen,
): Promise<Readonly<Record<string, Told>>> {
  const path = `/${record.entity}s(${record.id})/explain_access?principal_id=${me}`;
  const { status, json } = await request(tx, world, systemPrincipal(), 'GET', path);
  expect({ status, json: json.code }).toEqual({ status: 200, json: undefined });
  for (const privilege of PRIVILEGES) {
    const told: Told = json.privileges[privilege];
    const expected = oracleAllows(world.oracle, me, privilege, record);
    expect({ privilege, granted: told.granted }).toEqual({ privilege, granted: expected });
    judgeProof(world.oracle, me, privilege, record, told, seen);
    if (!expected) judgeSmallest(world, me, privilege, record, told, seen);
  }
  return json.privileges;
}

/** What requests of the user himself are answered, and that he is told the same of himself. */
async function judgeByEngine(
  tx: Executor,
  world: World,
  record: OracleRecord,
  { read, write, ...others }: Readonly<Record<string, Told>>,
): Promise<void> {
  const principal = await resolvePrincipal(tx, world.model, testId('user', 0));
  if (principal === null || read === undefined || write === undefined) throw new Error('nothing to judge');
  const path = `/${record.entity}s(${record.id})`;
  const status = async (method: string, at: string, body: object | null = null) =>
    (await request(tx, world, principal, method, at, body)).status;
  const hidden = principal.access(record.entity, 'read').granted ? 404 : 403;
  const mayWrite = principal.access(record.entity, 'write').granted;
  expect(await status('GET', path)).toBe(read.granted ? 200 : hidden);
  expect(await status('PATCH', path, {})).toBe(
    read.granted && write.granted ? 204 : mayWrite && !read.granted ? hidden : 403,
  );
  expect(write.blocked_by).toEqual(write.granted && !read.granted ? ['read'] : undefined);
  const own = await request(tx, world, principal, 'GET', `${path}/explain_access`);
  expect(own.status).toBe(read.granted ? 200 : hidden);
  if (!read.granted) return;
  for (const [privilege, { granted }] of Object.entries({ read, write, ...others })) {
    expect(own.json.privileges[privilege].granted).toBe(granted);
  }
}

interface Told {
  readonly granted: boolean;
  readonly blocked_by?: readonly string[];
  readonly grants: readonly {
    readonly role: { readonly name: string };
    readonly held_by: { readonly kind: string; readonly id: string };
    readonly depth: RoleGrant['depth'];
    readonly allows: boolean;
    readonly covers: readonly { readonly by: string }[];
    readonly condition?: { readonly holds: boolean; readonly failing: readonly string[] };
  }[];
  readonly applicable?: false;
  readonly smallest_grants?: readonly Change[];
}

/** Each grant by itself, with nothing else held, allows as it says; a proof without a share needs none. */
function judgeProof(
  oracle: OracleWorld,
  me: string,
  privilege: Privilege,
  record: OracleRecord,
  told: Told,
  seen: Seen,
) {
  if (told.grants.some(({ allows }) => allows)) seen.granted += 1;
  for (const { role, held_by, depth, allows, covers, condition } of told.grants) {
    const grant = grantOf(oracle, role.name, record.entity, privilege);
    expect(grant?.depth).toBe(depth);
    if (held_by.kind === 'team') seen.teams += 1;
    const byShare = covers.length > 0 && covers.every(({ by }) => by === 'share');
    if (byShare) seen.shares += 1;
    const alone: OracleWorld = {
      ...oracle,
      roles: new Map([[role.name, grant === undefined ? [] : [grant]]]),
      assignments: [{ holder: held_by.id, role: role.name }],
    };
    expect(oracleAllows(alone, me, privilege, record)).toBe(allows);
    if (allows) expect(oracleAllows({ ...alone, shares: [] }, me, privilege, record)).toBe(!byShare);
    if (condition) expect(condition.holds).toBe(condition.failing.length === 0);
    expect(allows).toBe(covers.length > 0 && condition?.holds !== false);
  }
}

function grantOf(oracle: OracleWorld, role: string, entity: string, privilege: string): OracleGrant | undefined {
  return oracle.roles.get(role)?.find((grant) => grant.entity === entity && grant.privilege === privilege);
}

interface Change {
  readonly change: 'role' | 'condition' | 'assignment' | 'share';
  readonly role?: { readonly name: string };
  readonly from?: RoleGrant['depth'] | 'none';
  readonly depth?: RoleGrant['depth'];
  readonly to?: { readonly id: string };
  readonly with?: { readonly id: string };
  readonly with_share?: readonly string[];
  readonly condition?: { readonly holds: boolean };
}

function judgeSmallest(world: World, me: string, privilege: Privilege, record: OracleRecord, told: Told, seen: Seen) {
  seen.denied += 1;
  const ownership = world.model.entities.get(record.entity)?.ownership ?? 'user';
  expect(told.applicable).toBe(isApplicable(privilege, ownership) ? undefined : false);
  if (told.applicable === false) return;
  const changes = told.smallest_grants ?? [];
  expect(changes.length).toBeGreaterThan(0);
  const held = new Set(told.grants.map(({ role }) => role.name));
  for (const name of held) expect(changes.some(({ role }) => role?.name === name)).toBe(true);
  for (const change of changes) {
    seen.applied += 1;
    const allowed = (depth?: RoleGrant['depth']) =>
      oracleAllows(changed(world.oracle, record, privilege, change, depth), me, privilege, record);
    expect({ change, allowed: allowed(change.depth) }).toEqual({ change, allowed: true });
    if (change.change === 'condition' || change.depth === undefined) continue;
    const depths = depthsOf(ownership);
    const order = depthsOf('user');
    const between = depths.filter(
      (depth) =>
        order.indexOf(depth) < order.indexOf(change.depth as 'user') &&
        order.indexOf(depth) > order.indexOf((change.from ?? 'none') as 'user'),
    );
    for (const depth of between)
      expect({ change, depth, allowed: allowed(depth) }).toEqual({ change, depth, allowed: false });
  }
}

/** The world with a change put in place, at this depth. */
function changed(
  oracle: OracleWorld,
  record: OracleRecord,
  privilege: Privilege,
  change: Change,
  depth: RoleGrant['depth'] = 'user',
): OracleWorld {
  const { entity } = record;
  const share = (principal: string) => [
    ...oracle.shares,
    { entity, record: record.id, principal, rights: [privilege] },
  ];
  if (change.change === 'share') return { ...oracle, shares: share(change.with?.id ?? '') };
  if (change.change === 'assignment') {
    const grant = { entity, privilege, depth, when: null };
    const holder = change.to?.id ?? '';
    return {
      ...oracle,
      roles: new Map([...oracle.roles, ['given', [grant]]]),
      assignments: [...oracle.assignments, { holder, role: 'given' }],
      shares: change.with_share === undefined ? oracle.shares : share(holder),
    };
  }
  const name = change.role?.name ?? '';
  const before = grantOf(oracle, name, entity, privilege);
  const kept = change.condition?.holds === true ? (before?.when ?? null) : null;
  const grants = (oracle.roles.get(name) ?? []).filter((grant) => grant !== before);
  return {
    ...oracle,
    roles: new Map([...oracle.roles, [name, [...grants, { entity, privilege, depth, when: kept }]]]),
  };
}
