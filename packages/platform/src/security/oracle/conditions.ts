// A small evaluator for conditions and filters of the oracle's worlds: or, and, not, comparisons, `in`, numbers, texts, null and
// who asks. Two-valued: a comparison with null is false, but for `eq` and `ne`.

export type Value = string | number | null;

/** Who asks. */
export interface Asking {
  readonly me: string;
  readonly teams: readonly string[];
  readonly unit: string;
}

type Read = (path: string) => Value;
type Test = (read: Read, asking: Asking) => boolean;
type Operand = (read: Read, asking: Asking) => Value | readonly Value[];

const compiled = new Map<string, { readonly test: Test; readonly paths: readonly string[] }>();

/** Whether the condition holds for what `read` gives of the record. Throws on what is not in the grammar. */
export function holds(text: string, read: Read, asking: Asking): boolean {
  return parsed(text).test(read, asking);
}

/** The paths that a condition reads. */
export function pathsOf(text: string): readonly string[] {
  return parsed(text).paths;
}

function parsed(text: string): { readonly test: Test; readonly paths: readonly string[] } {
  let known = compiled.get(text);
  if (known === undefined) {
    const parser = new Parser(text.match(/'(?:[^']|'')*'|[\w/]+|[(),]/g) ?? []);
    known = { test: parser.whole(), paths: parser.paths };
    compiled.set(text, known);
  }
  return known;
}

const ORDERED: Readonly<Record<string, (a: string | number, b: string | number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

class Parser {
  readonly paths: string[] = [];
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Test {
    const test = this.#or();
    if (this.#at !== this.#tokens.length) throw new Error(`not in the grammar: ${this.#tokens.slice(this.#at)}`);
    return test;
  }

  #or(): Test {
    const first = this.#and();
    if (!this.#takes('or')) return first;
    const rest = this.#or();
    return (read, asking) => first(read, asking) || rest(read, asking);
  }

  #and(): Test {
    const first = this.#not();
    if (!this.#takes('and')) return first;
    const rest = this.#and();
    return (read, asking) => first(read, asking) && rest(read, asking);
  }

  #not(): Test {
    if (this.#takes('not')) {
      const inner = this.#not();
      return (read, asking) => !inner(read, asking);
    }
    if (!this.#takes('(')) return this.#comparison();
    const inner = this.#or();
    this.#expect(')');
    return inner;
  }

  #comparison(): Test {
    const left = this.#operand();
    const operator = this.#next();
    const right = operator === 'in' && this.#takes('(') ? this.#list() : this.#operand();
    return (read, asking) => compare(operator, left(read, asking) as Value, right(read, asking));
  }

  #list(): Operand {
    const items = [this.#operand()];
    while (this.#takes(',')) items.push(this.#operand());
    this.#expect(')');
    return (read, asking) => items.map((item) => item(read, asking) as Value);
  }

  #operand(): Operand {
    const token = this.#next();
    if (token.startsWith("'")) return () => token.slice(1, -1).replaceAll("''", "'");
    if (/^\d+$/.test(token)) return () => Number(token);
    if (token === 'null') return () => null;
    if (this.#takes('(')) {
      this.#expect(')');
      return contextOf(token);
    }
    this.paths.push(token);
    return (read) => read(token);
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('the condition ends too early');
    this.#at += 1;
    return token;
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw new Error(`${token} is expected`);
  }
}

function contextOf(name: string): Operand {
  if (name === 'me') return (_, asking) => asking.me;
  if (name === 'my_teams') return (_, asking) => asking.teams;
  if (name === 'my_business_unit') return (_, asking) => asking.unit;
  throw new Error(`there is no function ${name}`);
}

function compare(operator: string, left: Value, right: Value | readonly Value[]): boolean {
  if (operator === 'in') return left !== null && (right as readonly Value[]).includes(left);
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  const test = ORDERED[operator];
  if (test === undefined) throw new Error(`there is no operator ${operator}`);
  return left !== null && right !== null && test(left, right as string | number);
}
