// The one tokenizer of OData expressions, pulled token by token by the parser and by the request shape.
// It validates literals and keywords-to-be stay names: what a name means is the parser's business. Linear, never throws.
import {
  AT,
  BACKSLASH,
  BRACKETS,
  COLON,
  classOf,
  DATE,
  DATE_HINT,
  DIGIT,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  DURATION_HINT,
  FILTER_OPTION,
  LETTER,
  MINUS,
  MISTAKEN,
  NUMBER,
  OLD_PREFIXES,
  PLUS,
  PUNCTUATION,
  type Punctuation,
  QUOTE,
  SLASH,
  SPACE,
  TIME,
  UNSUPPORTED_PREFIXES,
  WORDS,
  ZERO,
} from './lexer-tables.ts';
import {
  canonicalDateTime,
  canonicalDuration,
  canonicalNumber,
  canonicalTime,
  isDate,
  isGuid,
  MAX_NUMBER_DIGITS,
} from './literals.ts';
import type { ExpressionError, ExpressionType } from './types.ts';

export type TokenKind = 'end' | 'name' | 'literal' | Punctuation | 'minus' | 'error';

/** Walks a text; `kind`, `start`, `end` and, for literals, `type` and `value` describe the current token. */
export class Lexer {
  readonly text: string;
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  /** Of a literal. */
  type: ExpressionType = 'null';
  /** Canonical value of a literal: text of strings unquoted, GUIDs in lower case, timestamps in UTC with microseconds. */
  value: string | boolean | null = null;
  /** Of a duration: a sign stands before it, and the value is what follows. */
  negative = false;
  #lists = 0;
  /** Set when `kind` is `error`. */
  error: ExpressionError | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves to the next token and returns its kind; stays at `end` and at `error`. */
  next(): TokenKind {
    if (this.kind === 'error') return 'error';
    const { text } = this;
    let at = this.end;
    while (classOf(text.charCodeAt(at)) === SPACE) at++;
    this.start = at;
    if (at >= text.length) return this.#token('end', at);
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    if (kind === LETTER) return this.#word(at);
    if (code === QUOTE) return this.#string(at);
    if (kind === DIGIT) return this.#digits(at);
    const punctuation = PUNCTUATION.get(code);
    if (punctuation !== undefined) {
      this.#lists += BRACKETS[punctuation] ?? 0;
      return this.#token(punctuation, at + 1);
    }
    if (code === MINUS)
      return classOf(text.charCodeAt(at + 1)) === DIGIT ? this.#number(at) : this.#token('minus', at + 1);
    if (code === PLUS && classOf(text.charCodeAt(at + 1)) === DIGIT) return this.#number(at + 1);
    if (code === DOLLAR || code === AT) return this.#name(at);
    // Quoted as in JSON: within a list in brackets only, where OData has it.
    if (code === DOUBLE_QUOTE && this.#lists > 0) return this.#jsonString(at);
    return this.#unexpected(at, code);
  }

  #unexpected(at: number, code: number): TokenKind {
    const { text } = this;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const instead = MISTAKEN.get(character);
    const shown =
      character.isWellFormed() && code >= 32 ? `The character ${character}` : 'A control character or lone surrogate';
    return this.#fail(`${shown} has no meaning here`, instead === undefined ? undefined : `Write ${instead} instead`);
  }

  #token(kind: TokenKind, end: number): TokenKind {
    this.kind = kind;
    this.end = end;
    return kind;
  }

  #literal(type: ExpressionType, value: string | boolean | null, end: number): TokenKind {
    this.type = type;
    this.value = value;
    this.negative = false;
    return this.#token('literal', end);
  }

  #fail(
    message: string,
    hint?: string,
    code = 'invalid_expression',
    values?: Readonly<Record<string, string>>,
  ): TokenKind {
    this.error = { code, at: this.start, message, hint, values: values ?? { reason: message } };
    this.kind = 'error';
    return 'error';
  }

  #notSupported(what: string): TokenKind {
    return this.#fail(`${what} is not supported yet`, undefined, 'not_supported', { what });
  }

  #string(start: number): TokenKind {
    const { text } = this;
    let doubled = false;
    let close = text.indexOf("'", start + 1);
    while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) {
      doubled = true;
      close = text.indexOf("'", close + 2);
    }
    if (close < 0) return this.#fail('The string is not closed', "A quote within a string is doubled: 'it''s'");
    const raw = text.slice(start + 1, close);
    return this.#text(doubled ? raw.replaceAll("''", "'") : raw, close + 1);
  }

  #text(value: string, end: number): TokenKind {
    if (!value.isWellFormed() || value.includes('\0')) {
      return this.#fail('Text must not contain NUL or lone surrogates', undefined, 'invalid_text');
    }
    return this.#literal('string', value, end);
  }

  #jsonString(start: number): TokenKind {
    const { text } = this;
    let at = start + 1;
    while (at < text.length && text.charCodeAt(at) !== DOUBLE_QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    try {
      return this.#text(String(JSON.parse(text.slice(start, at + 1))), at + 1);
    } catch {
      return this.#fail('The string is not closed, or has an escape that JSON does not know');
    }
  }

  /** End of the run of letters, digits and underscores at `at`. */
  #wordEnd(at: number): number {
    while (classOf(this.text.charCodeAt(at)) >= LETTER) at++;
    return at;
  }

  #word(start: number): TokenKind {
    const end = this.#wordEnd(start);
    const length = end - start;
    const code = this.text.charCodeAt(end);
    if (code === MINUS && length === 8 && this.#guid(start)) return 'literal';
    if ((length === 4 || length === 5) && code !== SLASH && code !== DOT && code !== QUOTE) {
      const word = WORDS.get(this.text.slice(start, end).toLowerCase());
      if (word !== undefined) return this.#literal(word.type, word.value, end);
    }
    return code === SLASH || code === DOT || code === QUOTE ? this.#name(start) : this.#token('name', end);
  }

  /** A path `a/b/c`; segments may be qualified (`ns.name`) or begin with `$` or `@`, which the parser refuses by name. */
  #name(start: number): TokenKind {
    const { text } = this;
    FILTER_OPTION.lastIndex = start;
    if (text.charCodeAt(start) === DOLLAR && FILTER_OPTION.test(text))
      return this.#token('name', FILTER_OPTION.lastIndex);
    let at = start;
    for (;;) {
      let code = text.charCodeAt(at);
      if (code === DOLLAR || code === AT) code = text.charCodeAt(++at);
      this.start = at;
      if (classOf(code) !== LETTER) return this.#fail('A name is expected here');
      at = this.#wordEnd(at);
      code = text.charCodeAt(at);
      if (code !== SLASH && code !== DOT) break;
      at++;
    }
    this.start = start;
    if (text.charCodeAt(at) === QUOTE) return this.#prefixed(text.slice(start, at), at);
    return this.#token('name', at);
  }

  #prefixed(prefix: string, quote: number): TokenKind {
    const lower = prefix.toLowerCase();
    if (lower === 'duration') return this.#duration(quote);
    if (UNSUPPORTED_PREFIXES.has(lower)) return this.#notSupported(`A ${lower} literal`);
    if (prefix.includes('.'))
      return this.#notSupported(`A literal of an enumeration type (values of a choice are strings: 'red')`);
    const hint = OLD_PREFIXES.has(lower)
      ? `Write the ${lower} value without prefix and quotes`
      : 'Put a space before the string';
    return this.#fail(`The string cannot follow ${prefix} directly`, hint);
  }

  #duration(quote: number): TokenKind {
    if (this.#string(quote) === 'error') return 'error';
    const text = String(this.value);
    const signed = /^[+-]P/.test(text);
    const value = canonicalDuration(signed ? text.slice(1) : text);
    if (value !== undefined) {
      this.#literal('duration', value, this.end);
      this.negative = text.startsWith('-');
      return 'literal';
    }
    return this.#fail(`${String(this.value).slice(0, 40)} is no duration`, DURATION_HINT);
  }

  #guid(start: number): boolean {
    const value = this.text.slice(start, start + 36);
    if (!isGuid(value) || this.#wordEnd(start + 36) !== start + 36) return false;
    this.#literal('guid', value.toLowerCase(), start + 36);
    return true;
  }

  #digits(start: number): TokenKind {
    const end = this.#wordEnd(start);
    const code = this.text.charCodeAt(end);
    if (code === MINUS && end - start === 8 && this.#guid(start)) return 'literal';
    if (code === MINUS && end - start === 4) return this.#date(start);
    if (code === COLON && end - start === 2) {
      TIME.lastIndex = start;
      if (TIME.test(this.text)) return this.#time(start, TIME.lastIndex);
    }
    const plain =
      end - start <= 18 && code !== DOT && code !== QUOTE && code !== SLASH && this.#isPlainInteger(start, end);
    return plain ? this.#literal('integer', this.text.slice(start, end), end) : this.#number(start);
  }

  /** Whether the word is digits only, without a leading zero: canonical as it stands. */
  #isPlainInteger(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (classOf(this.text.charCodeAt(at)) !== DIGIT) return false;
    return this.text.charCodeAt(start) !== ZERO || end - start === 1;
  }

  #time(start: number, end: number): TokenKind {
    const value = this.#wordEnd(end) === end ? canonicalTime(this.text.slice(start, end)) : undefined;
    if (value !== undefined) return this.#literal('time', value, end);
    return this.#fail(
      'The time of day is malformed',
      'Times are written 09:30, 09:30:15 or 09:30:15.123456, up to 23:59',
    );
  }

  #date(start: number): TokenKind {
    DATE.lastIndex = start;
    const match = DATE.exec(this.text);
    const end = match === null ? start : DATE.lastIndex;
    if (match === null || this.#wordEnd(end) !== end) return this.#fail('The date is malformed', DATE_HINT);
    const value = match[0];
    if (!isDate(value.slice(0, 10))) return this.#fail(`There is no day ${value.slice(0, 10)}`, DATE_HINT);
    if (value.length === 10) return this.#literal('date', value, end);
    const canonical = canonicalDateTime(value);
    if (canonical !== undefined) return this.#literal('datetime', canonical, end);
    const hint = /[Zz]|[+-]\d\d:\d\d$/.test(value)
      ? DATE_HINT
      : 'Give the offset: Z or +02:00 (in a URL, + is written %2B)';
    return this.#fail(`The timestamp ${value} is not valid`, hint);
  }

  #number(start: number): TokenKind {
    NUMBER.lastIndex = start;
    const match = NUMBER.exec(this.text);
    const end = match === null ? start : NUMBER.lastIndex;
    const next = this.text.charCodeAt(end);
    if (match === null || this.#wordEnd(end) !== end || next === DOT || next === QUOTE || next === SLASH) {
      return this.#fail('The number is malformed', 'Numbers are written 5, -5, 1.25 or 1e3');
    }
    const number = canonicalNumber(match[0]);
    if (number !== undefined) return this.#literal(number.type, number.value, end);
    const value = String(MAX_NUMBER_DIGITS);
    const message = `A number may have ${value} digits at most`;
    return this.#fail(message, undefined, 'limit_exceeded', { limit: 'number_digits', value });
  }
}
