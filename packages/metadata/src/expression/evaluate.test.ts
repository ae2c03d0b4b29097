import { describe, expect, it } from 'vitest';
import { checkExpression } from './check.ts';
import { evaluateExpression, matchesExpression, type ReadValue } from './evaluate.ts';
import { parseExpression } from './parse.ts';
import type { EvaluationContext, ExpressionType, TypedExpression } from './types.ts';

const TYPES: Readonly<Record<string, ExpressionType>> = {
  name: 'string',
  age: 'integer',
  amount: 'decimal',
  active: 'boolean',
  day: 'date',
  moment: 'datetime',
  owner_id: 'guid',
  nothing: 'string',
  no_number: 'decimal',
  unknown: 'boolean',
};
const OPERATORS = { has: () => true } as unknown as ReadonlySet<string>;

function typed(text: string): TypedExpression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.errors)}`);
  const checked = checkExpression(parsed.expression, {
    resolve: (segments) => {
      const property = segments.at(-1) ?? '';
      const type = TYPES[property];
      return type && { navigations: segments.slice(0, -1), property, type, nullable: true, operators: OPERATORS };
    },
  });
  if (!checked.ok) throw new Error(`${text}: ${JSON.stringify(checked.errors)}`);
  return checked.expression;
}

const VALUES: Readonly<Record<string, string | boolean | number>> = {
  name: 'Ромашка 😀',
  age: 7,
  amount: '123456789012345.6789',
  active: true,
  day: '2026-11-22',
  moment: '2026-11-22 12:00:00.5+02',
  owner_id: '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
};
const read: ReadValue = (navigations, property) => (navigations.length > 0 ? null : (VALUES[property] ?? null));
const context: EvaluationContext = {
  me: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  myTeams: ['00000000-0000-7000-8000-000000000001', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
  myBusinessUnit: '00000000-0000-7000-8000-000000000002',
  now: '2026-11-22T10:00:00.500000Z',
  today: '2026-11-22',
  timeZone: 'Europe/Moscow',
};

describe('values', () => {
  it.each([
    ['nothing eq null', true],
    ['nothing ne null', false],
    ['null eq null', true],
    ["nothing eq 'x'", false],
    ["nothing ne 'x'", true],
    ["nothing lt 'x'", false],
    ["not (nothing lt 'x')", true],
    ['nothing le nothing', false],
    ["nothing in ('x',null)", true],
    ["nothing in ('x')", false],
    ["not (nothing in ('x'))", true],
    ['unknown and false', false],
    ['unknown and true', null],
    ['unknown or true', true],
    ['unknown or false', null],
    ['not unknown', null],
    ["contains(nothing,'x')", null],
    ["contains(nothing,'x') eq true", false],
    ['no_number add 1', null],
    ['- no_number', null],
    ['concat(name,nothing)', null],
    ['age div 2', '3'],
    ['-7 div 2', '-3'],
    ['-7 mod 2', '-1'],
    ['7 mod -2', '1'],
    ['7.5 mod 2', '1.5'],
    ['age divby 2', '3.50000000000000000000'],
    ['2 divby 3', '0.66666666666666666667'],
    ['-2 divby 3', '-0.66666666666666666667'],
    ['1.0 div 4', '0.25000000000000000000'],
    ['age div 0', null],
    ['age mod 0', null],
    ['amount divby 0.00', null],
    ['amount mul 10', '1234567890123456.7890'],
    ['amount add 0.0001', '123456789012345.6790'],
    ['9223372036854775807 add 1', '9223372036854775808'],
    ['0.1 add 0.2 eq 0.30', true],
    ['1.0 eq 1', true],
    ['age lt 7.0000001', true],
    ['length(name)', '9'],
    ["indexof(name,'😀')", '8'],
    ["indexof(name,'z')", '-1'],
    ["indexof('','')", '0'],
    ['substring(name,8)', '😀'],
    ['substring(name,-3,2)', 'а '],
    ['substring(name,-1)', '😀'],
    ['substring(name,-99,2)', 'Ро'],
    ['substring(name,-9223372036854775808,1)', 'Р'],
    ['substring(name,99)', ''],
    ['substring(name,1,-1)', ''],
    ['substring(name,0,9223372036854775807)', 'Ромашка 😀'],
    ['toupper(name)', 'РОМАШКА 😀'],
    ["toupper('straße')", 'STRASSE'],
    ["tolower('ΑΣ')", 'ας'],
    ["trim('\u00a0 a b\u3000\t')", 'a b'],
    ["endswith(name,'')", true],
    ["'\uffff' lt '😀'", true],
    ["'a' lt 'B'", false],
    ['moment eq 2026-11-22T10:00:00.5Z', true],
    ['moment eq now()', true],
    ['day eq today()', true],
    ['owner_id eq me()', true],
    ['owner_id in my_teams()', true],
    ['owner_id eq my_business_unit()', false],
    ['company/name eq null', true],
    ['active eq (age gt 5)', true],
    ['year(day) add month(day) add day(day)', '2059'],
    ['hour(moment)', '13'],
    ['minute(moment) add second(moment)', '0'],
    ['fractionalseconds(moment)', '0.500000'],
    ['date(moment)', '2026-11-22'],
    ['time(moment)', '13:00:00.500000'],
    ['time(moment) gt 12:59', true],
    ['totaloffsetminutes(moment)', '180'],
    ['year(mindatetime())', '1'],
    ['year(maxdatetime())', null],
    ["totalseconds(duration'PT1M0.5S')", '60.500000'],
    ['round(-2.5) add floor(-2.5) add ceiling(-2.5)', '-8'],
    ['floor(age) eq ceiling(age)', true],
    ["day add duration'PT23H'", '2026-11-22'],
    ["day sub duration'PT1S'", '2026-11-21'],
    ["day add duration'P9999999D'", null],
    ['day add null', null],
    ["moment add duration'-P1DT0.5S'", '2026-11-21T10:00:00.000000Z'],
    ['day sub 2026-11-20', 'P2D'],
    ["duration'PT1H' mul -1.5", '-PT1H30M'],
    ["duration'PT1S' div 3", 'PT0.333333S'],
    ["duration'PT1S' divby 0", null],
    ["case(age gt 9:'many',age gt 5:'some',true:'few')", 'some'],
    ['case(age gt 9:1,unknown:2.5)', null],
  ])('%s is %j', (text, expected) => {
    expect(evaluateExpression(typed(text), read, context)).toBe(expected);
  });

  it('take numbers as JavaScript writes them', () => {
    expect(evaluateExpression(typed('amount mul 1'), () => 1e21, context)).toBe('1000000000000000000000');
    expect(evaluateExpression(typed('amount mul 1'), () => 1.5e-7, context)).toBe('0.00000015');
  });

  it('are refused when they are not of the type of the path', () => {
    expect(() => evaluateExpression(typed('age eq 1'), () => 'x', context)).toThrow(TypeError);
    expect(() => evaluateExpression(typed('active'), () => 'true', context)).toThrow(TypeError);
  });

  it('match only when true', () => {
    expect(
      ['active', 'unknown', 'not unknown', 'not active'].map((text) => matchesExpression(typed(text), read, context)),
    ).toEqual([true, false, false, false]);
  });
});
