// Parses the part of regular expression syntax that linear-pattern.ts can reason about. Anything else (back references,
// look-around, word boundaries, lazy quantifiers, flags) is refused by name; it must never guess.
import { complement, LAST_CODE_POINT, normaliseRanges } from './code-point-sets.ts';

export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly ranges: readonly number[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number };

class Unsupported extends Error {}

const DIGIT = [0x30, 0x39];
const WORD = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE = normaliseRanges([
  ...[0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f],
  ...[0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff],
]);
const CLASSES: Readonly<Record<string, readonly number[]>> = {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const ANY = complement([0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029]);
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
const MOST_DEPTH = 20;
const MOST_TIMES = 500;

/** The tree of a pattern that RegExp with the flag u accepts, or why it is refused. */
export function parsePattern(pattern: string): { readonly node: Node } | { readonly problem: string } {
  try {
    return { node: new PatternParser(pattern).parse() };
  } catch (error) {
    if (error instanceof Unsupported) return { problem: error.message };
    throw error;
  }
}

class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;
  #inNegatedClass = false;

  constructor(pattern: string) {
    this.#chars = [...pattern];
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#chars.length) throw new Unsupported(`Unexpected ${this.#peek()} in the pattern`);
    return node;
  }

  #peek(ahead = 0): string {
    return this.#chars[this.#at + ahead] ?? '';
  }

  #take(): string {
    return this.#chars[this.#at++] ?? '';
  }

  #alternatives(): Node {
    if (++this.#depth > MOST_DEPTH) throw new Unsupported('Groups of the pattern are nested too deeply');
    const options = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      options.push(this.#sequence());
    }
    this.#depth--;
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#peek() !== '' && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#quantified());
    return parts.length === 0 ? { kind: 'empty' } : { kind: 'sequence', parts };
  }

  #quantified(): Node {
    const body = this.#atom();
    const times = this.#quantifier();
    if (times === undefined) return body;
    if (this.#peek() === '?') throw new Unsupported('Lazy quantifiers are not accepted in a pattern');
    return { kind: 'repeat', body, ...times };
  }

  #quantifier(): { min: number; max: number } | undefined {
    const simple = { '*': [0, Number.POSITIVE_INFINITY], '+': [1, Number.POSITIVE_INFINITY], '?': [0, 1] }[
      this.#peek()
    ];
    if (simple !== undefined) {
      this.#at++;
      return { min: simple[0] ?? 0, max: simple[1] ?? 0 };
    }
    if (this.#peek() !== '{') return undefined;
    const match = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#chars.slice(this.#at, this.#at + 24).join(''));
    if (match === null) throw new Unsupported('A quantifier of the pattern is not readable');
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MOST_TIMES || (max !== Number.POSITIVE_INFINITY && max > MOST_TIMES)) {
      throw new Unsupported(`A quantifier of the pattern is above ${MOST_TIMES}`);
    }
    return { min, max };
  }

  #atom(): Node {
    const char = this.#take();
    if (char === '(') return this.#group();
    if (char === '[') return { kind: 'set', ranges: this.#characterClass() };
    if (char === '.') return { kind: 'set', ranges: ANY };
    if (char === '^' || char === '$') {
      throw new Unsupported(`${char} is not needed: the pattern always matches the whole value`);
    }
    if (char === '\\') return { kind: 'set', ranges: this.#escape() };
    return { kind: 'set', ranges: single(char) };
  }

  #group(): Node {
    if (this.#peek() === '?') {
      if (this.#peek(1) !== ':')
        throw new Unsupported('Look-around, named groups and flags are not accepted in a pattern');
      this.#at += 2;
    }
    const node = this.#alternatives();
    if (this.#take() !== ')') throw new Unsupported('A group of the pattern is not closed');
    return node;
  }

  #characterClass(): readonly number[] {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    this.#inNegatedClass = negated;
    const ranges: number[] = [];
    while (this.#peek() !== ']') {
      if (this.#peek() === '') throw new Unsupported('A character class of the pattern is not closed');
      const from = this.#classAtom();
      if (this.#peek() === '-' && this.#peek(1) !== ']') {
        this.#at++;
        const to = this.#classAtom();
        ranges.push(from[0] ?? 0, to.at(-1) ?? 0);
      } else ranges.push(...from);
    }
    this.#at++;
    this.#inNegatedClass = false;
    return negated ? complement(ranges) : normaliseRanges(ranges);
  }

  #classAtom(): readonly number[] {
    const char = this.#take();
    return char === '\\' ? this.#escape() : single(char);
  }

  #escape(): readonly number[] {
    const char = this.#take();
    const known = CLASSES[char];
    if (known !== undefined) return known;
    const control = CONTROLS[char];
    if (control !== undefined) return [control, control];
    if (char === 'p' || char === 'P') return this.#unicodeProperty(char);
    if (/[1-9k]/.test(char)) throw new Unsupported('Back references are not accepted in a pattern');
    if (/[A-Za-z]/.test(char)) throw new Unsupported(`\\${char} is not accepted in a pattern`);
    return single(char);
  }

  /** A superset: the ASCII characters that have the property, and everything beyond ASCII. */
  #unicodeProperty(letter: string): readonly number[] {
    if (this.#inNegatedClass) throw new Unsupported('\\p is not accepted in a negated character class');
    const end = this.#chars.indexOf('}', this.#at);
    const source = `\\${letter}${this.#chars.slice(this.#at, end + 1).join('')}`;
    const pattern = new RegExp(`^${source}$`, 'u');
    this.#at = end + 1;
    const ranges: number[] = [0x80, LAST_CODE_POINT];
    for (let code = 0; code < 0x80; code++) if (pattern.test(String.fromCharCode(code))) ranges.push(code, code);
    return normaliseRanges(ranges);
  }
}

function single(char: string): readonly number[] {
  const code = char.codePointAt(0) ?? 0;
  return [code, code];
}
