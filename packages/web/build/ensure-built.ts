// Whether packages/web/dist is what the sources say, and a build where it is not. It loads no bundler itself: that is build.ts, in a
// process of its own, so that a service that was started by `npm start` keeps nothing of it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DIST = join(ROOT, 'packages/web/dist');
/** Says of which sources the build is; written last. */
export const BUILT_FROM = 'built-from.txt';

/** All that a build depends on, from the project's root. */
const SOURCES = [
  ...['src', 'public', 'build', 'index.html', 'vite.config.ts', 'package.json'].map((name) => `packages/web/${name}`),
  'packages/sdk/src',
  'packages/metadata/src',
  'package-lock.json',
];

/** `missing`: there is none, and the bundler is not installed (production: `npm ci --omit=dev`); `kept`: the same, with a build of other sources. */
export type WebBuild = 'fresh' | 'built' | 'kept' | 'missing';

/**
 * Builds the application unless it is built already; `onBuild` is called before it does (a build takes some seconds).
 * @throws Error with the bundler's output when it fails; what was built before stays
 */
export async function ensureWebBuilt(onBuild: () => void = () => {}): Promise<WebBuild> {
  const hash = await sourcesHash();
  const built = await readFile(join(DIST, BUILT_FROM), 'utf8').catch(() => null);
  if (built === hash) return 'fresh';
  if (!hasBundler()) return existsSync(join(DIST, 'index.html')) ? 'kept' : 'missing';
  onBuild();
  await runBuild(hash);
  return 'built';
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of SOURCES) {
    for (const file of await filesOf(join(ROOT, source))) {
      hash.update(`\0${relative(ROOT, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

/** The file, or the files of the folder, in an order of their names. */
async function filesOf(path: string): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null);
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function hasBundler(): boolean {
  try {
    createRequire(import.meta.url).resolve('vite');
    return true;
  } catch {
    return false;
  }
}

function runBuild(hash: string): Promise<void> {
  const script = fileURLToPath(new URL('./build.ts', import.meta.url));
  const child = spawn(process.execPath, [script, DIST, hash], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The web application was not built:\n${output.trim()}`));
    });
  });
}
