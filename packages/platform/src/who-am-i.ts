// GET /who_am_i: whose rights a request has. It tells what is known of the principal already: no statement is run, and nothing of
// others is told.
import { languageOf } from './formatted-values.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { parseFormat } from './request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { contextUrl, header, jsonHeaders } from './shape.ts';

const OPTIONS = new Set<keyof QueryOptions>(['format']);

/** Describes the caller (`caller` in describe/shapes.ts). Throws the errors of Accept, $format and of options that do not apply. */
export function whoAmI({ model, principal, request }: RequestEnvironment): EngineResponse {
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const context = contextUrl(request, format, 'kartoteka.caller');
  const body = {
    ...(context === null ? {} : { '@odata.context': context }),
    user_id: principal.id,
    caller_id: principal.callerId ?? null,
    business_unit_id: principal.businessUnitId,
    team_ids: [...principal.teamIds].sort(),
    capabilities: [...principal.capabilities].sort(),
    language: languageOf(model, header(request, 'accept-language'), principal),
    time_zone: model.organization.timeZone,
  };
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  return { status: 200, headers, body: JSON.stringify(body) };
}
