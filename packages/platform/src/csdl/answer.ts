// GET /$metadata: CSDL as XML unless JSON is asked for, for the caller's rights, with an entity tag over its content.
import { languageOf } from '../formatted-values.ts';
import { etagSteps, jsonSteps } from '../long-text.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { inSlices } from '../publish/in-slices.ts';
import { parseMetadataFormat, responseVersion } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { csdlSteps } from './document.ts';
import { csdlXmlSteps } from './xml.ts';

const OPTIONS = new Set<keyof QueryOptions>(['format']);
const TYPES = { xml: 'application/xml;charset=utf-8', json: 'application/json;charset=utf-8' } as const;

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept, $format and of other options. */
export async function metadataDocument({ model, principal, request }: RequestEnvironment): Promise<EngineResponse> {
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseMetadataFormat(header(request, 'accept'), options.format);
  const version = responseVersion(header(request, 'odata-maxversion'));
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const document = await inSlices(csdlSteps({ model, principal, language, version }));
  const body = await inSlices(format === 'json' ? jsonSteps(document) : csdlXmlSteps(document));
  const etag = await inSlices(etagSteps(body));
  const headers = { etag, 'odata-version': version, 'content-language': language };
  const known = header(request, 'if-none-match');
  if (known?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*')) {
    return { status: 304, headers, body: null };
  }
  return { status: 200, headers: { ...headers, 'content-type': TYPES[format] }, body };
}
