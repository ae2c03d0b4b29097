// GET /json-schemas: the schemas that clients are generated from, for the caller's rights, with an entity tag over their content.
import { documentAnswer, KeptDocuments } from '../describe/kept-documents.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { jsonSchemas } from './document.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

const kept = new KeptDocuments();

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept and of options. */
export async function jsonSchemasAnswer(env: RequestEnvironment): Promise<EngineResponse> {
  const { model, principal, request } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  const language = programmersLanguage(header(request, 'accept-language'));
  const document = await kept.get(env, language, () => jsonSchemas({ model, principal, language }));
  return documentAnswer(request, document, language);
}

/**
 * The first language that is asked for, whether or not the organization has it, else English: what is generated from the schemas must not
 * depend on the language that its author reads.
 */
function programmersLanguage(accepted: string | undefined): string {
  const [first = ''] = (accepted ?? '').split(/[,;]/);
  return /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(first.trim()) ? first.trim() : 'en';
}
