// What a folder of customisations was when it was last in step with a service: kept in the folder, so that changes on either side are
// told apart. One small file, `.kartoteka.json`.

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TransferError } from '@kartoteka/metadata/transfer';
import { jsonText, readIfThere } from './document-folder.ts';

const FILE = '.kartoteka.json';

export interface PullState {
  /** The service that it was. */
  readonly url: string;
  readonly revision: number;
  /** Hash of each document by path. */
  readonly documents: Readonly<Record<string, string>>;
}

/** The same for the same content, however a file is formatted. */
export const hashOf = (body: unknown): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);

/** Null where the folder was never pulled into. Throws TransferError. */
export async function readState(folder: string): Promise<PullState | null> {
  const text = await readIfThere(join(folder, FILE));
  if (text === null) return null;
  try {
    const { url, revision, documents } = JSON.parse(text) as PullState;
    if (
      typeof url === 'string' &&
      Number.isSafeInteger(revision) &&
      typeof documents === 'object' &&
      documents !== null
    )
      return { url, revision, documents };
  } catch {
    // Told below.
  }
  throw new TransferError(`${join(folder, FILE)} cannot be understood: remove it and pull again`);
}

export async function writeState(folder: string, { url, revision, documents }: PullState): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(documents).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(join(folder, FILE), jsonText({ url, revision, documents: sorted }));
}
