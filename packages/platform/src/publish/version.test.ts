// Order of product versions as in semantic versioning 2.0.0.
import { expect, test } from 'vitest';
import { isNewerVersion } from './version.ts';

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
    for (const [j, b] of ASCENDING.entries()) expect([a, b, isNewerVersion(a, b)]).toEqual([a, b, i > j]);
  }
});

test('build metadata does not count', () => {
  expect(isNewerVersion('1.0.0+2', '1.0.0+1')).toBe(false);
});
