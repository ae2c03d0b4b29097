// Texts of query options cut at a separator, outside parentheses and quotes. It knows no option.
import { PlatformError } from '../errors.ts';

/**
 * The parts of a text between separators that stand outside parentheses, 'texts' and "phrases" (in which a backslash escapes); one
 * pass. Throws invalid_option (of `option`) where parentheses or quotes are not balanced.
 */
export function splitOutside(text: string, separator: ',' | '/', option: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let at = 0; at < text.length && depth >= 0; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"') at += 1;
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (depth !== 0 || quote !== '') {
    const reason = 'parentheses or quotes are not balanced';
    throw new PlatformError('invalid_option', { name: option, reason }, { target: option });
  }
  parts.push(text.slice(start));
  return parts;
}
