// GET /openapi.json: the OpenAPI document for the caller's rights, with an entity tag over its content.
import { documentAnswer, KeptDocuments } from '../describe/kept-documents.ts';
import { languageOf } from '../formatted-values.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { openApiDocument } from './document.ts';
import { NO_PARTS } from './no-parts.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

const kept = new KeptDocuments();

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept and of options. */
export async function openApiAnswer(env: RequestEnvironment): Promise<EngineResponse> {
  const { model, principal, request, openApi } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const { baseUrl } = request;
  const document = await kept.get(env, `${language}\0${baseUrl}`, () =>
    openApiDocument({ model, principal, language, baseUrl, parts: openApi?.(principal) ?? NO_PARTS }),
  );
  return documentAnswer(request, document, language);
}
