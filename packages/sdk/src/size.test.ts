// What the client costs who downloads it.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const LIMIT = 12_000;

test('the client is smaller than 12 kB, minified and compressed, and depends on nothing', async () => {
  const bundle = await rolldown({ input: fileURLToPath(new URL('./index.ts', import.meta.url)), platform: 'neutral' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  expect(output).toHaveLength(1);
  expect(output[0].imports).toEqual([]);
  const bytes = gzipSync(output[0].code).length;
  // Something that was left out would be small, too.
  expect(output[0].exports).toEqual(expect.arrayContaining(['createClient', 'decimal', 'int64', 'CrmError', 'odata']));
  expect(bytes).toBeGreaterThan(4096);
  expect(bytes).toBeLessThan(LIMIT);
});
