// A text of the Model in one language. Pure, so that what draws nothing can say it as well.
import type { Text } from '@kartoteka/metadata';

/** In the language; where it is missing there, in English, then in any. */
export function textIn(text: Text | string | undefined, locale: string): string {
  if (text === undefined || typeof text === 'string') return text ?? '';
  return text[locale] ?? text.en ?? Object.values(text).find((each) => each !== undefined) ?? '';
}
