// A process killed at each fault point of a publish; the slow suite kills it at every single step.
import { expect, test } from 'vitest';
import { FAULT_POINTS, faultPoint } from './fault.ts';
import { expectRecovery } from './test/kill.ts';

test('without KARTOTEKA_FAULT a fault point does nothing', () => {
  for (const point of FAULT_POINTS) faultPoint(point, 1);
  expect(process.env.KARTOTEKA_FAULT).toBeUndefined();
});

test.each(FAULT_POINTS)(
  'after kill -9 at %s documents and catalogue agree, and the next start completes the change',
  async (point) => {
    await expectRecovery('change', point);
  },
);
