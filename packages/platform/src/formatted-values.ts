// Formatted values: what people read in place of a value, put beside it on request (`Prefer: odata.include-annotations`). The only
// part of an answer for which records are parsed again; who does not ask pays nothing.
import { type DisplayValue, displayValues, exactJsonText, type Model, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { SelectNode } from './plan/read-plan.ts';
import type { EngineRequest } from './platform-types.ts';
import { type Format, type Preferences, wantsAnnotation } from './request/headers.ts';
import type { Principal } from './security/types.ts';
import { header } from './shape.ts';
import { titledProperties } from './sql/titles.ts';

/** As Dataverse names it. */
export const FORMATTED_VALUE = 'OData.Community.Display.V1.FormattedValue';

/** Characters of an answer that are parsed again at most: the parsed records take several times their text. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** How an answer is to be finished; null where nobody asked for formatted values. */
export interface Formatting {
  readonly model: Model;
  readonly language: string;
  /** For Preference-Applied. */
  readonly applied: string;
}

/** A format that holds the titles of what lookups name, where formatted values are asked for: the statement prints them. */
export function titledFormat(format: Format, { annotations }: Preferences): Format {
  return annotations !== null && wantsAnnotation(annotations, FORMATTED_VALUE) ? { ...format, titles: true } : format;
}

/** The formatting that a request asks for; its language is that of languageOf. */
export function formattingOf(
  model: Model,
  principal: Principal,
  request: EngineRequest,
  { annotations }: Preferences,
): Formatting | null {
  if (annotations === null || !wantsAnnotation(annotations, FORMATTED_VALUE)) return null;
  const language = languageOf(model, header(request, 'accept-language'), principal);
  return { model, language, applied: `odata.include-annotations="${annotations}"` };
}

/**
 * The language of an answer, one of the organization's: the first that the request accepts (Accept-Language, RFC 9110 12.5.4), else
 * the user's own, else the organization's.
 */
export function languageOf(
  { organization }: Model,
  accepted: string | undefined,
  { language: own }: Pick<Principal, 'language'>,
): string {
  const ranges = (accepted ?? '').split(',').map((part) => {
    const [tag = '', ...parameters] = part.split(';').map((each) => each.trim());
    const quality = parameters.find((each) => each.startsWith('q='));
    return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  ranges.sort((a, b) => b.quality - a.quality);
  const had = (tag: string): string | undefined =>
    organization.languages.find((each) => isRange(tag, each.toLowerCase()));
  for (const { tag, quality } of ranges) {
    const found = quality > 0 ? had(tag) : undefined;
    if (found !== undefined) return found;
  }
  const preferred = own === undefined ? undefined : had(own.trim().toLowerCase());
  const isRefused = ranges.some(
    ({ tag, quality }) => quality === 0 && preferred !== undefined && isRange(tag, preferred),
  );
  return preferred === undefined || isRefused ? organization.locale : preferred;
}

/** `de-AT` accepts de, and `de` accepts de-AT. */
const isRange = (tag: string, language: string): boolean =>
  tag === language || tag.startsWith(`${language}-`) || language.startsWith(`${tag}-`);

/**
 * The JSON of a record, or of an array of records, with formatted values beside the values that have one, in expanded records
 * as well. Throws limit_exceeded for an answer that is too long to be parsed.
 */
export function withFormattedValues(json: string, select: SelectNode, formatting: Formatting): string {
  limitFormatted(json);
  return exactJsonText(formatted(parseExactJson(json), select, formatting));
}

/** Throws limit_exceeded for an answer that is too long to be parsed. */
export function limitFormatted(json: string): void {
  if (json.length <= MOST_CHARACTERS) return;
  const limit = 'characters in one answer with formatted values; ask for fewer records or properties';
  throw new PlatformError('limit_exceeded', { limit, value: String(MOST_CHARACTERS) }, { target: 'Prefer' });
}

type JsonRecord = Readonly<Record<string, unknown>>;

function formatted(value: unknown, select: SelectNode, formatting: Formatting): unknown {
  if (Array.isArray(value)) return value.map((each) => formatted(each, select, formatting));
  if (value === null || typeof value !== 'object') return value;
  const record = value as JsonRecord;
  const displays = displayValues(formatting.model, select.entity);
  const expands = new Map(select.expands.map((expand) => [expand.navigation.name, expand.select]));
  const titled = titledProperties(select.entity);
  const members = Object.entries(record).flatMap(([name, member]): [string, unknown][] => {
    const lookup = titled.get(name);
    if (lookup !== undefined) return member === null ? [] : [[`${lookup}@${FORMATTED_VALUE}`, member]];
    const expanded = expands.get(name);
    if (expanded !== undefined) return [[name, formatted(member, expanded, formatting)]];
    const text = textOf(displays.get(name), member, formatting.language, record);
    return text === undefined
      ? [[name, member]]
      : [
          [`${name}@${FORMATTED_VALUE}`, text],
          [name, member],
        ];
  });
  return Object.fromEntries(members);
}

function textOf(
  display: DisplayValue | undefined,
  value: unknown,
  language: string,
  record: JsonRecord,
): string | undefined {
  return value === null ? undefined : display?.(value, language, record);
}
