// Regular expressions that an administrator writes: accepted only when matching is provably linear in the length of the
// text. The proof: after every character at most one place of the pattern can take the next one, and there is only one way
// to get there, so a backtracking engine never has two ways to go on. It must not accept what it does not understand.

import { overlaps } from './code-point-sets.ts';
import { type Node, parsePattern } from './linear-pattern-parser.ts';

const MOST_POSITIONS = 1000;

/** The pattern as it is matched: against the whole value. */
export function wholeValuePattern(pattern: string): string {
  return `^(?:${pattern})$`;
}

/** Why the pattern is refused, in words; undefined when it is safe. Never throws. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(wholeValuePattern(pattern), 'u');
  } catch {
    return 'The pattern is not a regular expression';
  }
  const parsed = parsePattern(pattern);
  if ('problem' in parsed) return parsed.problem;
  return ambiguityOf(parsed.node);
}

/** What a part of the pattern can begin and end with; positions are indexes into `sets`. */
interface Part {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

class TooLarge extends Error {}

/** Builds the position automaton (Glushkov) and looks for a place with two ways to go on. */
class PositionAutomaton {
  readonly sets: (readonly number[])[] = [];
  readonly follow: Set<number>[] = [];
  /** Two ways to match nothing, or to get from one position to another. */
  twoWays = false;

  build(node: Node): Part {
    if (node.kind === 'empty') return { nullable: true, first: [], last: [] };
    if (node.kind === 'set') return this.#position(node.ranges);
    if (node.kind === 'sequence') return node.parts.map((part) => () => this.build(part)).reduce(this.#join, EMPTY);
    if (node.kind === 'choice') return this.#either(node.options.map((option) => this.build(option)));
    return this.#repeat(node.body, node.min, node.max);
  }

  #position(ranges: readonly number[]): Part {
    if (this.sets.length >= MOST_POSITIONS) throw new TooLarge();
    this.sets.push(ranges);
    this.follow.push(new Set());
    const position = this.sets.length - 1;
    return { nullable: false, first: [position], last: [position] };
  }

  readonly #join = (left: Part, next: () => Part): Part => {
    const right = next();
    this.#link(left.last, right.first);
    return {
      nullable: left.nullable && right.nullable,
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
    };
  };

  #either(parts: readonly Part[]): Part {
    if (parts.filter((part) => part.nullable).length > 1) this.twoWays = true;
    return {
      nullable: parts.some((part) => part.nullable),
      first: parts.flatMap((part) => part.first),
      last: parts.flatMap((part) => part.last),
    };
  }

  /** E{2,4} is E E (E E?)?; E{2,} is E E E*. */
  #repeat(body: Node, min: number, max: number): Part {
    const required: (() => Part)[] = Array.from({ length: min }, () => () => this.build(body));
    if (max === Number.POSITIVE_INFINITY) required.push(() => this.#star(body));
    else if (max > min) required.push(() => this.#optional(body, max - min));
    return required.reduce(this.#join, EMPTY);
  }

  #star(body: Node): Part {
    const part = this.build(body);
    if (part.nullable) this.twoWays = true;
    this.#link(part.last, part.first);
    return { ...part, nullable: true };
  }

  #optional(body: Node, times: number): Part {
    const tail: (() => Part)[] = [() => this.build(body)];
    if (times > 1) tail.push(() => this.#optional(body, times - 1));
    const part = tail.reduce(this.#join, EMPTY);
    if (part.nullable) this.twoWays = true;
    return { ...part, nullable: true };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const position of from) {
      const follow = this.follow[position];
      for (const next of to) {
        if (follow?.has(next)) this.twoWays = true;
        follow?.add(next);
      }
    }
  }
}

const EMPTY: Part = { nullable: true, first: [], last: [] };

function ambiguityOf(node: Node): string | undefined {
  const automaton = new PositionAutomaton();
  try {
    const whole = automaton.build(node);
    const ways = [whole.first, ...automaton.follow.map((next) => [...next])];
    const ambiguous = automaton.twoWays || ways.some((next) => hasOverlap(next, automaton.sets));
    return ambiguous ? 'The pattern has a place where one character can be matched in two ways' : undefined;
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return 'The pattern is too large';
    throw error;
  }
}

function hasOverlap(positions: readonly number[], sets: readonly (readonly number[])[]): boolean {
  return positions.some((a, index) => positions.slice(index + 1).some((b) => overlaps(sets[a] ?? [], sets[b] ?? [])));
}
