// The text of a label in a language. Pure; which language somebody reads is the caller's to know.
import type { LabelDocument } from './documents.ts';

/** In the language, in it without its region, in English, or in whatever there is; '' for an empty label. */
export function labelText(label: LabelDocument, language: string): string {
  return label[language] ?? label[language.split('-')[0] ?? ''] ?? label.en ?? Object.values(label)[0] ?? '';
}
