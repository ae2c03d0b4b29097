import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';
import { threeWay } from './three-way.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 200);

describe('two changes of one document', () => {
  it('go together where they are in different places, whoever made them', () => {
    const base = { label: { en: 'Deal' }, fields: { a: { type: 'text' } } };
    const theirs = { label: { en: 'Deal', ru: 'Сделка' }, fields: { a: { type: 'text' }, x_b: { type: 'date' } } };
    const yours = { label: { en: 'Sale' }, fields: { a: { type: 'text' }, x_c: { type: 'url' } } };
    const { merged, differences } = threeWay(base, theirs, yours);
    expect(merged).toEqual({
      label: { en: 'Sale', ru: 'Сделка' },
      fields: { a: { type: 'text' }, x_b: { type: 'date' }, x_c: { type: 'url' } },
    });
    expect(differences.map(({ pointer, conflict }) => [pointer, conflict])).toEqual([
      ['/label/en', false],
      ['/label/ru', false],
      ['/fields/x_b', false],
      ['/fields/x_c', false],
    ]);
  });

  it('conflict where both changed one place in different ways, and one of them is taken', () => {
    const [base, theirs, yours] = [
      { a: 1, b: [1] },
      { a: 2, b: [1, 2] },
      { a: 3, b: [1, 2] },
    ];
    const { differences } = threeWay(base, theirs, yours);
    expect(differences).toEqual([
      { pointer: '/a', conflict: true, base: 1, theirs: 2, yours: 3 },
      { pointer: '/b', conflict: false, base: [1], theirs: [1, 2], yours: [1, 2] },
    ]);
    expect(threeWay(base, theirs, yours, 'theirs').merged).toEqual({ a: 2, b: [1, 2] });
    expect(threeWay(base, theirs, yours, 'yours').merged).toEqual({ a: 3, b: [1, 2] });
  });

  it('conflict where one takes away what the other changes', () => {
    expect(threeWay({ a: 1 }, undefined, { a: 2 }).differences).toEqual([
      { pointer: '', conflict: true, base: { a: 1 }, theirs: undefined, yours: { a: 2 } },
    ]);
    expect(threeWay({ a: { b: 1 } }, {}, { a: { b: 2 } }).differences[0]).toMatchObject({
      pointer: '/a',
      conflict: true,
    });
    expect(threeWay({ a: 1 }, {}, { a: 1 }).merged).toEqual({});
  });

  it('that are new to both go together member by member', () => {
    const { merged, differences } = threeWay(undefined, { extends: 'deal', p: 1 }, { extends: 'deal', q: 2 });
    expect(merged).toEqual({ extends: 'deal', p: 1, q: 2 });
    expect(differences.some(({ conflict }) => conflict)).toBe(false);
  });

  it('of which one did nothing are the other one, whatever they are', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (base, other) => {
        expect(threeWay(base, other, base).merged).toEqual(other);
        expect(threeWay(base, base, other).merged).toEqual(other);
        expect(threeWay(base, other, other).differences.every(({ conflict }) => !conflict)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('keep members that are called like what every object has', () => {
    const theirs = JSON.parse('{"__proto__": {"a": 1}}');
    const { merged } = threeWay({}, theirs, { b: 1 });
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":1},"b":1}');
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe('a merge patch', () => {
  it('does what RFC 7396 shows in its appendix', () => {
    const cases: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ a: 'foo' }, null, null],
      [{ a: 'foo' }, 'bar', 'bar'],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [target, patch, result] of cases) expect(mergePatch(target, patch)).toEqual(result);
  });
});
