// JSON fields between values and text. Numbers with more digits than JavaScript has stay what they are, as ExactNumber of the client.
import { ExactNumber } from '@kartoteka/sdk';

export type ParsedJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The value that a text says. */
export function parseExactJson(text: string): ParsedJson {
  try {
    const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
      typeof value === 'number' && context?.source !== undefined && !isSame(value, context.source)
        ? new ExactNumber(context.source)
        : value;
    return { ok: true, value: JSON.parse(text, exact as (key: string, value: unknown) => unknown) };
  } catch {
    return { ok: false };
  }
}

/** Whether a JavaScript number says all that its text says. */
function isSame(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  const digits = (text: string): string => {
    const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^-/, '').split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    const all = `${whole}${fraction}`.replace(/^0+/, '');
    const kept = all.replace(/0+$/, '');
    return `${kept}e${Number(exponent) - fraction.length + all.length - kept.length}`;
  };
  return value === 0 ? /^-?[0.]+(e|$)/i.test(source) : digits(String(value)) === digits(source);
}

/** A value as JSON, exact numbers digit for digit. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)?.replace(/"\\u0000exact:([^"]*)"/g, '$1') ?? '';
}

const UNREAD = '\0unread:';

/** Text in a JSON field that is no JSON: the form holds it, so that nothing typed is lost, and refuses to send it. */
export class UnreadJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  /** In a kept draft; NUL is in no text of the service. */
  toJSON(): string {
    return `${UNREAD}${this.text}`;
  }

  static revive(value: unknown): unknown {
    return typeof value === 'string' && value.startsWith(UNREAD) ? new UnreadJson(value.slice(UNREAD.length)) : value;
  }
}
