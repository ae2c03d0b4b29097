import { describe, expect, it } from 'vitest';
import { Lexer } from './lexer.ts';

function tokens(text: string): string[] {
  const lexer = new Lexer(text);
  const found: string[] = [];
  for (let kind = lexer.next(); kind !== 'end' && kind !== 'error'; kind = lexer.next()) {
    found.push(
      kind === 'literal' ? `${lexer.type}:${lexer.value}` : kind === 'name' ? text.slice(lexer.start, lexer.end) : kind,
    );
  }
  if (lexer.error !== undefined) found.push(`${lexer.error.code}@${lexer.error.at}`);
  return found;
}

describe('literals', () => {
  it.each([
    ["'it''s'", "string:it's"],
    ["''", 'string:'],
    ["'Ромашка 😀'", 'string:Ромашка 😀'],
    ['0', 'integer:0'],
    ['007', 'integer:7'],
    ['-0', 'integer:0'],
    ['-5', 'integer:-5'],
    ['9223372036854775807', 'integer:9223372036854775807'],
    ['9223372036854775808', 'decimal:9223372036854775808'],
    ['-9223372036854775808', 'integer:-9223372036854775808'],
    ['123.450', 'decimal:123.450'],
    ['-0.0', 'decimal:0.0'],
    ['1e5', 'decimal:100000.0'],
    ['1.5E-3', 'decimal:0.0015'],
    ['12.5e+1', 'decimal:125.0'],
    ['2026-11-22', 'date:2026-11-22'],
    ['2024-02-29', 'date:2024-02-29'],
    ['2026-11-22T10:00Z', 'datetime:2026-11-22T10:00:00.000000Z'],
    ['2026-11-22t10:00:00.123456000z', 'datetime:2026-11-22T10:00:00.123456Z'],
    ['2026-01-01T01:30:00.5+02:00', 'datetime:2025-12-31T23:30:00.500000Z'],
    ['2024-02-28T23:00:00-05:30', 'datetime:2024-02-29T04:30:00.000000Z'],
    ['3F2504E0-4F89-11D3-9A0C-0305E82C3301', 'guid:3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['abcdef12-4f89-11d3-9a0c-0305e82c3301', 'guid:abcdef12-4f89-11d3-9a0c-0305e82c3301'],
    ['12345678-4f89-11d3-9a0c-0305e82c3301', 'guid:12345678-4f89-11d3-9a0c-0305e82c3301'],
    ["duration'PT90M'", 'duration:PT1H30M'],
    ["Duration'P1DT24H0.500S'", 'duration:P2DT0.5S'],
    ["duration'-PT1H'", 'duration:PT1H'],
    ['09:30', 'time:09:30:00.000000'],
    ['23:59:59.5', 'time:23:59:59.500000'],
    ['+5', 'integer:5'],
    ['+0.50', 'decimal:0.50'],
    ['True', 'boolean:true'],
    ['false', 'boolean:false'],
    ['NULL', 'null:null'],
  ])('%s is %s', (text, token) => {
    expect(tokens(text)).toEqual([token]);
  });

  it.each([
    ["'open", 'invalid_expression'],
    ["'it''", 'invalid_expression'],
    ["'a\0b'", 'invalid_text'],
    ["'\ud800'", 'invalid_text'],
    ['2026-13-01', 'invalid_expression'],
    ['2026-02-29', 'invalid_expression'],
    ['0000-01-01', 'invalid_expression'],
    ['2026-1-1', 'invalid_expression'],
    ['2026-11-22T25:00:00Z', 'invalid_expression'],
    ['2026-11-22T10:00:60Z', 'invalid_expression'],
    ['2026-11-22T10:00:00', 'invalid_expression'],
    ['2026-11-22T10:00:00.1234567Z', 'invalid_expression'],
    ['0001-01-01T00:00:00+02:00', 'invalid_expression'],
    ['9999-12-31T23:00:00-02:00', 'invalid_expression'],
    ['5abc', 'invalid_expression'],
    ['5.', 'invalid_expression'],
    ['1.2.3', 'invalid_expression'],
    ['1e', 'invalid_expression'],
    ['1e999', 'limit_exceeded'],
    ['9'.repeat(101), 'limit_exceeded'],
    ['25:30', 'invalid_expression'],
    ['12:30:61', 'invalid_expression'],
    ['12:30x', 'invalid_expression'],
    ["duration'P1Y'", 'invalid_expression'],
    ["duration''", 'invalid_expression'],
    ["duration'PT1H", 'invalid_expression'],
    ["duration'--PT1H'", 'invalid_expression'],
    ["geography'POINT(0 0)'", 'not_supported'],
    ["Sales.Color'Red'", 'not_supported'],
    ["guid'3f2504e0-4f89-11d3-9a0c-0305e82c3301'", 'invalid_expression'],
    ['a = 1', 'invalid_expression'],
    ['имя', 'invalid_expression'],
    ['a//b', 'invalid_expression'],
    ['a/', 'invalid_expression'],
  ])('%s is refused with %s', (text, code) => {
    expect(tokens(text).at(-1)?.split('@')[0]).toBe(code);
  });
});

describe('tokens', () => {
  it('are names with their path, punctuation and minus', () => {
    expect(tokens('company/name eq -(a,-b)')).toEqual([
      'company/name',
      'eq',
      'minus',
      'open',
      'a',
      'comma',
      'minus',
      'b',
      'close',
    ]);
  });

  it('take a minus before a digit as the sign of a number', () => {
    expect(tokens('a sub -5')).toEqual(['a', 'sub', 'integer:-5']);
    expect(tokens('- 5')).toEqual(['minus', 'integer:5']);
  });

  it('stay at the error', () => {
    const lexer = new Lexer('#');
    expect([lexer.next(), lexer.next(), lexer.next()]).toEqual(['error', 'error', 'error']);
  });

  it('are found in linear time in long texts of one kind', () => {
    const begin = performance.now();
    for (const part of ["'", "''", '1', 'a', '-', '(', ' ', 'a/', 'abcdef12-', '2026-', '1e', "a'"])
      tokens(part.repeat(200_000 / part.length));
    expect(performance.now() - begin).toBeLessThan(3_000);
  });
});
