// What is downloaded before the first page can be drawn, by the build's manifest: the entry with what it imports, a language, the frame.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = new URL('../dist/', import.meta.url);
/** Bytes, compressed with gzip. Fonts are not in it: text is drawn without them. */
const LIMIT = 285_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8')) as Record<string, Chunk>;

/** A chunk's files with all that it imports at once. */
function filesOf(name: string, files = new Set<string>(), seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (chunk === undefined || seen.has(name)) return files;
  seen.add(name);
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
  for (const each of chunk.imports ?? []) filesOf(each, files, seen);
  return files;
}

function bytesOf(files: Iterable<string>): number {
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(new URL(file, DIST))).length;
  return bytes;
}

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? '';
const language = Object.keys(manifest).find((name) => name.endsWith('i18n/ru/index.ts')) ?? '';

test('the first load is smaller than 285 kB compressed, with the larger of the languages', () => {
  const first = new Set([...filesOf(entry), ...filesOf(language)]);
  const bytes = bytesOf(first);
  console.log(`first load: ${bytes} bytes of ${LIMIT} in ${first.size} files`);
  // Something that was left out would be small, too.
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(LIMIT);
});

/** What of Mantine's a text names: its classes are `m_` and a hash. */
const classesIn = (files: Iterable<string>, ending: string): Set<string> => {
  const texts = [...files]
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(new URL(file, DIST), 'utf8'));
  return new Set(texts.flatMap((text) => text.match(/\bm_[0-9a-f]{6,8}\b/g) ?? []));
};
/** Classes that Mantine has styles for; some are names and nothing else. */
const styledByMantine = new Set(
  readFileSync(createRequire(import.meta.url).resolve('@mantine/core/styles.css'), 'utf8').match(/(?<=\.)m_[0-9a-f]+/g),
);

test('every component has its styles: those of the first load at once, those of pages with the first page', () => {
  const missing = (files: Set<string>): readonly string[] => {
    const styled = classesIn(files, '.css');
    return [...classesIn(files, '.js')].filter((name) => styledByMantine.has(name) && !styled.has(name));
  };
  expect(classesIn(filesOf(entry), '.js').size).toBeGreaterThan(50);
  expect(missing(filesOf(entry))).toEqual([]);
  const more = Object.keys(manifest).find((name) => name.endsWith('theme/more-styles.css')) ?? '';
  const pages = new Set([
    ...Object.keys(manifest).flatMap((name) => [...filesOf(name)].filter((file) => file.endsWith('.js'))),
  ]);
  expect(missing(new Set([...filesOf(entry), ...filesOf(more), ...pages]))).toEqual([]);
});

test('every area is loaded when it is gone to', () => {
  const first = filesOf(entry);
  const pages = Object.entries(manifest).filter(([name]) =>
    /src\/(?:list|record|import|admin|home)\/.*Page\.tsx$/.test(name),
  );
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter(([, { file }]) => first.has(file)).map(([name]) => name)).toEqual([]);
});
