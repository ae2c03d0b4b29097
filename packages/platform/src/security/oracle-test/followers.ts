// Delta links in the oracle's worlds: readers follow lists while others write, and after each write what a follower's copy holds is
// what the oracle would list for him; of what he could never see nothing is told. Links compare snapshots of transactions, so that
// these worlds are committed and wiped afterwards. It must not be imported by product code.
import { isDeepStrictEqual } from 'node:util';
import type { Model } from '@kartoteka/metadata';
import type { Database } from '../../storage/types.ts';
import { may, mayAct } from '../oracle/access.ts';
import { drawCondition, drawWorld } from '../oracle/draw.ts';
import { plainList } from '../oracle/draw-reads.ts';
import { drawWrite } from '../oracle/draw-writes.ts';
import { type Random, randomOf } from '../oracle/random.ts';
import { answerRead, type ListRead } from '../oracle/reads.ts';
import { liveRecord } from '../oracle/records.ts';
import { RECORDS, SCHEMA, schemaOf } from '../oracle/schema.ts';
import type { Row } from '../oracle/shown.ts';
import type { Stored, World } from '../oracle/world.ts';
import { answerWrite } from '../oracle/writes.ts';
import { principalFor } from './askers.ts';
import { type Difference, isAllowed } from './differences.ts';
import { modelWith } from './documents.ts';
import { listOptions, listPath, shownOptions } from './reads.ts';
import { answered, BASE, send, sendWrite } from './requests.ts';
import { insertWorld } from './stored.ts';

/** Writes that are done in one world, and lists that each user follows. */
const WRITES = 5;
const LISTS = 3;

/** How often a follower was told of a record, of one that left his list, and of nothing. */
export interface Told {
  shown: number;
  gone: number;
  nothing: number;
}

/** Throws at the first difference. */
export async function followWorlds(database: Database, seed: number, worlds: number): Promise<Told> {
  const told: Told = { shown: 0, gone: 0, nothing: 0 };
  for (let n = 0; n < worlds; n += 1) {
    try {
      const difference = await followWorld(database, seed + n, told);
      if (difference !== null) throw new Error(JSON.stringify(difference, null, 1));
    } catch (error) {
      throw new Error(`world ${seed + n}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      await database.run(WIPE, [], { script: true });
    }
  }
  return told;
}

const TABLES = [
  ...Object.entries(SCHEMA).flatMap(([entity, { many }]) => [
    entity,
    ...Object.keys(many).map((f) => `${entity}__${f}`),
  ]),
  ...['team_member', 'role_assignment'],
].map((table) => `data."${table}"`);
/** Without the checks of foreign keys, which would ask for an order. */
const WIPE = [
  'begin',
  'set local session_replication_role = replica',
  ...[...TABLES, 'kartoteka.share', 'kartoteka.released_lookup', 'kartoteka.principal'].map(
    (table) => `delete from ${table}`,
  ),
  'commit',
].join(';\n');

async function followWorld(database: Database, seed: number, told: Told): Promise<Difference | null> {
  let world = drawWorld(seed);
  const random = randomOf(seed ^ 0x2c1b3c6d);
  const model = modelWith(world.roles);
  await database.transaction((tx) => insertWorld(tx, world));
  const followers = drawFollowers(random, world).map((each) => new Follower(database, model, each));
  for (const each of followers) {
    const differs = await each.begin(world);
    if (differs !== null) return differs;
  }
  for (let done = 0; done < WRITES; done += 1) {
    const next = await write(database, model, world, random);
    if (next === null) return null;
    if ('of' in next) return next;
    for (const each of followers) {
      const differs = await each.follow(world, next, told);
      if (differs !== null) return differs;
    }
    world = next;
  }
  return null;
}

interface Drawn {
  readonly me: string;
  readonly read: ListRead;
}

function drawFollowers(random: Random, world: World): readonly Drawn[] {
  const users = world.users.filter(({ id }) => mayAct(world, id));
  return users.flatMap(({ id: me }) =>
    random.times(LISTS, LISTS, () => {
      const entity = random.pick(RECORDS);
      const filter = random.chance(0.4) ? drawCondition(random, entity) : null;
      const search = random.chance(0.15) ? random.pick(['anna', 'bolt', 'elm']) : null;
      return {
        me,
        read: { ...plainList(entity), filter, search, shown: { select: ['id', 'name', 'amount'], expand: {} } },
      };
    }),
  );
}

/** The world after one write that somebody may do; null where nobody finds any. */
async function write(
  database: Database,
  model: Model,
  world: World,
  random: Random,
): Promise<World | Difference | null> {
  for (let tries = 0; tries < 60; tries += 1) {
    const drawn = drawWrite(random, world);
    if (drawn.op === 'create' && liveRecord(world, drawn.entity, drawn.id) !== null) continue;
    const me = random.pick(world.users).id;
    const { answer: expected, world: next } = answerWrite(world, me, drawn);
    if (expected.kind !== 'ok' || !mayAct(world, me)) continue;
    const principal = await principalFor(database, model, me, null);
    if (principal === null) return { of: 'writer', expected: me, actual: null };
    const { answer } = await answered(() => sendWrite({ database, principal }, drawn));
    return isAllowed(expected, answer) ? next : { of: 'write', expected, actual: answer };
  }
  return null;
}

class Follower {
  readonly #database: Database;
  readonly #model: Model;
  readonly #me: string;
  readonly #read: ListRead;
  #copy = new Map<string, Row>();
  /** Null: the list was refused, and is not followed. */
  #link: string | null = null;

  constructor(database: Database, model: Model, { me, read }: Drawn) {
    this.#database = database;
    this.#model = model;
    this.#me = me;
    this.#read = read;
  }

  async begin(world: World): Promise<Difference | null> {
    const { answer: expected } = answerRead(world, this.#me, this.#read);
    const path = `${listPath(this.#read)}?${[...shownOptions(this.#read.shown), ...listOptions(this.#read)].join('&')}`;
    const { answer, value } = await answered(() => this.#pages(path, 'odata.track-changes,maxpagesize=2'));
    if (!isAllowed(expected, answer)) return { of: 'a list that is followed', expected, actual: answer };
    if (value === undefined) return null;
    return this.#took(value, world, 'a list that is followed');
  }

  /** Follows the link after one write; what is told of, the reader could see before or can see now. */
  async follow(before: World, world: World, told: Told): Promise<Difference | null> {
    if (this.#link === null) return null;
    const page = await this.#pages(this.#link, 'maxpagesize=2');
    const unseen = page.gone.filter((id) => !this.#sees(before, id));
    if (unseen.length > 0) return { of: 'told of what was hidden', expected: [], actual: { me: this.#me, unseen } };
    told.shown += page.rows.length;
    told.gone += page.gone.length;
    told.nothing += Number(page.rows.length + page.gone.length === 0);
    return this.#took(page, world, 'a copy that follows');
  }

  #sees(world: World, id: string): boolean {
    const record: Stored | null = liveRecord(world, this.#read.entity, id);
    return record !== null && may(world, this.#me, 'read', record);
  }

  #took({ rows, gone, link }: Page, world: World, of: string): Difference | null {
    for (const row of rows) this.#copy.set(String(row.id), row);
    for (const id of gone) this.#copy.delete(id);
    this.#link = link;
    const expected = Object.fromEntries(
      answerRead(world, this.#me, this.#read).rows.map((row) => [String(row.id), row]),
    );
    const actual = Object.fromEntries(this.#copy);
    return isDeepStrictEqual(expected, actual)
      ? null
      : { of, expected: { me: this.#me, read: this.#read, expected }, actual };
  }

  async #pages(path: string, prefer: string): Promise<Page> {
    const { set } = schemaOf(this.#read.entity);
    const principal = await principalFor(this.#database, this.#model, this.#me, null);
    if (principal === null) throw new Error('a follower may act');
    const rows: Row[] = [];
    const gone: string[] = [];
    let next = path;
    for (;;) {
      const [at = '', query = ''] = next.split(/\?(.*)/s);
      const request = { method: 'GET', path: at, query: decodeURI(query), headers: { prefer } };
      const page = JSON.parse((await send({ database: this.#database, principal }, request)).body ?? '');
      for (const item of page.value) {
        const removed = new RegExp(`^${set}\\((.*)\\)$`).exec(item.id)?.[1];
        if (removed === undefined) rows.push({ id: item.id, name: item.name, amount: item.amount });
        else gone.push(removed);
      }
      const link: string = page['@odata.nextLink'] ?? page['@odata.deltaLink'];
      next = link.slice(BASE.length);
      if (page['@odata.deltaLink'] !== undefined) return { rows, gone, link: next };
    }
  }
}

interface Page {
  readonly rows: readonly Row[];
  readonly gone: readonly string[];
  readonly link: string;
}
