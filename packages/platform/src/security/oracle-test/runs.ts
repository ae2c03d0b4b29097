// Runs of the comparison: a world drawn from a seed, the users in it, and a batch of operations for each. A run that finds a
// difference is made small and told with its seed. It must not be imported by product code.
import { tableShapes } from '@kartoteka/metadata';
import { ddlForChange } from '../../sql/ddl.ts';
import type { Database } from '../../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../../test-kit/index.ts';
import { mayAct } from '../oracle/access.ts';
import { drawWorld } from '../oracle/draw.ts';
import { drawDirectoryChange } from '../oracle/draw-directory.ts';
import { drawRead, idsOf } from '../oracle/draw-reads.ts';
import { drawWrite } from '../oracle/draw-writes.ts';
import { type Random, randomOf } from '../oracle/random.ts';
import { RECORDS } from '../oracle/schema.ts';
import { type Asker, holdersOf, type World } from '../oracle/world.ts';
import { principalFor } from './askers.ts';
import { compare, type Operation } from './compare.ts';
import type { Difference } from './differences.ts';
import { modelWith } from './documents.ts';
import { minimize } from './minimize.ts';
import { inScratch } from './scratch.ts';
import { insertWorld } from './stored.ts';

/** Runs of one world: what it costs to make one is shared. */
const RUNS_PER_WORLD = 8;
const READS = 3;
const WRITES = 2;

/** A database with the tables of the oracle's entities, and no rows. */
export async function openTables(): Promise<TestDatabase> {
  const test = await createTestDatabase();
  for (const step of ddlForChange(null, tableShapes(modelWith([]))).steps) {
    await test.database.run(step.sql, [], { script: true });
  }
  return test;
}

/** A difference as it is kept: a world, who asks, and what. */
export interface Case {
  readonly name: string;
  readonly world: World;
  readonly me: Asker;
  /** A seed of other shapes of lists (askers.ts). */
  readonly shapes?: number | null;
  readonly operation: Operation;
}

/** Where to begin: the seed that is asked for, or any. */
export function seedOf(asked: string | undefined): number {
  return asked === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(asked);
}

/**
 * Compares `runs` batches in worlds drawn from `seed` and the seeds after it, as many at a time as there are databases: each has
 * the same ids. Throws at the first difference.
 */
export async function compareRuns(databases: readonly Database[], seed: number, runs: number): Promise<void> {
  const worlds = Math.ceil(runs / RUNS_PER_WORLD);
  let begun = 0;
  const lane = async (database: Database): Promise<void> => {
    while (begun < worlds) {
      const n = begun;
      begun += 1;
      const found = await compareWorld(database, seed + n, Math.min(RUNS_PER_WORLD, runs - n * RUNS_PER_WORLD));
      if (found !== null) {
        begun = worlds;
        throw new Error(await told(database, seed + n, found));
      }
      // Rows of worlds that are gone stand in the way of those to come.
      if (n % 80 < databases.length) await database.run('vacuum', [], { script: true });
    }
  };
  await Promise.all(databases.map(lane));
}

interface Found extends Omit<Case, 'name'> {
  readonly difference: Difference;
}

async function compareWorld(database: Database, seed: number, runs: number): Promise<Found | null> {
  const world = drawWorld(seed);
  const random = randomOf(seed ^ 0x5bd1e995);
  const model = modelWith(world.roles);
  return inScratch(database, async (scratch) => {
    await insertWorld(scratch, world);
    for (let run = 0; run < runs; run += 1) {
      const me = drawAsker(random, world, run);
      const shapes = random.chance(0.5) ? random.nat(1_000) : null;
      const principal = await principalFor(scratch, model, me, shapes);
      if ((principal !== null) !== mayAct(world, me))
        throw new Error(`whether ${JSON.stringify(me)} may act differs (seed ${seed})`);
      if (principal === null) continue;
      for (const operation of batch(random, world, me, run < world.users.length)) {
        const difference = await compare({ scratch, world, me, principal }, operation);
        if (difference !== null) return { me, shapes, operation, difference, world };
      }
    }
    return null;
  });
}

/** Each user in turn; sometimes somebody else acts as the user. */
function drawAsker(random: Random, world: World, run: number): Asker {
  const user = world.users[run % world.users.length]?.id ?? '';
  const others = world.users.filter(({ id }) => id !== user);
  return random.chance(0.25) ? { user, caller: random.pick(others).id } : user;
}

function batch(random: Random, world: World, me: Asker, first: boolean): readonly Operation[] {
  const reads = random.times(READS, READS, () => drawRead(random, world));
  const writes = random.times(WRITES, WRITES, () => drawWrite(random, world));
  const entity = random.pick(RECORDS);
  const explain = { op: 'explain', entity, id: random.pick(idsOf(world, entity)) } as const;
  // What another's rights are made of is told to whom may read all assignments of roles, which the oracle does not know.
  const explains = typeof me === 'string' ? [explain] : [];
  const audit = { op: 'audit', write: drawWrite(random, world), reader: random.pick(world.users).id } as const;
  const preview = { op: 'preview', change: drawDirectoryChange(random, world) } as const;
  const sometimes = [...(random.chance(0.25) ? [audit] : []), ...(random.chance(0.05) ? [preview] : [])];
  return [...(first ? [{ op: 'rights' } as const] : []), ...reads, ...writes, ...explains, ...sometimes];
}

/** The difference of one case; null where there is none. */
export function compareCase(database: Database, kept: Omit<Case, 'name'>): Promise<Difference | null> {
  const { world, me, shapes = null, operation } = kept;
  return inScratch(database, async (scratch) => {
    await insertWorld(scratch, world);
    const principal = await principalFor(scratch, modelWith(world.roles), me, shapes);
    if (principal === null) throw new Error(`${JSON.stringify(me)} may not act`);
    return compare({ scratch, world, me, principal }, operation);
  });
}

/** What to do about a difference: its seed, and the smallest world that shows it, to be kept among the cases. */
async function told(database: Database, seed: number, { difference, ...found }: Found): Promise<string> {
  const world = await minimize(found.world, holdersOf(found.me), async (smaller) => {
    const same = await compareCase(database, { ...found, world: smaller });
    return same !== null && same.of === difference.of;
  });
  const again = await compareCase(database, { ...found, world });
  return [
    `seed ${seed} (KARTOTEKA_SEED=${seed} KARTOTEKA_RUNS=${RUNS_PER_WORLD}): ${difference.of}`,
    JSON.stringify(again ?? difference, null, 1),
    'as a case:',
    JSON.stringify({ name: '', ...found, world }),
  ].join('\n');
}
