// What a build leaves: once per sources, with compressed files that hold the same.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ensureWebBuilt } from '../build/ensure-built.ts';

const ASSETS = fileURLToPath(new URL('../dist/assets/', import.meta.url));

test('an application that is built from these sources is not built again', async () => {
  let builds = 0;
  expect(await ensureWebBuilt(() => (builds += 1))).toBe('fresh');
  expect(builds).toBe(0);
});

test('compressed files hold what the files hold', () => {
  const names = new Set(readdirSync(ASSETS));
  const plain = [...names].filter((name) => /\.(?:js|css)$/.test(name));
  const compressed = plain.filter((name) => names.has(`${name}.br`));
  expect(compressed.length).toBeGreaterThan(plain.length / 3);
  for (const name of compressed) {
    const content = readFileSync(ASSETS + name);
    expect(brotliDecompressSync(readFileSync(`${ASSETS}${name}.br`)).equals(content), name).toBe(true);
    expect(gunzipSync(readFileSync(`${ASSETS}${name}.gz`)).equals(content), name).toBe(true);
  }
});
