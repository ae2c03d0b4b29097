// `npm run build:web`, and the first thing of `npm start`: builds the web application where its sources are newer than what is built.
// With `--force` in any case.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What goes into the build. */
const SOURCES = ['packages/web', 'packages/sdk/src', 'packages/metadata/src', 'package-lock.json'];
const NO_SOURCES = new Set(['dist', 'node_modules', 'browser']);
const BUILT = join(ROOT, 'packages/web/dist/index.html');

/** Milliseconds of the latest change at or below a path. */
function latest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).filter((name) => !NO_SOURCES.has(name));
  return Math.max(stat.mtimeMs, ...inside.map((name) => latest(join(path, name))));
}

export async function buildWeb(force = false): Promise<void> {
  const isFresh = existsSync(BUILT) && SOURCES.every((path) => latest(join(ROOT, path)) <= statSync(BUILT).mtimeMs);
  if (isFresh && !force) return;
  const { build } = await import('vite');
  process.stderr.write('Building the web application\n');
  await build({ configFile: join(ROOT, 'packages/web/vite.config.ts'), logLevel: 'warn' });
}

if (import.meta.main) await buildWeb(process.argv.includes('--force'));
