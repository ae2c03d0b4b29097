// JSON fields between values and text, and text that is no JSON. Numbers with more digits than JavaScript has stay what they are
// (ExactNumber of the client).
import { readJson } from '@kartoteka/sdk';

export type ParsedJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The value that a text says. */
export function parseExactJson(text: string): ParsedJson {
  try {
    return { ok: true, value: readJson(text) };
  } catch {
    return { ok: false };
  }
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
