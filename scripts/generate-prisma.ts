// Generates Prisma Client from prisma/schema.prisma, without a network. scripts/generate.ts calls it with the other
// generators; its output is committed.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'packages/platform/src/storage/generated/prisma');

/**
 * Rewrites packages/platform/src/storage/generated/prisma. The same schema gives the same bytes on every machine. Throws when the schema
 * is not valid or a path of this machine would be written down.
 */
export async function generatePrismaClient(): Promise<void> {
  rmSync(OUTPUT, { recursive: true, force: true });
  const cli = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');
  // Prisma looks for its native schema engine although generating does not use it, and downloads it unless told where one is.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CI: '1',
  };
  await promisify(execFile)(process.execPath, [cli, 'generate', '--schema', 'prisma/schema.prisma', '--no-hints'], {
    cwd: ROOT,
    env,
  });
  for (const file of readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const path = join(OUTPUT, file);
    const text = readFileSync(path, 'utf8');
    if (text.includes(ROOT)) throw new Error(`Prisma wrote a path of this machine into ${file}`);
    // Trailing blanks only make differences between versions of editors.
    writeFileSync(path, text.replace(/[ \t]+$/gm, ''));
  }
}
