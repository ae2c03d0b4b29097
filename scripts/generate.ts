// `npm run generate`: rewrites every generated file of the repository; they are committed. With --check it exits 1, naming
// them, when files were not up to date.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateMetadata } from './generate-metadata.ts';
import { generatePrismaClient } from './generate-prisma.ts';

const ROOT = join(import.meta.dirname, '..');
const PRISMA = 'packages/platform/src/storage/generated/prisma';

const changed = [...(await generateMetadata()), ...(await generatePrisma())];
if (changed.length === 0) console.log('Generated files are up to date');
else console.log(`Rewritten: ${changed.join(', ')}`);
if (process.argv.includes('--check') && changed.length > 0) {
  console.error('Generated files were not up to date: commit what `npm run generate` writes');
  process.exitCode = 1;
}

async function generatePrisma(): Promise<string[]> {
  const before = contents(PRISMA);
  await generatePrismaClient();
  const after = contents(PRISMA);
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].filter((file) => before.get(file) !== after.get(file)).map((file) => join(PRISMA, file));
}

function contents(folder: string): Map<string, string> {
  const path = join(ROOT, folder);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(path.length + 1), readFileSync(file, 'utf8')];
    }),
  );
}
