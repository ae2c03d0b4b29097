// A process killed at every step of a first publish and of a change.
import { expect, test } from 'vitest';
import { FAULT_POINTS } from './fault.ts';
import { planPublish } from './plan.ts';
import type { Stored } from './store.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './test/documents.ts';
import { expectRecovery, type Scenario } from './test/kill.ts';

const EMPTY: Stored = { revision: 0, baseVersion: null, documents: [], columns: [] };
const first = planPublish(EMPTY, TEST_DOCUMENTS);
const change = planPublish(
  { ...EMPTY, revision: 1, documents: TEST_DOCUMENTS, columns: first.columns },
  CHANGED_DOCUMENTS,
);

function pointsOf(plan: typeof first): string[] {
  const count = {
    ddl: plan.ddl.steps.filter(({ phase }) => phase === 'transaction').length,
    after_step: plan.ddl.steps.length,
  };
  count.after_step -= count.ddl;
  return FAULT_POINTS.flatMap((point) => {
    const numbered = Object.entries(count).find(
      ([name]) => point.endsWith(`_${name}`) && !/^(before|after)_(?!ddl|after_step)/.test(point),
    );
    return numbered === undefined
      ? [point]
      : Array.from({ length: numbered[1] }, (_, index) => `${point}:${index + 1}`);
  });
}

const CASES: readonly (readonly [Scenario, string])[] = [
  ...pointsOf(first).map((point) => ['first', point] as const),
  ...pointsOf(change).map((point) => ['change', point] as const),
];

test('the change has steps of every kind', () => {
  const kinds = new Set(change.ddl.steps.map(({ after }) => after?.kind ?? 'transaction'));
  expect([...kinds].sort()).toEqual(['create_index', 'drop_index', 'transaction', 'validate']);
});

test.each(CASES)('killed in the %s publish at %s, the next start agrees', async (scenario, point) => {
  await expectRecovery(scenario, point);
});
