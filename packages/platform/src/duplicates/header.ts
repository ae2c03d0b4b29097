// The request header `Kartoteka-Duplicates`: what a client says of records that duplicate rules take for others.
import { PlatformError } from '../errors.ts';

const HEADER = 'kartoteka-duplicates';
const WORDS: ReadonlySet<string> = new Set(['allow', 'import']);

export interface DuplicateHandling {
  /** What would be refused is written, and told as a warning. */
  readonly allow: boolean;
  /** The records are imported: `on_import` of the rules counts. */
  readonly import: boolean;
}

const USUAL: DuplicateHandling = { allow: false, import: false };

/** `allow`, `import` or both, separated by a comma. Throws bad_request for other words. */
export function duplicateHandling(
  headers: Readonly<Record<string, string | readonly string[] | undefined>> | undefined,
): DuplicateHandling {
  const text = headers?.[HEADER];
  if (text === undefined) return USUAL;
  const words = String(text)
    .split(',')
    .map((word) => word.trim().toLowerCase());
  if (!words.every((word) => WORDS.has(word))) {
    const reason = 'Kartoteka-Duplicates holds allow, import, or both with a comma between them';
    throw new PlatformError('bad_request', { reason }, { target: 'Kartoteka-Duplicates' });
  }
  return { allow: words.includes('allow'), import: words.includes('import') };
}
