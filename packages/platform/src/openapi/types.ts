// What the parts of the OpenAPI document are made of. Types only.
import type { Caller } from '../describe/types.ts';
import type { Components } from './components.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** What the document is made for. */
export interface OpenApiScope extends Caller {
  /** Of labels: a tag of BCP 47. */
  readonly language: string;
  /** `http://host:port/api/v1`. */
  readonly baseUrl: string;
  readonly components: Components;
}

/** Path -> its operations. */
export type Paths = Readonly<Record<string, JsonObject>>;

/** What stands beside the engine's own paths: of the service that carries it. Complete pieces of an OpenAPI 3.1 document. */
export interface OpenApiParts {
  /** Version of the product. */
  readonly version: string;
  readonly tags: readonly JsonObject[];
  /** From the root of the host. */
  readonly paths: Paths;
  readonly schemas: JsonObject;
  readonly responses: JsonObject;
  readonly securitySchemes: JsonObject;
  /** Alternatives, each by the names of schemes. */
  readonly security: readonly JsonObject[];
}
