import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from './parse.ts';
import { shapeOfExpression } from './shape.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 300);

function shape(text: string): string {
  const result = shapeOfExpression(text);
  return result.ok ? result.shape : result.error.code;
}

describe('the shape of an expression', () => {
  it.each([
    ["stage in ('a', 'b''c') and amount gt 5", 'stage in (?s, ?s) and amount gt ?i'],
    ['amount gt 5.0 or amount gt 99999999999999999999', 'amount gt ?d or amount gt ?d'],
    ['a eq null or b eq true', 'a eq null or b eq true'],
    ['a lt 2026-11-22 and b gt 2026-11-22T10:00:00Z', 'a lt ?a and b gt ?t'],
    ['id eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'id eq ?g'],
    ["id eq '3f2504e0-4f89-11d3-9a0c-0305e82c3301'", 'id eq ?u'],
    ["a eq '?s'", 'a eq ?s'],
    ["a gt duration'PT1H' or b/any(c:c eq 'x')", 'a gt ?p or b/any(c:c eq ?s)'],
    ['a eq ?s', 'invalid_expression'],
    [`a eq '${'x'.repeat(20_000)}'`, 'limit_exceeded'],
  ])('%s', (text, expected) => {
    expect(shape(text)).toBe(expected);
  });

  const part = fc.oneof(
    fc.constantFrom(
      ...[
        '(',
        ')',
        ',',
        '-',
        ' ',
        ' ',
        'a',
        'not ',
        ' eq ',
        ' and ',
        ' in ',
        ' add ',
        'null',
        'true',
        'contains(',
        'a/any(',
        'a/all(a:',
        'me()',
        ':',
        '?',
      ],
    ),
    fc.constantFrom(
      "'a'",
      "'b'",
      "''",
      "'it''s'",
      '5',
      '-7',
      '1.5',
      '2.50',
      '2026-11-22',
      '2020-01-01',
      '1e3',
      '9223372036854775808',
      "duration'PT1H'",
    ),
  );
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));

  it('takes any text and answers a shape or an error', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (given) => {
        const result = shapeOfExpression(given);
        expect(result.ok ? result.shape.length : result.error.message.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: RUNS * 10 },
    );
  });

  it('has the literals that the parser numbers', () => {
    fc.assert(
      fc.property(text, (given) => {
        const [found, parsed] = [shapeOfExpression(given), parseExpression(given)];
        if (parsed.ok) expect(found.ok && found.literals).toEqual(parsed.literals);
      }),
      { numRuns: RUNS * 10 },
    );
  });

  const OTHERS: Readonly<Record<string, readonly string[]>> = {
    string: ["''", "'it''s'", "'zzz zz'"],
    integer: ['0', '-5', '9223372036854775807'],
    decimal: ['0.0', '-1.25', '1e3', '9223372036854775808'],
    date: ['0001-01-01', '2024-02-29'],
    duration: ["duration'PT0S'", "Duration'P1DT2H'"],
  };

  it('is equal for texts that differ only in literal values, and then the nodes are equal too', () => {
    fc.assert(
      fc.property(text, fc.nat(), (given, seed) => {
        const parsed = parseExpression(given);
        if (!parsed.ok) return;
        const other = replaceLiterals(given, seed);
        expect(shape(other)).toBe(shape(given));
        const again = parseExpression(other);
        expect(again.ok && structure(again.expression)).toEqual(structure(parsed.expression));
      }),
      { numRuns: RUNS * 10 },
    );
  });

  /** Another text with other literals of the same kinds in the same places. */
  function replaceLiterals(given: string, seed: number): string {
    const found = parseExpression(given);
    if (!found.ok) return given;
    const edits: { at: number; type: string }[] = [];
    JSON.stringify(found.expression, (_key, node) => {
      if (node?.kind === 'literal' && node.index !== null) edits.push({ at: node.at, type: node.type });
      return node;
    });
    let result = given;
    for (const { at, type } of edits.sort((a, b) => b.at - a.at)) {
      const length = /^(?:(?:duration)?'(?:[^']|'')*'|-?[\w.-]+)/i.exec(result.slice(at))?.[0].length ?? 0;
      // A minus directly before would become the sign of a number without one.
      const choices = (OTHERS[type] ?? []).filter((value) => given[at - 1] !== '-' || !/^\d/.test(value));
      result = result.slice(0, at) + choices[seed % choices.length] + result.slice(at + length);
    }
    return result;
  }

  function structure(node: unknown): unknown {
    return JSON.parse(
      JSON.stringify(node, (key, value) =>
        key === 'at' ? undefined : key === 'value' && typeof value === 'string' ? '' : value,
      ),
    );
  }
});
