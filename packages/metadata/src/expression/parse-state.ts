// Where a parser of expressions stands: the token that is looked at, how deep and how large what it has read is, and the first thing
// that is wrong. It knows no grammar.
import { Lexer } from './lexer.ts';
import { type ExpressionLimits, limitError } from './limits.ts';
import type { Expression, ExpressionError } from './types.ts';

/** Every method that can go wrong answers undefined once `error` is set. */
export class ParseState {
  error: ExpressionError | undefined;
  readonly lexer: Lexer;
  readonly limits: ExpressionLimits;
  #depth = 0;
  #nodes = 0;

  constructor(text: string, limits: ExpressionLimits) {
    this.lexer = new Lexer(text);
    this.limits = limits;
  }

  /** Tells what is wrong at the token, or what the tokenizer has found wrong. */
  fail(message: string, hint?: string): undefined {
    const { error, start } = this.lexer;
    this.error ??= error ?? { code: 'invalid_expression', at: start, message, hint, values: { reason: message } };
  }

  /** Tells what is wrong before the token. */
  failAt(at: number, message: string, hint?: string): undefined {
    this.error ??= { code: 'invalid_expression', at, message, hint, values: { reason: message } };
  }

  /** Tells of a form of OData that is not served. */
  notSupported(what: string, at = this.lexer.start): undefined {
    this.error ??= { code: 'not_supported', at, message: `${what} is not supported yet`, values: { what } };
  }

  exceeds(limit: keyof ExpressionLimits): undefined {
    this.error ??= limitError(limit, this.lexer.start, this.limits);
  }

  /** Counts the node just made; undefined when there are too many. */
  node(node: Expression): Expression | undefined {
    this.#nodes += 1;
    return this.#nodes > this.limits.nodes ? this.exceeds('nodes') : node;
  }

  /** The text from the token on, for messages. */
  shown(): string {
    const { kind, text, start, end } = this.lexer;
    return kind === 'end' ? 'the end' : text.slice(start, Math.min(end, start + 40));
  }

  /** Runs `parse` one level deeper; undefined when that is too deep. */
  nested<T>(parse: () => T | undefined): T | undefined {
    if (this.#depth >= this.limits.depth) return this.exceeds('depth');
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}
