// The text of a filter that becomes part of a question of the service's own.
import { PlatformError } from '@kartoteka/platform';

/** The filter, as long as it ends where its parentheses do: the rest of the question is not the caller's to write. */
export function whole(filter: string): string {
  let depth = 0;
  for (const [part] of filter.matchAll(/'(?:[^']|'')*'|[()']/g)) {
    depth += part === '(' ? 1 : part === ')' ? -1 : 0;
    if (depth < 0 || part === "'") throw invalid('filter', 'its parentheses or quotes do not match');
  }
  if (depth !== 0 || filter.trim() === '') throw invalid('filter', 'it is empty, or its parentheses do not match');
  return filter;
}

const invalid = (name: string, reason: string): PlatformError =>
  new PlatformError('invalid_option', { name, reason }, { target: name });
