// GET of what is published: a summary, the documents, one of them as it is in effect or as one layer has it. Changes nothing.
import {
  CUSTOM_PREFIXES,
  DOCUMENT_KINDS,
  type DocumentKind,
  LayerOrder,
  mergeLayers,
  originsOf,
  type PackageLayer,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { etagOf, jsonAnswer, pagedRequest, parametersOf, unchanged } from './answer.ts';
import { kindInPath, kindParameter, layerParameter } from './names.ts';
import { type DocumentPart, listDocuments, readParts, readSummary } from './read-documents.ts';
import type { RouteTable } from './types.ts';

export const DOCUMENT_ROUTES: RouteTable = {
  '': { GET: summary },
  documents: { GET: list },
  'documents/{kind}/{name}': { GET: one },
};

async function summary({ request, database, model }: MetadataRequest): Promise<EngineResponse> {
  parametersOf(request);
  const { documents, ...found } = await readSummary(database);
  const counts = Object.fromEntries(DOCUMENT_KINDS.map((kind) => [kind, documents[kind] ?? 0]));
  // The node that answers may be about to follow; what it serves is told as such.
  return jsonAnswer(request, { ...found, served_revision: model.revision, documents: counts });
}

const FILTERS = new Set(['kind', 'layer']);
const KEYS = [/^[a-z_]{1,40}$/, /^\w{1,200}$/] as const;

async function list({ request, database }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, FILTERS, KEYS);
  const kind = kindParameter(page.parameters.get('kind'));
  const layer = layerParameter(page.parameters.get('layer'));
  const found = await listDocuments(database, { kind, layer, after: page.after, most: page.most });
  return page.answer(found, (document) => [document.kind, document.name]);
}

const LAYER = new Set(['layer']);

async function one({ request, database, named }: MetadataRequest): Promise<EngineResponse> {
  const layer = layerParameter(parametersOf(request, LAYER).get('layer'));
  const kind = kindInPath(named.kind);
  const name = named.name ?? '';
  const { revision, parts, packages } = await readParts(database, kind, name);
  const asked = layer === undefined ? parts : parts.filter((part) => part.layer === layer);
  const [first] = asked;
  if (first === undefined) throw new PlatformError('unknown_resource', { name: `documents/${kind}/${name}` });
  const known = unchanged(request, revision);
  if (known !== null) return known;
  const shown = layer === undefined ? inEffect(kind, parts, packages) : { layer, body: first.body };
  return jsonAnswer(request, { kind, name, ...shown }, { etag: etagOf(revision) });
}

/** The document that the layers make together, and which of them says what. */
function inEffect(kind: DocumentKind, parts: readonly DocumentPart[], packages: readonly PackageLayer[]): object {
  const sources = parts.map((part) => ({ ...part, kind, source: part.layer }));
  const [merged] = mergeLayers(sources, new LayerOrder(packages, CUSTOM_PREFIXES)).documents;
  return merged === undefined ? {} : { body: merged.body, origins: originsOf(merged) };
}
