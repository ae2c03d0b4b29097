// Text to nodes: OData 4.01 filter syntax by precedence climbing. It knows operators and the names of functions, but no
// properties and no types. Recursion is bounded by the depth limit; it never throws.
import { EDM_TYPES, FUNCTIONS, UNSERVED_FUNCTIONS } from './functions.ts';
import { INFIX_OPERATORS, type Infix } from './infix.ts';
import type { TokenKind } from './lexer.ts';
import { EXPRESSION_LIMITS, type ExpressionLimits, limitError } from './limits.ts';
import { ParseState } from './parse-state.ts';
import { type Branch, type Expression, type ExpressionError, type LambdaOperator, THIS } from './types.ts';

export interface ParseOptions {
  /** Index of the text's first literal; a request that parses several texts counts on over them. 0 when not given. */
  readonly firstLiteral?: number;
  readonly limits?: Partial<ExpressionLimits>;
}

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression; readonly literals: readonly string[] }
  | { readonly ok: false; readonly errors: readonly ExpressionError[] };

/**
 * Parses an expression. `literals` are the canonical values of its literals (not null, true and false) in order of
 * appearance. Error codes: invalid_expression, not_supported, limit_exceeded, invalid_text.
 */
export function parseExpression(text: string, options: ParseOptions = {}): ParsedExpression {
  const limits = { ...EXPRESSION_LIMITS, ...options.limits };
  if (text.length > limits.length) return { ok: false, errors: [limitError('length', 0, limits)] };
  const parser = new Parser(text, options.firstLiteral ?? 0, limits);
  const expression = parser.parse();
  if (expression === undefined) return { ok: false, errors: parser.error === undefined ? [] : [parser.error] };
  return { ok: true, expression, literals: parser.literals };
}

/** Every method answers undefined once `error` is set. */
class Parser extends ParseState {
  readonly literals: string[] = [];
  readonly #firstLiteral: number;
  #arithmetic = 0;
  #lambdas = 0;
  #lambdaDepth = 0;

  constructor(text: string, firstLiteral: number, limits: ExpressionLimits) {
    super(text, limits);
    this.#firstLiteral = firstLiteral;
  }

  parse(): Expression | undefined {
    if (this.lexer.next() === 'end') return this.fail('The expression is empty');
    const expression = this.#binary(1);
    if (expression === undefined) return undefined;
    const rest: TokenKind = this.lexer.kind;
    if (rest === 'end') return expression;
    if (rest === 'close') return this.fail('There is a closing parenthesis too many');
    return this.fail(`An operator is expected before ${this.shown()}`);
  }

  #binary(least: number): Expression | undefined {
    let left = this.#unary();
    while (left !== undefined && this.lexer.kind === 'name') {
      const word = this.lexer.text.slice(this.lexer.start, this.lexer.end);
      const infix = INFIX_OPERATORS.get(word.toLowerCase());
      if (infix === undefined)
        return this.fail(
          `${word} is not an operator`,
          'Operators are eq ne gt ge lt le in has and or not add sub mul div divby mod',
        );
      if (infix.precedence < least) break;
      left = this.#infix(left, infix);
    }
    return left;
  }

  #infix(left: Expression, infix: Infix): Expression | undefined {
    const at = this.lexer.start;
    if (infix.kind === 'arithmetic' && ++this.#arithmetic > this.limits.arithmetic_operators)
      return this.exceeds('arithmetic_operators');
    this.lexer.next();
    if (infix.kind === 'in') return this.#in(left, at);
    const right = this.#binary(infix.precedence + 1);
    if (right === undefined) return undefined;
    if (infix.kind === 'has') return this.node({ kind: 'has', collection: left, values: right, at });
    if (infix.kind === 'compare') return this.node({ kind: 'compare', op: infix.op, left, right, at });
    if (infix.kind === 'arithmetic') return this.node({ kind: 'arithmetic', op: infix.op, left, right, at });
    return this.node({ kind: 'logical', op: infix.op, left, right, at });
  }

  #in(operand: Expression, at: number): Expression | undefined {
    const lexer = this.lexer;
    if (lexer.kind === 'open' || lexer.kind === 'open_list') {
      const close = lexer.kind === 'open' ? 'close' : 'close_list';
      const list = this.nested(() => this.#items('list_items', close));
      if (list === undefined) return undefined;
      if (list.length === 0) return this.fail('The list is empty');
      return this.node({ kind: 'in', operand, list, at });
    }
    if (lexer.kind !== 'name') return this.fail('A list is expected after in', "Write in ('a','b')");
    const right = this.#named();
    if (right === undefined) return undefined;
    if (right.kind === 'call' && right.name === 'my_teams')
      return this.node({ kind: 'in', operand, list: [right], at });
    if (right.kind === 'path') return this.node({ kind: 'member', operand, collection: right.segments, at: right.at });
    return this.fail('A list is expected after in', "Write in ('a','b')");
  }

  #unary(): Expression | undefined {
    const lexer = this.lexer;
    const at = lexer.start;
    if (lexer.kind === 'minus') {
      if (++this.#arithmetic > this.limits.arithmetic_operators) return this.exceeds('arithmetic_operators');
      const operand = this.#operand();
      return operand && this.node({ kind: 'negate', operand, at });
    }
    if (lexer.kind === 'name' && this.#isNot()) {
      const operand = this.#operand();
      return operand && this.node({ kind: 'not', operand, at });
    }
    return this.#primary();
  }

  #isNot(): boolean {
    const { text, start, end } = this.lexer;
    return end - start === 3 && text.slice(start, end).toLowerCase() === 'not';
  }

  #operand(): Expression | undefined {
    this.lexer.next();
    return this.nested(() => this.#unary());
  }

  #primary(): Expression | undefined {
    const { kind } = this.lexer;
    if (kind === 'literal') return this.#literal();
    if (kind === 'name') return this.#named();
    if (kind !== 'open') return this.fail(`A value is expected before ${this.shown()}`);
    return this.nested(() => {
      this.lexer.next();
      return this.#closed();
    });
  }

  #literal(): Expression | undefined {
    const { type, value, negative, start: at } = this.lexer;
    let index: number | null = null;
    if (typeof value === 'string') {
      index = this.#firstLiteral + this.literals.length;
      this.literals.push(value);
    }
    this.lexer.next();
    const literal = this.node({ kind: 'literal', type, value, index, at });
    if (!negative || literal === undefined) return literal;
    if (++this.#arithmetic > this.limits.arithmetic_operators) return this.exceeds('arithmetic_operators');
    return this.node({ kind: 'negate', operand: literal, at });
  }

  #named(): Expression | undefined {
    const { text, start: at, end } = this.lexer;
    const name = text.slice(at, end);
    const segments = name.split('/');
    const last = segments.at(-1) ?? '';
    const isCount = /^\$count$/i.test(last) && segments.length > 1;
    const unserved = segments.find((segment, place) => !this.#isServed(segment, place, isCount ? segments.length : -1));
    if (unserved !== undefined)
      return this.notSupported(unserved.startsWith('@') ? 'A parameter alias' : `${unserved} in an expression`);
    this.lexer.next();
    if (isCount) return this.#count(segments.slice(0, -1), at);
    if (this.lexer.kind === 'open') return this.#call(name, at);
    if (name.includes('.')) return this.notSupported(`The qualified name ${name}`, at);
    return this.node({ kind: 'path', segments, at });
  }

  /** Names that begin with $ or @ have meanings of their own; `length` is that of a path to a $count. */
  #isServed(segment: string, place: number, length: number): boolean {
    if (!/[$@]/.test(segment)) return true;
    return (place === 0 && (segment === '$it' || segment === THIS)) || place === length - 1;
  }

  #call(spelled: string, at: number): Expression | undefined {
    const name = spelled.toLowerCase();
    const unserved = UNSERVED_FUNCTIONS.get(name);
    if (unserved !== undefined) return this.notSupported(unserved, at);
    const lambda = /\/(any|all)$/.exec(name)?.[1] as LambdaOperator | undefined;
    if (lambda !== undefined) return this.#members(() => this.#lambda(spelled.split('/').slice(0, -1), lambda, at));
    if (name === 'case') return this.nested(() => this.#case(at));
    if (name === 'cast') return this.nested(() => this.#cast(at));
    if (!FUNCTIONS.has(name)) {
      const hint =
        name === 'substringof' ? 'Write contains(property,text)' : `Functions are ${[...FUNCTIONS.keys()].join(', ')}`;
      return this.failAt(at, `There is no function ${spelled}`, hint);
    }
    const args = this.nested(() => this.#items('nodes', 'close'));
    return args && this.node({ kind: 'call', name, args, at });
  }

  /** Runs `parse` for what asks for the members of a collection. */
  #members(parse: () => Expression | undefined): Expression | undefined {
    if (++this.#lambdas > this.limits.lambdas) return this.exceeds('lambdas');
    if (this.#lambdaDepth >= this.limits.lambda_depth) return this.exceeds('lambda_depth');
    this.#lambdaDepth += 1;
    const result = this.nested(parse);
    this.#lambdaDepth -= 1;
    return result;
  }

  /** What stands between the parentheses of `any` and `all`: `k:k eq 'a'`, or nothing. */
  #lambda(path: readonly string[], op: LambdaOperator, at: number): Expression | undefined {
    const lexer = this.lexer;
    const hint = `Write ${path.join('/')}/${op}(x:x eq 'value')`;
    if (lexer.next() === 'close' && op === 'any') {
      lexer.next();
      return this.node({ kind: 'lambda', op, path, variable: null, predicate: null, at });
    }
    const variable = lexer.kind === 'name' ? lexer.text.slice(lexer.start, lexer.end) : '';
    if (!/^[A-Za-z_]\w*$/.test(variable))
      return this.fail(`A name for the member is expected before ${this.shown()}`, hint);
    if (lexer.next() !== 'colon') return this.fail(`A colon is expected before ${this.shown()}`, hint);
    lexer.next();
    const predicate = this.#closed();
    return predicate && this.node({ kind: 'lambda', op, path, variable, predicate, at });
  }

  /** `contacts/$count`, or `contacts/$count($filter=...)`; the parenthesis is the current token, if there is one. */
  #count(path: readonly string[], at: number): Expression | undefined {
    const lexer = this.lexer;
    return this.#members(() => {
      if (lexer.kind !== 'open') return this.node({ kind: 'count', path, predicate: null, at });
      const first: TokenKind = lexer.next();
      const option = first === 'name' ? lexer.text.slice(lexer.start, lexer.end).toLowerCase() : '';
      if (option === '$search') return this.notSupported('$search within $count');
      if (option !== '$filter=') return this.fail('$count takes a filter', "Write $count($filter=name eq 'x')");
      lexer.next();
      const predicate = this.#closed();
      return predicate && this.node({ kind: 'count', path, predicate, at });
    });
  }

  /** `case(a gt 1:'many',true:'few')`. */
  #case(at: number): Expression | undefined {
    const branches: Branch<Expression>[] = [];
    const lexer = this.lexer;
    let end: TokenKind;
    do {
      lexer.next();
      const when = this.#binary(1);
      if (when === undefined) return undefined;
      if (lexer.kind !== 'colon')
        return this.fail(`A colon is expected before ${this.shown()}`, "Write case(amount gt 5:'large',true:'small')");
      lexer.next();
      const value = this.#binary(1);
      if (value === undefined) return undefined;
      branches.push({ when, value });
      end = this.lexer.kind as TokenKind;
    } while (end === 'comma');
    if (end !== 'close') return this.fail(`A closing parenthesis is expected before ${this.shown()}`);
    lexer.next();
    return this.node({ kind: 'case', branches, at });
  }

  /** `cast('2026-01-31',Edm.Date)`. */
  #cast(at: number): Expression | undefined {
    const lexer = this.lexer;
    lexer.next();
    const operand = this.#binary(1);
    if (operand === undefined) return undefined;
    if (lexer.kind !== 'comma') return this.fail('cast takes a value and a type', "Write cast('5',Edm.Int64)");
    const isName: boolean = lexer.next() === ('name' satisfies TokenKind);
    const name = isName ? lexer.text.slice(lexer.start, lexer.end) : '';
    const type = EDM_TYPES.get(name);
    if (type === undefined) return isName ? this.notSupported(`cast to ${name}`) : this.fail('A type is expected here');
    if (lexer.next() !== 'close') return this.fail(`A closing parenthesis is expected before ${this.shown()}`);
    lexer.next();
    return this.node({ kind: 'cast', operand, type, at });
  }

  /** An expression with the closing parenthesis after it. */
  #closed(): Expression | undefined {
    const expression = this.#binary(1);
    if (expression === undefined) return undefined;
    if (this.lexer.kind !== 'close') return this.fail(`A closing parenthesis is expected before ${this.shown()}`);
    this.lexer.next();
    return expression;
  }

  /** Expressions between parentheses or brackets, separated by commas. */
  #items(limit: 'list_items' | 'nodes', close: 'close' | 'close_list'): Expression[] | undefined {
    const items: Expression[] = [];
    const lexer = this.lexer;
    lexer.next();
    while (lexer.kind !== close || items.length > 0) {
      if (items.length >= this.limits[limit]) return this.exceeds(limit);
      const item = this.#binary(1);
      if (item === undefined) return undefined;
      items.push(item);
      if (lexer.kind === close) break;
      if (lexer.kind !== 'comma')
        return this.fail(`A comma or a closing parenthesis is expected before ${this.shown()}`);
      lexer.next();
    }
    lexer.next();
    return items;
  }
}
