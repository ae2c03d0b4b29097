// `node packages/web/build/build.ts DIST HASH`: bundles the application beside DIST, compresses what compresses, and puts it in place of
// what was there. The service then sends the compressed files as they are.
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build } from 'vite';
import { BUILT_FROM } from './ensure-built.ts';

const COMPRESSED = /\.(?:js|css|svg|json|txt)$/;
/** Smaller ones fit into one packet anyway. */
const SMALLEST = 1_024;
const KINDS = [
  ['.br', promisify(brotliCompress)],
  ['.gz', promisify(gzip)],
] as const;

async function compressFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const entry of entries.filter(({ name }) => COMPRESSED.test(name))) {
    const file = join(entry.parentPath, entry.name);
    const content = await readFile(file);
    if (content.length < SMALLEST) continue;
    await Promise.all(KINDS.map(async ([ending, compress]) => writeFile(file + ending, await compress(content))));
  }
}

// Tests ask for it, too, and are no reason to take React's variant for development.
process.env.NODE_ENV = 'production';
const [dist = '', hash = ''] = process.argv.slice(2);
if (dist === '' || hash === '') throw new Error('node build.ts DIST HASH');
const made = `${dist}.${process.pid}`;
const old = `${dist}.${process.pid}.old`;
try {
  await build({
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    build: { outDir: made, emptyOutDir: true },
  });
  await compressFiles(made);
  await writeFile(join(made, BUILT_FROM), hash);
  await rename(dist, old).catch(() => {});
  await rename(made, dist);
} finally {
  await Promise.all([made, old].map((folder) => rm(folder, { recursive: true, force: true })));
}
