// A package as a folder (`kartoteka-package.json` beside the folders of its documents) and as an archive (one `.json` file), read
// and written. It asks no service.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { orderedArchive, type PackageArchive, readPackageArchive } from '@kartoteka/metadata';
import { TransferError } from '@kartoteka/metadata/transfer';
import { pathOf, readFolder, readJson, removeFile, writeJson } from './document-folder.ts';

const MANIFEST = 'kartoteka-package.json';

/** The package of a folder or archive, in the order of an archive. Throws TransferError with everything that is wrong. */
export async function readPackage(path: string): Promise<PackageArchive> {
  const value = (await isFolder(path)) ? await folderArchive(path) : await readJson(path);
  const read = readPackageArchive(value);
  if ('archive' in read) return orderedArchive(read.archive);
  const lines = read.errors.map(({ pointer, reason }) => `  ${pointer}: ${reason}`);
  throw new TransferError([`${path} is no package`, ...lines].join('\n'));
}

async function folderArchive(folder: string): Promise<unknown> {
  const manifest = await readJson(join(folder, MANIFEST));
  const documents = await readFolder(folder);
  return { manifest, documents: [...documents.values()] };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new TransferError((error as Error).message);
  }
}

/**
 * Writes the package to `target`, an archive where that ends in `.json`, else a folder, in which documents that the package does
 * not have are removed. Files that say the same already are left as they are.
 */
export async function writePackage(archive: PackageArchive, target: string): Promise<void> {
  if (target.endsWith('.json')) {
    await writeJson(target, archive);
    return;
  }
  const present = await readFolder(target);
  await writeJson(join(target, MANIFEST), await manifestOf(archive, target));
  for (const document of archive.documents) {
    const path = pathOf(document);
    present.delete(path);
    await writeJson(join(target, path), document.body);
  }
  for (const path of present.keys()) await removeFile(join(target, path));
}

/** A manifest that names its schema goes on doing so: it is no part of the package. */
async function manifestOf({ manifest }: PackageArchive, folder: string): Promise<unknown> {
  const present = await readJson(join(folder, MANIFEST)).catch(() => null);
  const schema = (present as { $schema?: unknown } | null)?.$schema;
  return schema === undefined ? manifest : { $schema: schema, ...manifest };
}
