// The OpenAPI 3.1 document of the service for one caller, put together from the Model, the operations and the error table. It knows
// no entity by name; what is written about authentication comes from the service that carries it.
import { setImmediate } from 'node:timers/promises';
import { type EntityType, labelText, type Model } from '@kartoteka/metadata';
import type { Principal } from '../security/types.ts';
import { binPaths } from './bin-paths.ts';
import { Components } from './components.ts';
import { METADATA_TAG, metadataPaths } from './metadata-paths.ts';
import { operationPaths, SERVICE_TAG } from './operation-paths.ts';
import { recordPaths } from './record-paths.ts';
import { relationPaths } from './relation-paths.ts';
import { servicePaths } from './service-paths.ts';
import type { JsonObject, OpenApiParts, OpenApiScope, Paths } from './types.ts';

export interface DocumentRequest {
  readonly model: Model;
  readonly principal: Principal;
  readonly language: string;
  /** `http://host:port/api/v1`. */
  readonly baseUrl: string;
  readonly parts: OpenApiParts;
}

/** The document. Other requests are served while it is made: a thousand entities take a while. */
export async function openApiDocument(request: DocumentRequest): Promise<JsonObject> {
  const { model, baseUrl, parts } = request;
  const scope: OpenApiScope = { ...request, components: new Components() };
  const root = baseUrl.replace(/^https?:\/\/[^/]*/, '');
  const host = baseUrl.slice(0, baseUrl.length - root.length);
  const paths: Record<string, JsonObject> = {};
  const metadata = metadataPaths(scope);
  const tags: JsonObject[] = [
    { name: SERVICE_TAG, description: 'The service as a whole' },
    ...(Object.keys(metadata).length === 0
      ? []
      : [{ name: METADATA_TAG, description: 'Documents and how they change' }]),
    ...parts.tags,
  ];
  add(paths, root, servicePaths(scope));
  add(paths, root, operationPaths(scope, null));
  add(paths, root, metadata);
  for (const entity of model.entities.values()) {
    const before = Object.keys(paths).length;
    add(paths, root, recordPaths(scope, entity));
    add(paths, root, binPaths(scope, entity));
    add(paths, root, relationPaths(scope, entity));
    add(paths, root, operationPaths(scope, entity));
    if (Object.keys(paths).length > before) tags.push(tagOf(scope, entity));
    await setImmediate();
  }
  add(paths, '', parts.paths);
  const { schemas = {}, responses = {}, ...components } = scope.components.all() as Record<string, JsonObject>;
  return {
    openapi: '3.1.0',
    info: infoOf(model, parts, host),
    servers: [{ url: host, description: 'This service' }],
    security: parts.security,
    tags,
    paths,
    components: {
      ...components,
      schemas: { ...schemas, ...parts.schemas },
      responses: { ...responses, ...parts.responses },
      securitySchemes: parts.securitySchemes,
    },
  };
}

function add(paths: Record<string, JsonObject>, root: string, more: Paths): void {
  for (const [path, item] of Object.entries(more)) {
    if (Object.keys(item).length === 0) continue;
    // Linters take a slash at the end for a mistake, and the service answers both.
    const whole = path === '/' ? root || '/' : root + path;
    paths[whole] = { ...paths[whole], ...item };
  }
}

function tagOf({ language }: OpenApiScope, { name, label, pluralLabel, description }: EntityType): JsonObject {
  const text = description === undefined ? labelText(pluralLabel, language) : labelText(description, language);
  return { name, description: text, 'x-displayName': labelText(label, language) };
}

function infoOf({ revision }: Model, { version }: OpenApiParts, host: string): JsonObject {
  return {
    title: 'Kartoteka',
    version: `${version}+${revision}`,
    summary: 'CRM records over OData 4.01 and JSON',
    description:
      'Every entity set answers the same way: lists with `$filter`, `$select`, `$expand`, `$orderby` and paging, records with ETags, ' +
      'relations, actions and functions. Paths go on over relations (`/deals(ID)/company/name`), five steps at most. This document is made from the metadata for the rights of who asks for it: what is not in it, ' +
      'the caller may not use. The number after the plus sign is the revision of the metadata.',
    contact: { name: 'Kartoteka', url: host },
    license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
  };
}
