// A JSON number that a JavaScript double cannot hold exactly, kept as its source text (2-documents: exact to the last digit).

/** Stands in a parsed payload wherever the source text of a number has more digits than a double keeps. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** Digits that a double may not keep: 16 or more characters of digits and dots, or an exponent. */
const INEXACT = /[\d.]{16}|\d[eE]/;

/**
 * Parses JSON; numbers that a double would round come back as ExactNumber.
 * Throws SyntaxError on malformed text. Linear; the reviver (slower) runs only when such a number may be present.
 */
export function parseExactJson(text: string): unknown {
  if (!INEXACT.test(text)) return JSON.parse(text);
  return JSON.parse(text, exactReviver as (key: string, value: unknown) => unknown);
}

function exactReviver(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  return String(value) === context.source ? value : new ExactNumber(context.source);
}

/** JSON text of a value as parseExactJson gives it: every number with the digits it came with. The inverse of parsing. */
export function exactJsonText(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactJsonText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${exactJsonText(member)}`);
  return `{${members.join(',')}}`;
}
