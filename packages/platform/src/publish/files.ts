// Reads the shipped documents from a folder: entities/, choices/, roles/, views/, forms/, ... and organization.json. Files only;
// what they mean is the metadata package's business.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DOCUMENT_FOLDERS, type DocumentKind, type SourceDocument } from '@kartoteka/metadata';

/** A document file that cannot be read or is not JSON; the message names the file. */
export class DocumentFileError extends Error {
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

/**
 * Every document of the folder in the base layer, sorted by kind and name. A folder that is missing holds no documents
 * of its kind. Throws DocumentFileError for the first file that cannot be read.
 */
export async function readDocumentFolder(folder: string): Promise<SourceDocument[]> {
  const documents: SourceDocument[] = [];
  for (const [kind, name] of Object.entries(DOCUMENT_FOLDERS)) {
    for (const file of await jsonFiles(join(folder, name)))
      documents.push(await readDocument(kind as DocumentKind, file));
  }
  const organization = (await jsonFiles(folder)).filter((file) => basename(file) === 'organization.json');
  for (const file of organization) documents.push(await readDocument('organization', file));
  return documents;
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    const documents = names.filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));
    return documents.sort().map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DocumentFileError(folder, (error as Error).message);
  }
}

async function readDocument(kind: DocumentKind, file: string): Promise<SourceDocument> {
  try {
    const body: unknown = JSON.parse(await readFile(file, 'utf8'));
    return { kind, name: basename(file, '.json'), layer: 'base', source: file, body };
  } catch (error) {
    throw new DocumentFileError(file, (error as Error).message);
  }
}
