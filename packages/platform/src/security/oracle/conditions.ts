// A small evaluator for conditions and filters of the oracle's worlds: or, and, not, comparisons, `in`, numbers, texts, null, who
// asks, and of related records `any`, `all` and `$count`. Two-valued: a comparison with null is false, but for `eq` and `ne`.

export type Value = string | number | null;

/** Who asks. */
export interface Asking {
  readonly me: string;
  readonly teams: readonly string[];
  readonly unit: string;
}

/** What a condition is asked of: values at the ends of paths, and the records of a collection at the end of one. */
export interface Subject {
  value(path: string): Value;
  members(path: string): readonly Subject[];
}

/** A record of which only values of its own are asked. */
export const plainSubject = (value: (path: string) => Value): Subject => ({
  value,
  members: (path) => {
    throw new Error(`no collection ${path} is asked here`);
  },
});

interface Scope {
  readonly it: Subject;
  readonly variables: ReadonlyMap<string, Subject>;
  readonly asking: Asking;
}

type Test = (scope: Scope) => boolean;
type Operand = (scope: Scope) => Value | readonly Value[];

const compiled = new Map<string, { readonly test: Test; readonly paths: readonly string[] }>();

/** Whether the condition holds for the subject. Throws on what is not in the grammar. */
export function holds(text: string, it: Subject, asking: Asking): boolean {
  return parsed(text).test({ it, variables: new Map(), asking });
}

/** The paths that a condition reads, through collections as well; a collection that is only asked for members by their id. */
export function pathsOf(text: string): readonly string[] {
  return parsed(text).paths;
}

function parsed(text: string): { readonly test: Test; readonly paths: readonly string[] } {
  let known = compiled.get(text);
  if (known === undefined) {
    const parser = new Parser(text.match(/'(?:[^']|'')*'|[\w/$]+|[(),:]/g) ?? []);
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
  /** Variables with the path of the collection that each ranges over, from the record that is asked about. */
  readonly #variables = new Map<string, string>();
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
    return (scope) => first(scope) || rest(scope);
  }

  #and(): Test {
    const first = this.#not();
    if (!this.#takes('and')) return first;
    const rest = this.#and();
    return (scope) => first(scope) && rest(scope);
  }

  #not(): Test {
    if (this.#takes('not')) {
      const inner = this.#not();
      return (scope) => !inner(scope);
    }
    if (!this.#takes('(')) return this.#comparison();
    const inner = this.#or();
    this.#expect(')');
    return inner;
  }

  #comparison(): Test {
    if (/\/(any|all)$/.test(this.#tokens[this.#at] ?? '')) return this.#lambda(this.#next());
    const left = this.#operand();
    const operator = this.#next();
    const right = operator === 'in' && this.#takes('(') ? this.#list() : this.#operand();
    return (scope) => compare(operator, left(scope) as Value, right(scope));
  }

  /** `orders/any()`, `account/orders/all(x:x/amount gt 2)`. */
  #lambda(token: string): Test {
    const [collection, op] = [token.slice(0, -4), token.slice(-3)];
    const members = this.#members(collection);
    this.#expect('(');
    if (this.#takes(')')) {
      this.paths.push(`${this.#fromTop(collection)}/id`);
      return (scope) => members(scope).length > 0;
    }
    const variable = this.#next();
    this.#expect(':');
    this.#variables.set(variable, this.#fromTop(collection));
    this.paths.push(`${this.#fromTop(collection)}/id`);
    const inner = this.#or();
    this.#variables.delete(variable);
    this.#expect(')');
    const holdsFor = (scope: Scope, member: Subject): boolean =>
      inner({ ...scope, variables: new Map([...scope.variables, [variable, member]]) });
    return (scope) => {
      const found = members(scope);
      return op === 'any'
        ? found.some((member) => holdsFor(scope, member))
        : found.every((member) => holdsFor(scope, member));
    };
  }

  /** The path as seen from the record that is asked about, whichever variable it begins with. */
  #fromTop(path: string): string {
    const [first = '', ...rest] = path.split('/');
    const over = this.#variables.get(first);
    return over === undefined ? path : [over, ...rest].join('/');
  }

  /** The subject that a path begins at, and the rest of it. */
  #begin(path: string): { readonly from: (scope: Scope) => Subject; readonly rest: string } {
    const [first = '', ...rest] = path.split('/');
    if (!this.#variables.has(first)) return { from: ({ it }) => it, rest: path };
    return { from: ({ variables, it }) => variables.get(first) ?? it, rest: rest.join('/') };
  }

  #members(path: string): (scope: Scope) => readonly Subject[] {
    const { from, rest } = this.#begin(path);
    return (scope) => from(scope).members(rest);
  }

  #list(): Operand {
    const items = [this.#operand()];
    while (this.#takes(',')) items.push(this.#operand());
    this.#expect(')');
    return (scope) => items.map((item) => item(scope) as Value);
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
    if (token.endsWith('/$count')) {
      const collection = token.slice(0, -'/$count'.length);
      const members = this.#members(collection);
      this.paths.push(`${this.#fromTop(collection)}/id`);
      return (scope) => members(scope).length;
    }
    const { from, rest } = this.#begin(token);
    this.paths.push(this.#fromTop(token));
    return (scope) => from(scope).value(rest);
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
  if (name === 'me') return ({ asking }) => asking.me;
  if (name === 'my_teams') return ({ asking }) => asking.teams;
  if (name === 'my_business_unit') return ({ asking }) => asking.unit;
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
