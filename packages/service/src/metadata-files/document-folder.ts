// Documents as files of a folder: one JSON file each, in a folder per kind. What says the same is left as it was written, so that a
// person's own formatting stays. It asks no service.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DOCUMENT_FOLDERS, type DocumentKind } from '@kartoteka/metadata';
import { TransferError } from '@kartoteka/metadata/transfer';

export interface FileDocument {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly body: unknown;
}

/** Names that are files in every file system; others are never written. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** Path of a document's file below the folder. Throws TransferError for a name that is no file name. */
export function pathOf({ kind, name }: Pick<FileDocument, 'kind' | 'name'>): string {
  if (kind === 'organization') return 'organization.json';
  if (!NAME.test(name)) throw new TransferError(`${JSON.stringify(name)} is no name for a file`);
  return `${DOCUMENT_FOLDERS[kind]}/${name}.json`;
}

/** Every document of the folder by its path. Throws TransferError for what cannot be read. */
export async function readFolder(folder: string): Promise<Map<string, FileDocument>> {
  const documents = new Map<string, FileDocument>();
  for (const [kind, place] of Object.entries(DOCUMENT_FOLDERS) as [DocumentKind, string][]) {
    for (const file of await jsonFiles(join(folder, place))) {
      const document = { kind, name: basename(file, '.json'), body: await readJson(join(folder, place, file)) };
      documents.set(pathOf(document), document);
    }
  }
  const organization = await readIfThere(join(folder, 'organization.json'));
  if (organization !== null) {
    const body = parsed(join(folder, 'organization.json'), organization);
    documents.set('organization.json', { kind: 'organization', name: 'organization', body });
  }
  return documents;
}

/** Files of a folder by themselves: what no command makes documents of. */
const KNOWN = /^(?:organization\.json|\.kartoteka\.json|[^/]+\.schema\.json)$/;

/**
 * Files that look like documents and are in no place of one: their paths, sorted. Hidden folders, and what is no JSON, are somebody
 * else's. Throws TransferError.
 */
export async function strayFiles(folder: string): Promise<readonly string[]> {
  const places = new Set<string>(Object.values(DOCUMENT_FOLDERS));
  const isStray = (path: string): boolean => {
    if (!/\.jsonc?$/i.test(path) || KNOWN.test(path)) return false;
    const [place = '', file = '', ...deeper] = path.split('/');
    if (place.startsWith('.') || place === 'node_modules') return false;
    if (!places.has(place) || file === '' || deeper.length > 0) return true;
    return !file.endsWith('.schema.json') && !file.endsWith('.json');
  };
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'));
    return paths.filter(isStray).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new TransferError((error as Error).message);
  }
}

async function jsonFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new TransferError((error as Error).message);
  }
}

/** A file that has to be there, as JSON. Throws TransferError. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readIfThere(file);
  if (text === null) throw new TransferError(`There is no file ${file}`);
  return parsed(file, text);
}

/** Text of a file; null where there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new TransferError((error as Error).message);
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TransferError(`${file}: ${(error as Error).message}`);
  }
}

/** Writes JSON unless the file says the same already; whether it was written. */
export async function writeJson(file: string, body: unknown): Promise<boolean> {
  const present = await readIfThere(file);
  if (present !== null && isSame(present, body)) return false;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, jsonText(body));
  return true;
}

/** What a new file holds: the same bytes for the same content. */
export const jsonText = (body: unknown): string => `${JSON.stringify(body, null, 2)}\n`;

function isSame(text: string, body: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(body);
  } catch {
    return false;
  }
}

export const removeFile = (file: string): Promise<void> => rm(file, { force: true });
