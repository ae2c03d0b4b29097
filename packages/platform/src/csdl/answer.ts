// GET /$metadata: CSDL as XML unless JSON is asked for, for the caller's rights, with an entity tag over its content.
import { contentHash } from '@kartoteka/metadata';
import { languageOf } from '../formatted-values.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseMetadataFormat, responseVersion } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { csdlDocument } from './document.ts';
import { csdlXml } from './xml.ts';

const OPTIONS = new Set<keyof QueryOptions>(['format']);
const TYPES = { xml: 'application/xml;charset=utf-8', json: 'application/json;charset=utf-8' } as const;

/** 200 with the document, 304 where the caller has it already. Throws the errors of Accept, $format and of other options. */
export function metadataDocument({ model, principal, request }: RequestEnvironment): EngineResponse {
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseMetadataFormat(header(request, 'accept'), options.format);
  const version = responseVersion(header(request, 'odata-maxversion'));
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const document = csdlDocument({ model, principal, language, version });
  const body = format === 'json' ? JSON.stringify(document) : csdlXml(document);
  const etag = `W/"${contentHash(body)}"`;
  const headers = { etag, 'odata-version': version, 'content-language': language };
  const known = header(request, 'if-none-match');
  if (known?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*')) {
    return { status: 304, headers, body: null };
  }
  return { status: 200, headers: { ...headers, 'content-type': TYPES[format] }, body };
}
