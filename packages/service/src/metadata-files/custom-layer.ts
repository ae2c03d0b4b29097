// The customisations that a service has, all of one revision. Reads only.

import type { DocumentKind } from '@kartoteka/metadata';
import { TransferError } from '@kartoteka/metadata/transfer';
import type { ApiClient } from '../transfer/rest/client.ts';
import { type FileDocument, pathOf } from './document-folder.ts';
import { accepted } from './service-calls.ts';

export interface LayerDocuments {
  readonly revision: number;
  /** By the paths of their files. */
  readonly documents: ReadonlyMap<string, FileDocument>;
}

/** Documents that are asked for at the same time. */
const AT_ONCE = 8;
const ATTEMPTS = 5;

/** Throws TransferError, also where others publish all the time. */
export async function readCustomLayer(client: ApiClient): Promise<LayerDocuments> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await revisionOf(client);
    const documents = await readDocuments(client);
    if (documents !== null && (await revisionOf(client)) === before) return { revision: before, documents };
  }
  throw new TransferError('The documents changed while they were read; try again');
}

async function revisionOf(client: ApiClient): Promise<number> {
  return accepted(await client.get('metadata')).revision;
}

/** Null where one of them went meanwhile. */
async function readDocuments(client: ApiClient): Promise<Map<string, FileDocument> | null> {
  const names = await listDocuments(client);
  const documents = new Map<string, FileDocument>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const answers = await Promise.all(
      names
        .slice(at, at + AT_ONCE)
        .map(({ kind, name }) => client.get(`metadata/documents/${kind}/${encodeURIComponent(name)}?layer=custom`)),
    );
    for (const answer of answers) {
      if (answer.status === 404) return null;
      const { kind, name, body } = accepted(answer) as FileDocument;
      documents.set(pathOf({ kind, name }), { kind, name, body });
    }
  }
  return documents;
}

async function listDocuments(client: ApiClient): Promise<{ readonly kind: DocumentKind; readonly name: string }[]> {
  const names: { kind: DocumentKind; name: string }[] = [];
  for (let path: string | null = 'metadata/documents?layer=custom'; path !== null; ) {
    const page: { value: typeof names; '@odata.nextLink'?: string } = accepted(await client.get(path));
    names.push(...page.value);
    path = page['@odata.nextLink']?.split('/api/v1/').at(-1) ?? null;
  }
  return names;
}
