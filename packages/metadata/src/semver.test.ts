// Order of versions as in semantic versioning 2.0.0, and ranges of them.
import { expect, test } from 'vitest';
import { compareVersions, isInRange, isVersionRange } from './semver.ts';

const ASCENDING = [
  'nonsense',
  '0.1.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.2.9',
  '1.10.0',
  '2.0.0',
];

test('every version is newer than those before it and than none after it', () => {
  for (const [i, a] of ASCENDING.entries()) {
    for (const [j, b] of ASCENDING.entries())
      expect([a, b, Math.sign(compareVersions(a, b))]).toEqual([a, b, Math.sign(i - j)]);
  }
});

test('build metadata does not count', () => {
  expect(compareVersions('1.0.0+2', '1.0.0+1')).toBe(0);
});

test('a range says which versions it holds', () => {
  const held: Record<string, [inside: string[], outside: string[]]> = {
    '*': [['0.0.1', '9.0.0-rc.1'], []],
    '1.2.3': [['1.2.3'], ['1.2.4', '1.2.3-rc.1']],
    '^1.2.3': [
      ['1.2.3', '1.9.0'],
      ['1.2.2', '2.0.0', '2.0.0-rc.1', '1.2.3-rc.1'],
    ],
    '^0.2.3': [
      ['0.2.3', '0.2.9'],
      ['0.3.0', '0.2.2'],
    ],
    '^0.0.3': [['0.0.3'], ['0.0.4', '0.1.0']],
    '~1.2.3': [
      ['1.2.3', '1.2.9'],
      ['1.3.0', '1.2.2'],
    ],
    '>=1.0.0 <3.0.0': [
      ['1.0.0', '2.9.9'],
      ['0.9.9', '3.0.0'],
    ],
    '>1.0.0 <=2.0.0': [
      ['1.0.1', '2.0.0'],
      ['1.0.0', '2.0.1'],
    ],
  };
  for (const [range, [inside, outside]] of Object.entries(held)) {
    expect(isVersionRange(range)).toBe(true);
    expect(
      inside.filter((version) => !isInRange(version, range)),
      range,
    ).toEqual([]);
    expect(
      outside.filter((version) => isInRange(version, range)),
      range,
    ).toEqual([]);
  }
  for (const range of ['', ' ', '1', '1.2', '>=', '1.x', '^1.0.0 || ^2.0.0', '01.0.0', 'latest']) {
    expect(isVersionRange(range), range).toBe(false);
    expect(isInRange('1.0.0', range), range).toBe(false);
  }
});
