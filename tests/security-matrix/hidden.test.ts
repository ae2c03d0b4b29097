// A hidden record and a missing one cannot be told apart: the same bytes, the same statements with the same plans, and the same time,
// for every request that names a record. All of them are timed in hidden.slow.test.ts, the shortest ways here.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, differs, explained, statementsOf } from './hidden-kit.ts';
import { expectSameTime, hiddenId, REQUESTS, ROUNDS, startHidden } from './hidden-requests.ts';
import type { HttpCrm } from './http.ts';
import { bytes } from './secured-world.ts';

const TIMED = REQUESTS.filter(({ title }) =>
  /^(GET|PATCH|DELETE|share|restore of what is deleted) \(papers\)$/.test(title),
);

let http: HttpCrm;

beforeAll(async () => {
  http = await startHidden();
});
afterAll(() => http?.stop());

describe.each(REQUESTS)('$title', (request) => {
  const { send, status } = request;
  const there = (): string => hiddenId(request);

  it('answers a hidden record and a missing one with the same bytes', async () => {
    const missing = randomUUID();
    const [hidden, absent] = [await send(there()), await send(missing)];
    expect([hidden.status, absent.status]).toEqual([status, status]);
    expect(bytes(hidden).replaceAll(there(), 'ID')).toBe(bytes(absent).replaceAll(missing, 'ID'));
    expect(hidden.text).not.toContain(there());
  });

  it('runs the same statements with the same plans over as many pages', async () => {
    const { database } = http.crm.platform;
    const ofId = async (id: string) => {
      await send(id);
      const statements = await statementsOf(database, () => send(id));
      return statements.map((each) => ({ ...each, parameters: [...each.parameters] }));
    };
    const [hidden, absent] = [await ofId(there()), await ofId(randomUUID())];
    expect(hidden.map(({ text }) => text)).toEqual(absent.map(({ text }) => text));
    expect(hidden.length).toBeGreaterThan(0);
    for (const [index, statement] of hidden.entries()) {
      if (statement.text === 'begin') continue;
      const other = absent[index] as typeof statement;
      await explained(database, statement);
      const [one, two] = [await explained(database, statement), await explained(database, other)];
      expect(one.shape).toBe(two.shape);
      // The record itself is looked at, and what stands beside it in the same index entry.
      expect([statement.text, Math.abs(one.buffers - two.buffers) <= 4, one.buffers, two.buffers]).toEqual([
        statement.text,
        true,
        one.buffers,
        two.buffers,
      ]);
    }
  });
});

it.each(TIMED)('$title takes the same time', expectSameTime);

describe('the comparison', () => {
  /** Milliseconds of an answer on a busy machine: skewed, with outliers. */
  const busy = (round: number, kind: number): number => {
    const draw = Math.abs(Math.sin(round * 12.9898 + kind * 78.233) * 43_758.5453) % 1;
    return 1 + 0.4 * draw * draw + (draw > 0.97 ? 20 : 0);
  };
  const pairs = (more: number): [number, number][] =>
    Array.from({ length: ROUNDS }, (_, round) => [busy(round, 1) + more, busy(round, 2)]);

  it('finds nothing in noise, and the time of one more statement', () => {
    expect(differs(compare(pairs(0)))).toBe(false);
    for (const statement of [0.2, 0.5, -0.2]) expect(differs(compare(pairs(statement)))).toBe(true);
  });
});
