// Runs of the comparison: a world drawn from a seed, the users in it, and a batch of operations for each. A run that finds a
// difference is made small and told with its seed. It must not be imported by product code.
import { tableShapes } from '@kartoteka/metadata';
import { ddlForChange } from '../../sql/ddl.ts';
import type { Database } from '../../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../../test-kit/index.ts';
import { mayAct } from '../oracle/access.ts';
import { drawWorld } from '../oracle/draw.ts';
import { drawRead } from '../oracle/draw-reads.ts';
import { drawWrite } from '../oracle/draw-writes.ts';
import { type Random, randomOf } from '../oracle/random.ts';
import type { World } from '../oracle/world.ts';
import { resolvePrincipal } from '../principals.ts';
import { compare, type Difference, type Operation } from './compare.ts';
import { modelWith } from './documents.ts';
import { minimize } from './minimize.ts';
import { inScratch } from './scratch.ts';
import { insertWorld } from './stored.ts';

/** Runs of one world: what it costs to make one is shared. */
const RUNS_PER_WORLD = 8;
const READS = 4;
const WRITES = 4;

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
  readonly me: string;
  readonly operation: Operation;
}

/** Where to begin: the seed that is asked for, or any. */
export function seedOf(asked: string | undefined): number {
  return asked === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(asked);
}

/** Compares `runs` batches in worlds drawn from `seed` and the seeds after it. Throws at the first difference. */
export async function compareRuns(database: Database, seed: number, runs: number): Promise<void> {
  for (let done = 0; done < runs; done += RUNS_PER_WORLD) {
    const number = seed + done / RUNS_PER_WORLD;
    const found = await compareWorld(database, number, Math.min(RUNS_PER_WORLD, runs - done));
    if (found !== null) throw new Error(await told(database, number, found));
    // Rows of worlds that are gone stand in the way of those to come.
    if (done % (RUNS_PER_WORLD * 40) === 0) await database.run('vacuum', [], { script: true });
  }
}

interface Found {
  readonly me: string;
  readonly operation: Operation;
  readonly difference: Difference;
  readonly world: World;
}

async function compareWorld(database: Database, seed: number, runs: number): Promise<Found | null> {
  const world = drawWorld(seed);
  const random = randomOf(seed ^ 0x5bd1e995);
  const model = modelWith(world.roles);
  return inScratch(database, async (scratch) => {
    await insertWorld(scratch, world);
    for (let run = 0; run < runs; run += 1) {
      const me = world.users[run % world.users.length]?.id ?? '';
      const principal = await resolvePrincipal(scratch, model, me);
      if ((principal !== null) !== mayAct(world, me)) throw new Error(`whether ${me} may act differs (seed ${seed})`);
      if (principal === null) continue;
      for (const operation of batch(random, world, run < world.users.length)) {
        const difference = await compare({ scratch, world, principal }, operation);
        if (difference !== null) return { me, operation, difference, world };
      }
    }
    return null;
  });
}

function batch(random: Random, world: World, first: boolean): readonly Operation[] {
  const reads = random.times(READS, READS, () => drawRead(random, world));
  const writes = random.times(WRITES, WRITES, () => drawWrite(random, world));
  return [...(first ? [{ op: 'rights' } as const] : []), ...reads, ...writes];
}

/** The difference of one case; null where there is none. */
export function compareCase(
  database: Database,
  { world, me, operation }: Omit<Case, 'name'>,
): Promise<Difference | null> {
  return inScratch(database, async (scratch) => {
    await insertWorld(scratch, world);
    const principal = await resolvePrincipal(scratch, modelWith(world.roles), me);
    if (principal === null) throw new Error(`${me} may not act`);
    return compare({ scratch, world, principal }, operation);
  });
}

/** What to do about a difference: its seed, and the smallest world that shows it, to be kept among the cases. */
async function told(database: Database, seed: number, { me, operation, difference, world }: Found): Promise<string> {
  const small = await minimize(world, me, async (smaller) => {
    const found = await compareCase(database, { world: smaller, me, operation });
    return found !== null && found.of === difference.of;
  });
  const again = await compareCase(database, { world: small, me, operation });
  const kept = { name: '', me, operation, world: small };
  return [
    `seed ${seed} (KARTOTEKA_SEED=${seed} KARTOTEKA_RUNS=${RUNS_PER_WORLD}): ${difference.of}`,
    JSON.stringify(again ?? difference, null, 1),
    'as a case:',
    JSON.stringify(kept),
  ].join('\n');
}
