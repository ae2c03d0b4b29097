// Events that anybody can bring about do not flood the table, and none of them is lost.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordedLog } from '../publish/test/recorded-log.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { LimitedEvents } from './limited.ts';
import type { SecurityEvent } from './record.ts';

let db: TestDatabase;
let from: string;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  from = String((await db.database.run('select coalesce(max(id), 0)::text as id from kartoteka.security_log'))[0]?.id);
});

const details = async (): Promise<unknown[]> => {
  const text = 'select details from kartoteka.security_log where id > $1::bigint order by id';
  return (await db.database.run(text, [from])).map((row) => JSON.parse(String(row.details)));
};
const failed = (n: number, target?: string): SecurityEvent => ({
  kind: 'sign_in_failed',
  actorId: null,
  details: { n },
  ...(target === undefined ? {} : { target: { entity: 'user', id: target } }),
});

describe('events of one key', () => {
  it('are written once at once, and once more with their number when the window ends', async () => {
    const events = new LimitedEvents(db.database, recordedLog(), 60_000);
    for (const n of [1, 2, 3]) await events.record('a', failed(n));
    await events.record('b', failed(4));
    expect(await details()).toEqual([{ n: 1 }, { n: 4 }]);
    await events.flush();
    expect(await details()).toEqual([{ n: 1 }, { n: 4 }, { n: 1, repeated: 2 }]);
    await events.record('a', failed(5));
    expect((await details()).at(-1)).toEqual({ n: 5 });
  });

  it('are written by the end of the window by themselves', async () => {
    const events = new LimitedEvents(db.database, recordedLog(), 20);
    for (const n of [1, 2]) await events.record('a', failed(n));
    await expect.poll(details, { timeout: 2_000 }).toEqual([{ n: 1 }, { n: 1, repeated: 1 }]);
  });
});

describe('very many keys', () => {
  it('share one row beyond the hundredth, whoever they are, without hiding those of known users', async () => {
    const events = new LimitedEvents(db.database, recordedLog(), 60_000);
    for (let n = 0; n < 150; n += 1) await events.record(`address ${n}`, failed(n));
    await events.record('known', failed(-1, '0197a000-0000-7000-8000-000000000001'));
    expect(await details()).toHaveLength(101);
    await events.flush();
    expect((await details()).slice(100)).toEqual([{ n: -1 }, { repeated: 50, others: true }]);
  });
});

it('a failure to record is logged and does not reach the caller', async () => {
  const log = recordedLog();
  const events = new LimitedEvents({ run: () => Promise.reject(new Error('no database')) }, log, 60_000);
  await events.record('a', failed(1));
  expect(log.lines.map(({ message }) => message)).toEqual(['Security events could not be recorded']);
});
