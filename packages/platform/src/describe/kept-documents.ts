// Documents that are made of the Model for one caller: kept by what they depend on, so that who asks again, or has the same rights, costs
// nothing, and told with an entity tag over their content.
import { contentHash, type EntityType, type Model, PRIVILEGES, type Steps } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import { etagSteps, jsonSteps } from '../long-text.ts';
import { mayUse } from '../plan/secured.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { inSlices } from '../publish/in-slices.ts';
import { responseVersion } from '../request/headers.ts';
import type { Principal } from '../security/types.ts';
import { header } from '../shape.ts';
import type { Caller } from './types.ts';

export interface KeptDocument {
  readonly body: string;
  readonly etag: string;
}

/** Characters of one kind of documents that are kept per Model: some dozens of combinations of rights. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** Documents of one kind. */
export class KeptDocuments {
  readonly #kept = new WeakMap<Model, LRUCache<string, KeptDocument>>();

  /** The document for the rights of the caller and whatever else `key` says; `make` answers its JSON. */
  async get({ model, principal }: Caller, key: string, make: () => object | Promise<object>): Promise<KeptDocument> {
    let documents = this.#kept.get(model);
    if (documents === undefined) {
      documents = new LRUCache({ maxSize: MOST_CHARACTERS, sizeCalculation: ({ body }) => body.length });
      this.#kept.set(model, documents);
    }
    const whole = `${key}\0${await inSlices(rightsOf(model, principal))}`;
    const known = documents.get(whole);
    if (known !== undefined) return known;
    const body = await inSlices(jsonSteps(await make()));
    const made = { body, etag: await inSlices(etagSteps(body)) };
    documents.set(whole, made);
    return made;
  }
}

/** 200 with the document, 304 where the client has it already. Throws the errors of OData-MaxVersion. */
export function documentAnswer(request: EngineRequest, { body, etag }: KeptDocument, language: string): EngineResponse {
  const headers = {
    etag,
    'odata-version': responseVersion(header(request, 'odata-maxversion')),
    'content-language': language,
    vary: 'Authorization, Accept-Language',
  };
  const known = header(request, 'if-none-match');
  if (known?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*'))
    return { status: 304, headers, body: null };
  return { status: 200, headers: { ...headers, 'content-type': 'application/json;charset=utf-8' }, body };
}

/** All that the document depends on of a principal: equal for two who are told the same. */
function* rightsOf(model: Model, principal: Principal): Steps<string> {
  const entities: string[] = [];
  for (const entity of model.entities.values()) {
    const accesses = PRIVILEGES.map((privilege) => principal.access(entity.name, privilege));
    const granted = accesses.map(({ granted, unrestricted }) => (unrestricted ? 2 : granted ? 1 : 0)).join('');
    entities.push(`${granted}${securedRights(principal, entity)}`);
    yield;
  }
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
