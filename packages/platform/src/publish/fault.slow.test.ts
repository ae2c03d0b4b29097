// A process killed at every step of a first publish and of a change.
import { expect, test } from 'vitest';
import { FAULT_POINTS, type FaultPoint } from './fault.ts';
import { type PublishPlan, planPublish } from './plan.ts';
import type { Stored } from './store.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './test/documents.ts';
import { expectRecovery, type Scenario } from './test/kill.ts';

const EMPTY: Stored = { revision: 0, baseVersion: null, documents: [], columns: [], schemaChanges: [], packages: [] };
const first = planPublish(EMPTY, TEST_DOCUMENTS);
const change = planPublish(
  { ...EMPTY, revision: 1, documents: TEST_DOCUMENTS, columns: first.columns },
  CHANGED_DOCUMENTS,
);

const BATCHED: ReadonlySet<string | undefined> = new Set(['number_rows', 'convert_rows']);
const inBatches = ({ ddl }: PublishPlan): boolean => ddl.steps.some(({ after }) => BATCHED.has(after?.kind));

/** Every point; those inside a loop before each round and after the last (after one round is before the next). */
function pointsOf(plan: PublishPlan): string[] {
  const inTransaction = plan.ddl.steps.filter(({ phase }) => phase === 'transaction').length;
  const afterwards = plan.ddl.steps.length - inTransaction;
  const rounds = (point: string, count: number) => Array.from({ length: count }, (_, index) => `${point}:${index + 1}`);
  const numbered: Partial<Record<FaultPoint, string[]>> = {
    before_ddl: rounds('before_ddl', inTransaction),
    after_ddl: [`after_ddl:${inTransaction}`],
    before_after_step: rounds('before_after_step', afterwards),
    before_batch: inBatches(plan) ? ['before_batch:1', 'before_batch:2'] : [],
    after_batch: inBatches(plan) ? ['after_batch:1', 'after_batch:2'] : [],
    after_after_step: afterwards === 0 ? [] : [`after_after_step:${afterwards}`],
  };
  return FAULT_POINTS.flatMap((point) => numbered[point] ?? [point]);
}

const CASES: readonly (readonly [Scenario, string])[] = [
  ...pointsOf(first).map((point) => ['first', point] as const),
  ...pointsOf(change).map((point) => ['change', point] as const),
];

test('the change has steps of every kind', () => {
  const kinds = new Set(change.ddl.steps.map(({ after }) => after?.kind ?? 'transaction'));
  expect([...kinds].sort()).toEqual([
    'convert_rows',
    'create_index',
    'drop_index',
    'number_rows',
    'transaction',
    'validate',
  ]);
});

test.each(CASES)('killed in the %s publish at %s, the next start agrees', async (scenario, point) => {
  await expectRecovery(scenario, point);
});
