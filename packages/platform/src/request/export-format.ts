// Whether a request asks for a file to take with it, and for which: by Accept or $format. It reads nothing else of the request.
import { PlatformError } from '../errors.ts';
import { JSON_RANGES, mediaRange } from './headers.ts';

export type ExportFormat =
  /** RFC 4180; `header`: the first line names the columns. */
  | { readonly kind: 'csv'; readonly header: boolean }
  /** A workbook of Office Open XML. */
  | { readonly kind: 'xlsx' };

export const MEDIA_TYPES: Readonly<Record<ExportFormat['kind'], string>> = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

type Parameters = ReadonlyMap<string, string>;

const FORMATS: ReadonlyMap<string, (parameters: Parameters) => ExportFormat> = new Map([
  [MEDIA_TYPES.csv, csvFormat],
  [MEDIA_TYPES.xlsx, (): ExportFormat => ({ kind: 'xlsx' })],
]);

/** As $format may say it. */
const SHORT: ReadonlyMap<string, string> = new Map(Object.entries(MEDIA_TYPES));

/** Texts without these letters ask for JSON. */
const NAMED = /csv|xlsx|spreadsheetml/i;

/**
 * What Accept or $format asks for rather than JSON; null for JSON. Throws not_acceptable for CSV in another charset, or with
 * parameters it does not have.
 */
export function parseExportFormat(accept: string | undefined, format: string | undefined): ExportFormat | null {
  const text = format === undefined ? accept : (SHORT.get(format.toLowerCase()) ?? format);
  if (text === undefined || !NAMED.test(text)) return null;
  const best = text
    .split(',')
    .map(mediaRange)
    .filter(({ type, quality }) => quality > 0 && (FORMATS.has(type) || JSON_RANGES.has(type)))
    .sort((a, b) => b.quality - a.quality)[0];
  return best === undefined ? null : (FORMATS.get(best.type)?.(best.parameters) ?? null);
}

/** Whether the request can ask for a file at all: others pay nothing more. */
export function mayAskForFile(accept: string | undefined, query: string): boolean {
  return NAMED.test(accept ?? '') || NAMED.test(query);
}

function csvFormat(parameters: Parameters): ExportFormat {
  const { charset = 'utf-8', header = 'present' } = Object.fromEntries(parameters);
  if (charset !== 'utf-8' || !['present', 'absent'].includes(header)) throw new PlatformError('not_acceptable');
  return { kind: 'csv', header: header === 'present' };
}
