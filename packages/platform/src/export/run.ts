// GET of an entity set as a file: everything that the list shows in one answer, page after page as the client takes them.
import { type EntityType, labelText } from '@kartoteka/metadata';
import { languageOf } from '../formatted-values.ts';
import { refuseTracking } from '../list-request.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { type ExportFormat, mayAskForFile, parseExportFormat } from '../request/export-format.ts';
import { parsePrefer } from '../request/headers.ts';
import { parseQueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { exportAnswer } from './answer.ts';
import { ExportPages } from './pages.ts';
import { listSource } from './sources.ts';

/** The file that is asked for; null where none is. Throws not_acceptable. */
export function exportFormatOf(request: EngineRequest): ExportFormat | null {
  const accept = header(request, 'accept');
  if (!mayAskForFile(accept, request.query)) return null;
  return parseExportFormat(accept, formatOption(request.query));
}

/** $format alone: what else stands in the query is the business of whoever serves it. */
function formatOption(query: string): string | undefined {
  const [option] = query.split('&').filter((part) => /^(?:\$|%24)?format=/i.test(part));
  return option === undefined ? undefined : parseQueryOptions(option).format;
}

/**
 * 200 with the list as a stream. The first page is read before the answer begins, so that what is wrong with the request
 * is answered as an error. Throws missing_capability (export) and the errors of a list.
 */
export async function exportCollection(
  env: RequestEnvironment,
  entity: EntityType,
  format: ExportFormat,
): Promise<EngineResponse> {
  const { model, principal, database, request } = env;
  const options = parseQueryOptions(request.query);
  refuseTracking(options, parsePrefer(header(request, 'prefer')));
  const reading = { model, principal, executor: database, request };
  const source = listSource(reading, entity, options);
  const language = languageOf(model, header(request, 'accept-language'), principal);
  return exportAnswer(env, format, {
    source: new ExportPages(reading, source),
    columns: source.columns,
    entity: entity.name,
    file: entity.set,
    title: labelText(entity.pluralLabel, language),
  });
}
