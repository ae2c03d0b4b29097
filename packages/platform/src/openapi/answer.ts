// GET /openapi.json: the OpenAPI document for the caller's rights, with an entity tag over its content. Documents are kept by what they
// depend on, so that who asks again, or has the same rights, costs nothing.
import { contentHash, type EntityType, type Model, PRIVILEGES } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import { languageOf } from '../formatted-values.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { mayUse } from '../plan/secured.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, responseVersion } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import type { Principal } from '../security/types.ts';
import { header } from '../shape.ts';
import { type DocumentRequest, openApiDocument } from './document.ts';
import { NO_PARTS } from './no-parts.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

interface Kept {
  readonly body: string;
  readonly etag: string;
}

/** Characters of documents that are kept per Model: some dozens of combinations of rights. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

const kept = new WeakMap<Model, LRUCache<string, Kept>>();

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept and of options. */
export async function openApiAnswer(env: RequestEnvironment): Promise<EngineResponse> {
  const { model, principal, request, openApi } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const { body, etag } = await documentFor({
    model,
    principal,
    language,
    baseUrl: request.baseUrl,
    parts: openApi?.(principal) ?? NO_PARTS,
  });
  const version = responseVersion(header(request, 'odata-maxversion'));
  const headers = {
    etag,
    'odata-version': version,
    'content-language': language,
    vary: 'Authorization, Accept-Language',
  };
  const known = header(request, 'if-none-match');
  if (known?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*'))
    return { status: 304, headers, body: null };
  return { status: 200, headers: { ...headers, 'content-type': 'application/json;charset=utf-8' }, body };
}

async function documentFor(request: DocumentRequest): Promise<Kept> {
  const { model, principal, language, baseUrl } = request;
  let documents = kept.get(model);
  if (documents === undefined) {
    documents = new LRUCache({ maxSize: MOST_CHARACTERS, sizeCalculation: ({ body }) => body.length });
    kept.set(model, documents);
  }
  const key = [language, baseUrl, rightsOf(model, principal)].join('\0');
  const known = documents.get(key);
  if (known !== undefined) return known;
  const body = JSON.stringify(await openApiDocument(request));
  const made = { body, etag: `W/"${contentHash(body)}"` };
  documents.set(key, made);
  return made;
}

/** All that the document depends on of a principal: equal for two who are told the same. */
function rightsOf(model: Model, principal: Principal): string {
  const entities = [...model.entities.values()].map((entity) => {
    const accesses = PRIVILEGES.map((privilege) => principal.access(entity.name, privilege));
    const granted = accesses.map(({ granted, unrestricted }) => (unrestricted ? 2 : granted ? 1 : 0)).join('');
    return `${granted}${securedRights(principal, entity)}`;
  });
  return contentHash([principal.kind, [...principal.capabilities].sort().join(), ...entities].join('\0'));
}

function securedRights(principal: Principal, entity: EntityType): string {
  return [...entity.properties.values()]
    .filter(({ secured }) => secured)
    .map((property) =>
      (['read', 'create', 'update'] as const)
        .map((right) => (mayUse(principal, entity, property, right) ? 1 : 0))
        .join(''),
    )
    .join(',');
}
