// GET /client-model: what an application draws its pages from, for the caller's rights, with an entity tag over its content. What callers
// with the same rights have in common is kept; who asks is put before it.
import { contentHash } from '@kartoteka/metadata';
import { documentAnswer, KeptDocuments } from '../describe/kept-documents.ts';
import { languageOf } from '../formatted-values.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { personOf } from '../security/person.ts';
import { header } from '../shape.ts';
import { sharedModel } from './document.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

const kept = new KeptDocuments();

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept and of options. */
export async function clientModelAnswer(env: RequestEnvironment): Promise<EngineResponse> {
  const { model, principal, request } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  const [shared, person] = await Promise.all([
    kept.get(env, '', () => sharedModel(env)),
    personOf(env.database, model, principal),
  ]);
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const user = {
    ...person,
    ...(principal.language === undefined ? {} : { language: principal.language }),
    business_unit: principal.businessUnitId,
  };
  const hash = contentHash(`${shared.etag}${JSON.stringify(user)}`);
  const body = `{"hash":${JSON.stringify(hash)},"user":${JSON.stringify(user)},${shared.body.slice(1)}`;
  return documentAnswer(request, { body, etag: `"${hash}"` }, language);
}
