// What "one JSON file" and "one written file" mean: in a copy of the project, an entity is added by one document and a field
// type by one file; after `generate` the service stores, checks, filters and lists them. Nothing else is touched.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '@kartoteka/platform/test-kit';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PARTS = [
  'packages',
  'metadata',
  'prisma',
  'scripts',
  'tests',
  'package.json',
  'tsconfig.json',
  'biome.json',
  '.gitignore',
];
const run = promisify(execFile);

test('an entity is one JSON file and a field type one written file', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'kartoteka-copy-'));
  const database = await createTestDatabase();
  try {
    copyProject(copy);
    cpSync(join(ROOT, 'tests/extension/ticket.json'), join(copy, 'metadata/entities/ticket.json'));
    cpSync(join(ROOT, 'tests/extension/rating.ts.txt'), join(copy, 'packages/metadata/src/field-types/rating.ts'));
    const env = { ...process.env, DATABASE_URL: database.url };
    await run('node', ['scripts/generate.ts'], { cwd: copy, env });
    const { stdout } = await run('node', ['tests/extension/use-ticket.ts'], { cwd: copy, env });
    expect(JSON.parse(stdout)).toEqual({
      created: 201,
      tooManyStars: [400, ['mood']],
      unhappy: ['Too slow'],
      ofTheCompany: ['Thank you', 'Too slow'],
      best: 'Thank you',
    });
  } finally {
    await database.drop();
    rmSync(copy, { recursive: true, force: true });
  }
});

/** The sources, with the installed packages linked, the project's own packages pointing into the copy. */
function copyProject(copy: string): void {
  for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@kartoteka'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@kartoteka') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(copy, 'packages'))) {
    symlinkSync(join(copy, 'packages', name), join(modules, '@kartoteka', name));
  }
}
