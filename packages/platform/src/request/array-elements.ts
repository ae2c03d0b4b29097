// The elements of one array member of a JSON object as texts of their own, so that a long list is parsed element by element.
// It judges nothing: whether the texts and the rest are JSON is told by parsing them.

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c] as const;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d] as const;

export interface ArrayElements {
  /** The text with the array emptied: JSON exactly when the whole text is, provided that every element is. */
  readonly envelope: string;
  /** Null where the object has no array of that name. No more than `most + 1`: one too many says that there are too many. */
  readonly elements: readonly string[] | null;
}

/** Takes the elements of the member `name` of the outermost object out of `text`. Throws SyntaxError for a bad escape in a name. */
export function arrayElements(text: string, name: string, most: number): ArrayElements {
  const open = openingBracket(text, name);
  if (open === null) return { envelope: text, elements: null };
  const elements: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth > 0) continue;
      const last = text.slice(start, at);
      if (elements.length > 0 || last.trim() !== '') elements.push(last);
      return { envelope: `${text.slice(0, open)}[${text.slice(at)}`, elements };
    } else if (code === COMMA && depth === 1) {
      elements.push(text.slice(start, at));
      start = at + 1;
      if (elements.length > most) return { envelope: '', elements };
    }
  }
  // The array never ends: what is left is no JSON, and parsing it says so.
  return { envelope: text, elements: [] };
}

/** Position of the bracket that opens the member's array; null where there is none. */
function openingBracket(text: string, name: string): number | null {
  let depth = 0;
  let string = '';
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const close = closingQuote(text, at);
      string = text.slice(at + 1, close);
      at = close;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    else if (code === COLON && depth === 1 && unescaped(string) === name) return bracketAfter(text, at + 1);
  }
  return null;
}

/** The text that stands between the quotes of a JSON string. Throws SyntaxError. */
export function unescaped(inner: string): string {
  return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner;
}

function bracketAfter(text: string, from: number): number | null {
  const at = from + (/^[ \t\r\n]*/.exec(text.slice(from, from + 1_000))?.[0].length ?? 0);
  return text.charCodeAt(at) === OPEN_BRACKET ? at : null;
}

/** Position of the quote that ends the string which begins at `open`, or the end of the text. */
export function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}
