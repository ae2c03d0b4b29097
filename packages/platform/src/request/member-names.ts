// Names of the members of a JSON object as they stand in its text, repeated ones included, which JSON.parse does not tell.
// It judges nothing: the text must be JSON already.

import { closingQuote, unescaped } from './array-elements.ts';

const [QUOTE, COLON] = [0x22, 0x3a] as const;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d] as const;

/** Names of the outermost object's members, unescaped, in order. One pass; `text` is valid JSON. */
export function memberNames(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let string: readonly [number, number] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      string = [at, closingQuote(text, at)];
      at = string[1];
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    else if (code === COLON && depth === 1) names.push(unescaped(text.slice(string[0] + 1, string[1])));
  }
  return names;
}
