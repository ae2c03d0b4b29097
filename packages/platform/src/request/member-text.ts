// The value of one member of a JSON object as the text that stands in it. It judges nothing: the text must be JSON already.
import { closingQuote, unescaped } from './array-elements.ts';

const [QUOTE, COLON, COMMA] = [0x22, 0x3a, 0x2c] as const;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d] as const;

/** Text of the value of the outermost object's member `name`; '' where it has none. One pass; `text` is valid JSON. */
export function memberText(text: string, name: string): string {
  let depth = 0;
  let string = '';
  let start: number | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const close = closingQuote(text, at);
      if (depth === 1) string = text.slice(at + 1, close);
      at = close;
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    const ends = depth === 0 || (depth === 1 && code === COMMA);
    if (start !== null && ends) return text.slice(start, at).trim();
    if (start === null && depth === 1 && code === COLON && unescaped(string) === name) start = at + 1;
  }
  return '';
}
