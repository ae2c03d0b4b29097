// In which language and time zone somebody is written to. It knows no texts.

export type Language = 'en' | 'ru';

/** The language of a reader: his own (a tag such as `ru-RU`) if it is one of ours, else that of the organization. */
export function languageOf(own: unknown, locale: string): Language {
  const tags = [own, locale].map((tag) => (typeof tag === 'string' ? tag.trim().toLowerCase().split(/[-_]/)[0] : ''));
  return (tags.find((tag) => tag === 'ru' || tag === 'en') ?? 'en') as Language;
}

/** His own zone if there is one of that name, else that of the organization. */
export function zoneOf(own: unknown, timeZone: string): string {
  try {
    if (typeof own !== 'string' || own === '') return timeZone;
    return new Intl.DateTimeFormat('en', { timeZone: own }).resolvedOptions().timeZone;
  } catch {
    return timeZone;
  }
}

/** From when to when, in words, with the zone: `Tuesday, November 24, 2026 at 12:30 - 1:30 PM (Europe/Moscow)`. */
export function timeText(start: Date, end: Date, language: Language, timeZone: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short', timeZone });
  const range = format.formatRange(start, end).replaceAll(/[\u2009\u202f\u00a0]/g, ' ');
  return `${range} (${timeZone})`;
}
