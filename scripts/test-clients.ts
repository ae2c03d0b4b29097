// `npm run test:clients`: installs what `clients/package-lock.json` pins, checks the types there and runs the tests of the project
// `clients`. The product's own `npm ci` installs none of it. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../clients');
/** The lock that the installed packages come from, so that a second run installs nothing. */
const INSTALLED = join(FOLDER, 'node_modules/.installed-lock');

const lock = createHash('sha256')
  .update(readFileSync(join(FOLDER, 'package-lock.json')))
  .digest('hex');
if (!existsSync(INSTALLED) || readFileSync(INSTALLED, 'utf8') !== lock) {
  run('npm', ['ci', '--prefix', FOLDER]);
  writeFileSync(INSTALLED, lock);
}
run('tsc', ['-p', FOLDER]);
run('vitest', ['run', '--project', 'clients', ...process.argv.slice(2)]);

/** Ends this process with the program's code when it fails. */
function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
