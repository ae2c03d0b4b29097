// The client as it is downloaded: what it costs, and what of it is lost.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const LIMIT = 12_000;

async function minified() {
  const bundle = await rolldown({ input: fileURLToPath(new URL('./index.ts', import.meta.url)), platform: 'neutral' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  expect(output).toHaveLength(1);
  return output;
}

test('the client is smaller than 12 kB, minified and compressed, and depends on nothing', async () => {
  const output = await minified();
  expect(output[0].imports).toEqual([]);
  const bytes = gzipSync(output[0].code).length;
  // Something that was left out would be small, too.
  expect(output[0].exports).toEqual(expect.arrayContaining(['createClient', 'decimal', 'int64', 'CrmError', 'odata']));
  expect(bytes).toBeGreaterThan(4096);
  expect(bytes).toBeLessThan(LIMIT);
});

test('errors have their names in what a minifier leaves, too', async () => {
  const [{ code }] = await minified();
  const built = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, unknown>;
  const names = Object.keys(built).filter((name) => name.endsWith('Error'));
  expect(names.length).toBeGreaterThanOrEqual(13);
  for (const name of names) {
    const Class = built[name] as new (facts: object) => Error;
    const thrown = new Class({ status: 0, code: 'c', message: 'm', maybeDone: false });
    expect(String(thrown)).toBe(`${name}: m`);
    expect(String(thrown.stack)).toMatch(new RegExp(`^${name}: m`));
    class Own extends Class {
      override name = 'Own';
    }
    expect(String(new Own({ message: 'm' }))).toBe('Own: m');
  }
});
