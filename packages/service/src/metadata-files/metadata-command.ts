// `kartoteka metadata pull|plan|push`: the customisations of a service as files, for work with git. Changes of the folder and of the
// service since the last pull are told apart; where both changed a document, nothing is done and the document is named.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TransferError } from '@kartoteka/metadata/transfer';
import type { CommandOutput } from '../transfer/import-command.ts';
import type { ApiClient } from '../transfer/rest/client.ts';
import type { MetadataWords } from './command-words.ts';
import { type LayerDocuments, readCustomLayer } from './custom-layer.ts';
import { type FileDocument, readFolder, removeFile, strayFiles, writeJson } from './document-folder.ts';
import { hashOf, type PullState, readState, writeState } from './pull-state.ts';
import { connect, planLines, post, print, type ServiceAccess } from './service-calls.ts';

export type MetadataOptions = ServiceAccess & Omit<MetadataWords, 'name' | 'url' | 'user'>;

/** Runs the command: 0. Throws TransferError when it is refused; neither files nor service are changed then. */
export async function metadataCommand(options: MetadataOptions, output: CommandOutput): Promise<number> {
  await ACTIONS[options.action](options, await connect(options), output);
  return 0;
}

type Action = (options: MetadataOptions, client: ApiClient, output: CommandOutput) => Promise<void>;
const ACTIONS: Readonly<Record<MetadataOptions['action'], Action>> = { pull, plan, push };

async function pull({ folder, url }: MetadataOptions, client: ApiClient, output: CommandOutput): Promise<void> {
  const sides = await readSides(folder, url, client);
  const { layer } = sides;
  const taken = changedPaths(sides, 'service');
  refuseConflicts(sides, taken, 'push or undo your change first');
  await mkdir(folder, { recursive: true });
  const lines: string[] = [];
  for (const path of taken) {
    const document = layer.documents.get(path);
    if (document === undefined) await removeFile(join(folder, path));
    else await writeJson(join(folder, path), document.body);
    lines.push(`  ${document === undefined ? 'removed' : 'written'} ${path}`);
  }
  await writeState(folder, { url, revision: layer.revision, documents: hashesOf(layer.documents) });
  const kept = changedPaths(sides, 'folder').filter((path) => !taken.includes(path));
  print(output, [
    `Revision ${layer.revision}: ${layer.documents.size} customised documents`,
    ...lines,
    ...kept.map((path) => `  kept your change of ${path}`),
  ]);
}

async function plan(options: MetadataOptions, client: ApiClient, output: CommandOutput): Promise<void> {
  const { asked, paths } = await proposal(options, client);
  const stray = await strayLines(options.folder);
  if (paths.length === 0) return print(output, [NOTHING, ...stray]);
  const report = await post(client, 'metadata/plan', asked);
  print(output, [...paths.map(told), ...planLines(report), ...stray]);
}

async function push(options: MetadataOptions, client: ApiClient, output: CommandOutput): Promise<void> {
  const { folder, url, comment, destructive } = options;
  const { asked, paths, sides } = await proposal(options, client);
  const stray = await strayLines(folder);
  if (paths.length === 0) return print(output, [NOTHING, ...stray]);
  const { fingerprint } = await post(client, 'metadata/plan', asked);
  const told_ = comment === '' ? 'kartoteka metadata push' : comment;
  const confirmed = { ...asked, fingerprint, comment: told_, allow_destructive: destructive };
  const { revision } = await post(client, 'metadata/publish', confirmed);
  const documents = { ...sides.base };
  for (const { path } of paths) {
    const document = sides.files.get(path);
    if (document === undefined) delete documents[path];
    else documents[path] = hashOf(document.body);
  }
  await writeState(folder, { url, revision, documents });
  print(output, [...paths.map(told), ...stray, `Published revision ${revision}`]);
}

/** A misplaced file is no document, and nobody would hear of it otherwise. */
async function strayLines(folder: string): Promise<string[]> {
  const stray = await strayFiles(folder);
  return stray.map((path) => `  left alone ${path}: it is in no place of a document, such as entities/x_visit.json`);
}

const NOTHING = 'Nothing was changed in the folder';

interface ChangedPath {
  readonly path: string;
  readonly how: 'added' | 'changed' | 'removed';
}

const told = ({ path, how }: ChangedPath): string => `  ${how} ${path}`;

/** What the folder would have the service publish. Throws TransferError where the service has moved. */
async function proposal({ folder, url }: MetadataOptions, client: ApiClient) {
  const sides = await readSides(folder, url, client);
  if (sides.state === null)
    throw new TransferError(`${folder} was never pulled into: kartoteka metadata pull ${folder}`);
  const changed = changedPaths(sides, 'folder').filter((path) => !isSame(sides, path));
  refuseConflicts(sides, changed, 'pull first, in another folder, and bring both together');
  const { files, layer } = sides;
  const documents = changed.map((path) => {
    const { kind, name, body } = (files.get(path) ?? layer.documents.get(path)) as FileDocument;
    return files.has(path) ? { kind, name, body } : { kind, name, remove: true };
  });
  const paths = changed.map((path): ChangedPath => {
    if (!files.has(path)) return { path, how: 'removed' };
    return { path, how: layer.documents.has(path) ? 'changed' : 'added' };
  });
  return { asked: { documents, base_revision: layer.revision }, paths, sides };
}

/** The folder, the service, and what both were when they were last in step. */
interface Sides {
  readonly state: PullState | null;
  readonly base: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, FileDocument>;
  readonly layer: LayerDocuments;
}

async function readSides(folder: string, url: string, client: ApiClient): Promise<Sides> {
  const state = await readState(folder);
  if (state !== null && state.url !== url) {
    throw new TransferError(`${folder} holds the customisations of ${state.url}, not of ${url}`);
  }
  const files = await readFolder(folder);
  return { state, base: state?.documents ?? {}, files, layer: await readCustomLayer(client) };
}

/** Paths whose document is another on that side than it was, sorted. */
function changedPaths({ base, files, layer }: Sides, side: 'folder' | 'service'): string[] {
  const documents = side === 'folder' ? files : layer.documents;
  const paths = new Set([...Object.keys(base), ...documents.keys()]);
  return [...paths].filter((path) => hashAt(documents, path) !== base[path]).sort();
}

const hashAt = (documents: ReadonlyMap<string, FileDocument>, path: string): string | undefined => {
  const document = documents.get(path);
  return document === undefined ? undefined : hashOf(document.body);
};

const isSame = ({ files, layer }: Sides, path: string): boolean =>
  hashAt(files, path) === hashAt(layer.documents, path);

/** Throws where one of the paths was changed on both sides, and differently. */
function refuseConflicts(sides: Sides, paths: readonly string[], advice: string): void {
  const [ours, theirs] = [new Set(changedPaths(sides, 'folder')), new Set(changedPaths(sides, 'service'))];
  const both = paths.filter((path) => ours.has(path) && theirs.has(path) && !isSame(sides, path));
  if (both.length === 0) return;
  const lines = both.map((path) => `  ${path}`);
  throw new TransferError([`Changed in the folder and in the service; ${advice}:`, ...lines].join('\n'));
}

function hashesOf(documents: ReadonlyMap<string, FileDocument>): Record<string, string> {
  return Object.fromEntries([...documents].map(([path, { body }]) => [path, hashOf(body)]));
}
