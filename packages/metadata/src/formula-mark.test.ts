// The mark against formulas: whatever the text, a marked one begins like no formula, and comes back as it was.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainNumber, withFormulaMark, withoutFormulaMark } from './formula-mark.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 500);
const likely = fc.string({ unit: fc.constantFrom(...`'=+-@\t\r\n＝－＋＠ a1"`) });

it('comes off again, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(likely, fc.string()), (text) => {
      const cell = withFormulaMark(text);
      expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      expect(withoutFormulaMark(cell)).toBe(text);
    }),
    { numRuns: RUNS },
  );
});

it('is on nothing else', () => {
  for (const text of ['', 'a=1', "'", "'quoted'", ' =1', '1-2', "''a"]) expect(withFormulaMark(text)).toBe(text);
  expect(["'=1", "''=1", "'a"].map(withoutFormulaMark)).toEqual(['=1', "'=1", "'a"]);
  expect(['-1 000,5', '+7', "-1'000.50", '-1+1', '-', '=1', '-1;2', '@1'].map(isPlainNumber)).toEqual([
    ...[true, true, true],
    ...[false, false, false, false, false],
  ]);
});
