// What the document says of its surroundings where nobody else says it: an engine without a service around it.
import type { OpenApiParts } from './types.ts';

export const NO_PARTS: OpenApiParts = {
  version: '0.0.0',
  tags: [],
  paths: {},
  schemas: {},
  responses: {},
  securitySchemes: {},
  security: [],
};
