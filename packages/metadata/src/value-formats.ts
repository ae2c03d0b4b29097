// The formats of JSON Schema that values and documents are checked by. Pure text in, yes or no out; what a format's words are
// to a client is finding-words.ts.
import { canonicalDateTime, isDate, isGuid } from './expression/literals.ts';

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

const languageTags = new Map<string, boolean>();

/** Every label is keyed by a few tags; asking Intl each time would cost more than the rest of the label. */
/** Whether it is a well-formed tag of BCP 47. */
export function isLanguageTag(text: string): boolean {
  const known = languageTags.get(text);
  if (known !== undefined) return known;
  if (languageTags.size > 1000) languageTags.clear();
  const valid = canonicalTag(text) !== undefined;
  languageTags.set(text, valid);
  return valid;
}

function canonicalTag(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

/** ISO 8601 with offset, microseconds at most; canonicalDateTime tests the calendar and is laxer in form. */
const MOMENT = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Format name -> whether a text has it. */
export const VALUE_FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  'date-time': (text) => MOMENT.test(text) && canonicalDateTime(text) !== undefined,
  uuid: isGuid,
  'time-zone': isTimeZone,
  'language-tag': isLanguageTag,
};
