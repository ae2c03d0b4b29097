// One operation of the oracle's worlds, compared: what the engine answers and what it leaves behind. It must not be imported by
// product code.
import { isDeepStrictEqual } from 'node:util';
import { granted, hasCapability, may, mayAct } from '../oracle/access.ts';
import type { Answer } from '../oracle/answers.ts';
import { type HandOverWrite, tryHandOver } from '../oracle/hand-over.ts';
import { answerRead, type Read } from '../oracle/reads.ts';
import { liveRecord, recordsOf, visible } from '../oracle/records.ts';
import { SCHEMA } from '../oracle/schema.ts';
import type { Row } from '../oracle/shown.ts';
import { PRIVILEGES } from '../oracle/world.ts';
import { answerWrite, type Write } from '../oracle/writes.ts';
import { principalFor } from './askers.ts';
import { type Audit, compareAudit } from './audits.ts';
import { type Difference, differingStates, isAllowed, type Place } from './differences.ts';
import { comparePreview, type Preview } from './previews.ts';
import { readCount, readRows } from './reads.ts';
import {
  type Asker,
  answered,
  explained,
  modelOf,
  partOf,
  type Request,
  send,
  sendBulk,
  sendToMany,
  sendTrial,
  sendUpsert,
  sendWrite,
  TooManyRecords,
} from './requests.ts';
import { heldInMemory, heldInSql } from './rights.ts';
import { expectedState, storedState } from './stored.ts';

/** What is compared; `rights`: all privileges on all records. */
export type Operation = { readonly op: 'rights' } | Explain | Read | Write | Audit | Preview;

/** What `explain_access` says is granted. */
export interface Explain {
  readonly op: 'explain';
  readonly entity: string;
  readonly id: string;
}

/** Where the engine and the oracle differ; null where they agree. What is thrown is no answer, and a difference, too. */
export async function compare(place: Place, operation: Operation): Promise<Difference | null> {
  try {
    return await compared(place, operation);
  } catch (error) {
    return { of: 'error', expected: null, actual: String(error) };
  }
}

async function compared(place: Place, operation: Operation): Promise<Difference | null> {
  if (operation.op === 'rights') return compareRights(place);
  if (operation.op === 'audit') return compareAudit(place, operation);
  if (operation.op === 'preview') return comparePreview(place, operation);
  if (operation.op === 'explain') return compareExplained(place, operation);
  if (isRead(operation)) return compareRead(place, operation);
  return compareWrite(place, operation);
}

const READS: readonly string[] = ['list', 'get', 'part', 'groups'] satisfies Read['op'][];
const isRead = (operation: Operation): operation is Read => READS.includes(operation.op);

async function compareRights({ scratch, world, me, principal }: Place): Promise<Difference | null> {
  const records = Object.keys(SCHEMA).flatMap((entity) => recordsOf(world, entity));
  const held = (test: (privilege: (typeof PRIVILEGES)[number], n: number) => boolean): ReadonlySet<string> =>
    new Set(
      records.flatMap(({ entity, id }, n) =>
        PRIVILEGES.filter((privilege) => test(privilege, n)).map((privilege) => `${privilege} ${entity} ${id}`),
      ),
    );
  const expected = held((privilege, n) => may(world, me, privilege, recordAt(records, n)));
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

async function compareRead({ scratch, world, me, principal }: Place, read: Read): Promise<Difference | null> {
  const length = JSON.stringify(read).length;
  const csv = read.op === 'list' && read.as === 'csv';
  const asker: Asker = { database: scratch, principal, ...(length % 3 === 0 && !csv ? { within: 'batch' } : {}) };
  const expected = answerRead(world, me, read);
  // Pages of one and of all records alike.
  const pageSize = 1 + (length % 4);
  const actual = await scratch.undone(() => answered(() => readRows(asker, read, pageSize))).catch(unlessTooMany);
  if (actual === null) return null;
  if (!isAllowed(expected.answer, actual.answer))
    return { of: 'read', expected: expected.answer, actual: actual.answer };
  if (expected.answer.kind !== 'ok') return null;
  const { rows, total } = actual.value ?? { rows: [], total: null };
  // Rows of groups have no order of the oracle's.
  const inOrder = (all: readonly Row[]): unknown => (read.op === 'groups' ? sorted(plain(all)) : plain(all));
  if (!isDeepStrictEqual(inOrder(expected.rows), inOrder(rows)))
    return { of: 'rows', expected: expected.rows, actual: rows };
  if (read.op === 'groups' && total !== expected.total)
    return { of: '$count', expected: expected.total, actual: total };
  if (read.op !== 'list') return null;
  const counts = [total ?? expected.total, await readCount(asker, read)];
  const isRight = counts.every((count) => count === expected.total);
  return isRight ? null : { of: '$count', expected: expected.total, actual: counts };
}

/** A request that is refused for its size says nothing about rights. */
function unlessTooMany(error: unknown): null {
  if (error instanceof TooManyRecords) return null;
  throw error;
}

const sorted = (rows: unknown[]): unknown => rows.map((row) => JSON.stringify(row)).sort();
const plain = <T>(value: readonly T[]): T[] => JSON.parse(JSON.stringify(value));

/** As it is, and by half of the other ways to ask for the same: which, the write itself says, so that it is the same again. */
async function compareWrite(place: Place, write: Write): Promise<Difference | null> {
  const number = JSON.stringify(write).length;
  const within = number % 2 === 0 ? 'batch' : 'group';
  const asWrite = (way: Partial<Asker>): Sent[1] => {
    return async (asker) => (await answered(() => sendWrite({ ...asker, ...way }, write))).answer;
  };
  const inBatch: Sent = [`write in a ${within}`, asWrite({ within })];
  const others = [inBatch, ...sentToMany(place, write)].filter((_, at) => (at + (number >> 1)) % 2 === 0);
  for (const [name, send] of [['write', asWrite({})] as const, ...others]) {
    const found = await compareSent(place, write, name, send);
    if (found !== null) return found;
  }
  return write.op === 'hand_over' ? compareTrial(place, write) : null;
}

/** A trial run tells what would be done, and leaves everything as it is. */
async function compareTrial(
  { scratch, world, me, principal }: Place,
  write: HandOverWrite,
): Promise<Difference | null> {
  const expected = tryHandOver(world, me, write);
  return scratch.undone(async () => {
    const { answer, value } = await answered(() => sendTrial({ database: scratch, principal }, write));
    if ('kind' in expected) return isAllowed(expected, answer) ? null : { of: 'trial', expected, actual: answer };
    // How many would move is told as far as it was tried.
    const told = expected.refused.length === 0 ? value : { ...value, count: expected.count };
    if (!isDeepStrictEqual(expected, told)) return { of: 'trial', expected, actual: value ?? answer };
    return differingStates('trial', expectedState(world), await storedState(scratch));
  });
}

type Sent = readonly [name: string, send: (asker: Asker) => Promise<Answer>];

/** What the result of the one record says, where the request itself was not refused. */
async function toldIn(send: () => Promise<Answer>): Promise<Answer> {
  const { answer, value } = await answered(send);
  return value ?? answer;
}

/** The same write as requests for many records, which must be answered alike. */
function sentToMany({ world, me }: Place, write: Write): readonly Sent[] {
  if (write.op === 'assign' || 'principal' in write)
    return [['many', (asker) => toldIn(() => sendToMany(asker, write))]];
  if (write.op !== 'create' && write.op !== 'update') return [];
  // What only importers may say is left aside of one record, and refused of many.
  if (write.op === 'create' && write.creator !== undefined && !hasCapability(world, me, 'import')) return [];
  const bulk = (mode: 'create' | 'update' | 'upsert'): Sent => [
    `bulk ${mode}`,
    (asker) => toldIn(() => sendBulk(asker, write, mode)),
  ];
  // An upsert of what is not there for the user would be a create.
  const isUpdate = visible(world, me, write.entity, write.id) !== null && granted(world, me, 'write', write.entity);
  const upsert: Sent = ['upsert', async (asker) => (await answered(() => sendUpsert(asker, write))).answer];
  const part = write.op === 'update' ? partOf(write) : null;
  const asPart: Sent = ['part', async (asker) => (await answered(() => send(asker, part as Request))).answer];
  const parts = part === null ? [] : [asPart];
  return write.op === 'create' || isUpdate
    ? [bulk(write.op), bulk('upsert'), upsert, ...parts]
    : [bulk(write.op), ...parts];
}

async function compareExplained({ scratch, world, me, principal }: Place, read: Explain): Promise<Difference | null> {
  const { entity, id } = read;
  const asker: Asker = { database: scratch, principal };
  const shown = answerRead(world, me, {
    op: 'get',
    entity,
    id,
    deleted: false,
    shown: { select: [], expand: {} },
  });
  const { answer, value } = await scratch.undone(() => answered(() => explained(asker, entity, id)));
  if (!isAllowed(shown.answer, answer)) return { of: 'explain', expected: shown.answer, actual: answer };
  const record = liveRecord(world, entity, id);
  if (shown.answer.kind !== 'ok' || record === null) return null;
  const expected = PRIVILEGES.filter((privilege) => may(world, me, privilege, record)).sort();
  return isDeepStrictEqual(expected, value) ? null : { of: 'explained', expected, actual: value };
}

async function compareSent(
  { scratch, world, me, principal }: Place,
  write: Write,
  of: string,
  sent: Sent[1],
): Promise<Difference | null> {
  const expected = answerWrite(world, me, write);
  return scratch.undone(async () => {
    const answer = await sent({ database: scratch, principal });
    if (!isAllowed(expected.answer, answer)) return { of, expected: expected.answer, actual: answer };
    return (
      differingStates(of, expectedState(expected.world), await storedState(scratch)) ??
      receivedRights({ scratch, world: expected.world, principal }, write)
    );
  });
}

/** What a share that was given or taken back means for who holds it, from the next request on. */
async function receivedRights(
  { scratch, world, principal }: Omit<Place, 'me'>,
  write: Write,
): Promise<Difference | null> {
  if (!('principal' in write) || !mayAct(world, write.principal)) return null;
  const receiver = await principalFor(scratch, modelOf(principal), write.principal, null);
  if (receiver === null) return { of: 'receiver', expected: write.principal, actual: null };
  return compareRights({ scratch, world, me: write.principal, principal: receiver });
}
