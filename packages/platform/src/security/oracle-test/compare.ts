// One operation of the oracle's worlds, compared: what the engine answers and what it leaves behind. It must not be imported by
// product code.
import { isDeepStrictEqual } from 'node:util';
import { may } from '../oracle/access.ts';
import type { Answer } from '../oracle/answers.ts';
import { answerRead, type Read } from '../oracle/reads.ts';
import { recordsOf } from '../oracle/records.ts';
import { SCHEMA } from '../oracle/schema.ts';
import { PRIVILEGES, type World } from '../oracle/world.ts';
import { answerWrite, type Write } from '../oracle/writes.ts';
import type { UserPrincipal } from '../principals.ts';
import { type Asker, answered, readCount, readRows, sendBulk, sendWrite } from './requests.ts';
import { heldInMemory, heldInSql } from './rights.ts';
import type { Scratch } from './scratch.ts';
import { expectedState, storedState } from './stored.ts';

/** What is compared; `rights`: all privileges on all records. */
export type Operation = { readonly op: 'rights' } | Read | Write;

export interface Difference {
  readonly of: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface Place {
  readonly scratch: Scratch;
  readonly world: World;
  readonly principal: UserPrincipal;
}

/** Where the engine and the oracle differ; null where they agree. */
export async function compare(place: Place, operation: Operation): Promise<Difference | null> {
  if (operation.op === 'rights') return compareRights(place);
  if (operation.op === 'list' || operation.op === 'get') return compareRead(place, operation);
  return compareWrite(place, operation);
}

async function compareRights({ scratch, world, principal }: Place): Promise<Difference | null> {
  const records = Object.keys(SCHEMA).flatMap((entity) => recordsOf(world, entity));
  const held = (test: (privilege: (typeof PRIVILEGES)[number], n: number) => boolean): ReadonlySet<string> =>
    new Set(
      records.flatMap(({ entity, id }, n) =>
        PRIVILEGES.filter((privilege) => test(privilege, n)).map((privilege) => `${privilege} ${entity} ${id}`),
      ),
    );
  const expected = held((privilege, n) => may(world, principal.id, privilege, recordAt(records, n)));
  const memory = held((privilege, n) => heldInMemory(world, principal, privilege, recordAt(records, n)));
  const probed = await heldInSql(scratch, principal, 'probe');
  const hashed = await heldInSql(scratch, principal, 'hash');
  return (
    differing('rights in memory', expected, memory) ??
    differing('rights in SQL', expected, probed) ??
    differing('rights in SQL by hash', expected, hashed)
  );
}

function recordAt<T>(records: readonly T[], n: number): T {
  const record = records[n];
  if (record === undefined) throw new Error(`there is no record ${n}`);
  return record;
}

function differing(of: string, expected: ReadonlySet<string>, actual: ReadonlySet<string>): Difference | null {
  const missing = [...expected].filter((item) => !actual.has(item));
  const more = [...actual].filter((item) => !expected.has(item));
  return missing.length + more.length === 0 ? null : { of, expected: missing, actual: more };
}

async function compareRead({ scratch, world, principal }: Place, read: Read): Promise<Difference | null> {
  const asker: Asker = { database: scratch, principal };
  const expected = answerRead(world, principal.id, read);
  // Pages of one and of all records alike.
  const pageSize = 1 + (JSON.stringify(read).length % 4);
  const actual = await scratch.undone(() => answered(() => readRows(asker, read, pageSize)));
  if (!isAllowed(expected.answer, actual.answer))
    return { of: 'read', expected: expected.answer, actual: actual.answer };
  if (expected.answer.kind !== 'ok') return null;
  if (!isDeepStrictEqual(plain(expected.rows), plain(actual.value)))
    return { of: 'rows', expected: expected.rows, actual: actual.value };
  if (read.op === 'get') return null;
  const count = await readCount(asker, read);
  return count === expected.rows.length ? null : { of: '$count', expected: expected.rows.length, actual: count };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function compareWrite(place: Place, write: Write): Promise<Difference | null> {
  const single = await compareSent(place, write, 'write', (asker) => answered(() => sendWrite(asker, write)));
  if (single !== null || (write.op !== 'create' && write.op !== 'update')) return single;
  return compareSent(place, write, 'bulk', async (asker) => {
    const { answer, value } = await answered(() => sendBulk(asker, write));
    return { answer: value ?? answer };
  });
}

async function compareSent(
  { scratch, world, principal }: Place,
  write: Write,
  of: string,
  sent: (asker: Asker) => Promise<{ readonly answer: Answer }>,
): Promise<Difference | null> {
  const expected = answerWrite(world, principal.id, write);
  return scratch.undone(async () => {
    const { answer } = await sent({ database: scratch, principal });
    if (!isAllowed(expected.answer, answer)) return { of, expected: expected.answer, actual: answer };
    const [wanted, found] = [expectedState(expected.world), await storedState(scratch)];
    if (isDeepStrictEqual(wanted, found)) return null;
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
    const differ = keys.filter((key) => !isDeepStrictEqual(wanted[key], found[key]));
    const part = (state: Record<string, unknown>) => Object.fromEntries(differ.map((key) => [key, state[key] ?? null]));
    return { of: `${of}, afterwards`, expected: part(wanted), actual: part(found) };
  });
}

/** Whether the engine's answer is one that the oracle allows. */
function isAllowed(expected: Answer, actual: Answer): boolean {
  if (expected.kind === 'any') return expected.of.some((one) => isAllowed(one, actual));
  if (expected.kind === 'missing' && actual.kind === 'missing') {
    return actual.any.every(({ privilege, entity }) =>
      expected.any.some((item) => item.privilege === privilege && item.entity === entity),
    );
  }
  return isDeepStrictEqual(expected, actual);
}
