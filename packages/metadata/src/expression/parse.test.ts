import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from './parse.ts';
import { printExpression } from './print.ts';
import type { Expression } from './types.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 300);

function parsed(text: string): Expression {
  const result = parseExpression(text);
  if (!result.ok) throw new Error(`${text}: ${JSON.stringify(result.errors)}`);
  return result.expression;
}

/** Every operator in parentheses of its own. */
function grouped(node: Expression): string {
  switch (node.kind) {
    case 'compare':
    case 'arithmetic':
    case 'logical':
      return `(${grouped(node.left)} ${node.op} ${grouped(node.right)})`;
    case 'not':
      return `(not ${grouped(node.operand)})`;
    case 'negate':
      return `(- ${grouped(node.operand)})`;
    case 'in':
      return `(${grouped(node.operand)} in [${node.list.map(grouped).join(' ')}])`;
    case 'lambda': {
      const predicate = node.predicate === null ? '' : `${node.variable} ${grouped(node.predicate)}`;
      return `${node.path.join('/')}/${node.op}[${predicate}]`;
    }
    case 'has':
      return `(${grouped(node.collection)} has ${grouped(node.values)})`;
    case 'member':
      return `(${grouped(node.operand)} in ${node.collection.join('/')})`;
    case 'count':
      return `${node.path.join('/')}/$count${node.predicate === null ? '' : `[${grouped(node.predicate)}]`}`;
    case 'case':
      return `case[${node.branches.map(({ when, value }) => `${grouped(when)} ${grouped(value)}`).join(' ')}]`;
    case 'call':
      return `${node.name}[${node.args.map(grouped).join(' ')}]`;
    default:
      return printExpression(node);
  }
}

function error(text: string, limits = {}): string {
  const result = parseExpression(text, { limits });
  if (result.ok) throw new Error(`${text} was accepted`);
  expect(result.errors).toHaveLength(1);
  const [first] = result.errors;
  return `${first?.code}@${first?.at}`;
}

describe('precedence', () => {
  it.each([
    ['a or b and c', '(a or (b and c))'],
    ['a and b or c', '((a and b) or c)'],
    ['(a or b) and c', '((a or b) and c)'],
    ['a eq 1 and b ne 2', '((a eq 1) and (b ne 2))'],
    ['a eq b gt c', '(a eq (b gt c))'],
    ['a lt b add c mul d', '(a lt (b add (c mul d)))'],
    ['a sub b sub c', '((a sub b) sub c)'],
    ['a div b mod c divby d', '(((a div b) mod c) divby d)'],
    ['not a eq b', '((not a) eq b)'],
    ['not (a eq b)', '(not (a eq b))'],
    ['not not a', '(not (not a))'],
    ['- a add b', '((- a) add b)'],
    ['-(a add b)', '(- (a add b))'],
    ["a in ('x','y') and b", "((a in ['x' 'y']) and b)"],
    ['a add 1 in (1, 2)', '((a add 1) in [1 2])'],
    ['owner_id in my_teams()', '(owner_id in [my_teams[]])'],
    ["Contains( name , 'x' ) EQ TRUE", "(contains[name 'x'] eq true)"],
    ['substring(a,1,2)', 'substring[a 1 2]'],
    ["not kinds/ANY(k:k eq 'x' or k ne 'y') and b", "((not kinds/any[k ((k eq 'x') or (k ne 'y'))]) and b)"],
    ['company/kinds/any() eq true', '(company/kinds/any[] eq true)'],
    ['company/name', 'company/name'],
    ["a add 1 has 'x' and b", "(((a add 1) has 'x') and b)"],
    ['contacts/$COUNT gt 1 add 2', '(contacts/$count gt (1 add 2))'],
    ['c/$count( $filter=a eq 1 or $this/b )le 2', '(c/$count[((a eq 1) or $this/b)] le 2)'],
    ["Case(a eq 1 :b, true : 'x') eq 10:20", "(case[(a eq 1) b true 'x'] eq 10:20:00.000000)"],
    ['a IN ["x", "\\u0041"] and \'x\' in c/kinds', "((a in ['x' 'A']) and ('x' in c/kinds))"],
    ["a gt duration'-PT1H' or a eq +5", "((a gt (- duration'PT1H')) or (a eq 5))"],
    ['$it/a eq b', '($it/a eq b)'],
    ['and and or', '(and and or)'],
  ])('%s is %s', (text, expected) => {
    expect(grouped(parsed(text))).toBe(expected);
  });
});

describe('errors', () => {
  it.each([
    ['', 'invalid_expression@0'],
    ['   ', 'invalid_expression@3'],
    ['a eq', 'invalid_expression@4'],
    ['a b', 'invalid_expression@2'],
    ['a eq 1 2', 'invalid_expression@7'],
    ['(a', 'invalid_expression@2'],
    ['a)', 'invalid_expression@1'],
    ['a in ()', 'invalid_expression@7'],
    ['a in 5', 'invalid_expression@5'],
    ['a in me()', 'invalid_expression@9'],
    ['contains(a', 'invalid_expression@10'],
    ['contains(a,)', 'invalid_expression@11'],
    ['a like b', 'invalid_expression@2'],
    ['5-3', 'invalid_expression@1'],
    ['nosuch(a)', 'invalid_expression@0'],
    ["substringof('x',a)", 'invalid_expression@0'],
    ["a eq 'x", 'invalid_expression@5'],
    ["a has Ns.Color'Red'", 'not_supported@6'],
    ['contacts/$count($search=x) gt 1', 'not_supported@16'],
    ['contacts/$count(name) gt 1', 'invalid_expression@16'],
    ['contacts/$count($filter=a eq 1', 'invalid_expression@30'],
    ['$count gt 1', 'not_supported@0'],
    ['a/$it eq 1', 'not_supported@0'],
    ["$root/deals(1)/name eq 'x'", 'not_supported@0'],
    ["case(a eq 1,'x')", 'invalid_expression@11'],
    ['case()', 'invalid_expression@5'],
    ['case(a eq 12:13)', 'invalid_expression@15'],
    ['a eq "x"', 'invalid_expression@5'],
    ['a in ["x]', 'invalid_expression@6'],
    ['a in ["x\\q"]', 'invalid_expression@6'],
    ["a in ['x')", 'invalid_expression@9'],
    ['a eq 24:00', 'invalid_expression@5'],
    ['a eq 12:00:00.1234567', 'invalid_expression@5'],
    ["a eq duration'-1D'", 'invalid_expression@5'],
    ['kinds/all()', 'invalid_expression@10'],
    ["kinds/any('a')", 'invalid_expression@10'],
    ["kinds/any(k eq 'a')", 'invalid_expression@12'],
    ['kinds/any(k:)', 'invalid_expression@12'],
    ["kinds/any(a/k:k eq 'a')", 'invalid_expression@10'],
    ["kinds/any(k:k eq 'a'", 'invalid_expression@20'],
    ["kinds/any(k:k eq 'a',k)", 'invalid_expression@20'],
    ["kinds/some(k:k eq 'a')", 'invalid_expression@0'],
    ['a eq @p1', 'not_supported@5'],
    ["geo.distance(a,geography'POINT(0 0)') lt 1", 'not_supported@0'],
    ['cast(a,kartoteka.deal)', 'not_supported@7'],
    ['cast(a)', 'invalid_expression@6'],
    ['cast(a,5)', 'invalid_expression@7'],
    ["matchesPattern(a,'x')", 'not_supported@0'],
    ['Sales.Customer/name eq 1', 'not_supported@0'],
  ])('%j is refused with %s', (text, expected) => {
    expect(error(text)).toBe(expected);
  });
});

describe('limits', () => {
  it.each([
    ['length', `a eq '${'x'.repeat(16_400)}'`],
    ['depth', `${'('.repeat(101)}a${')'.repeat(101)}`],
    ['depth', `${'not '.repeat(101)}a`],
    ['lambda_depth', `${'a/any(a:'.repeat(6)}a${')'.repeat(6)}`],
    ['lambda_depth', `${'a/$count($filter='.repeat(6)}a${')'.repeat(6)}`],
    ['lambdas', `a/any()${' or a/$count gt 1'.repeat(20)}`],
    ['nodes', `contains(${Array(1_000).fill('a').join()})`],
    ['depth', `${'case(a:'.repeat(101)}a${')'.repeat(101)}`],
    ['arithmetic_operators', `a${" add duration'-P1D'".repeat(51)}`],
    ['depth', `${'tolower('.repeat(101)}a${')'.repeat(101)}`],
    ['nodes', `a${' or a'.repeat(501)}`],
    ['list_items', `a in (${Array(501).fill('1').join()})`],
    ['arithmetic_operators', `a${' add 1'.repeat(101)}`],
  ])('%s', (limit, text) => {
    const result = parseExpression(text);
    expect(result.ok ? [] : result.errors).toMatchObject([{ code: 'limit_exceeded', values: { limit } }]);
  });

  it('admit what is just within them', () => {
    expect(parseExpression(`${'('.repeat(100)}a${')'.repeat(100)}`).ok).toBe(true);
    expect(parseExpression(`a${' or a'.repeat(499)}`).ok).toBe(true);
    expect(parseExpression(`a in (${Array(500).fill('1').join()})`).ok).toBe(true);
    expect(parseExpression(`${'a/any(a:'.repeat(5)}a${')'.repeat(5)}`).ok).toBe(true);
    expect(parseExpression(`a/any()${' or a/$count gt 1'.repeat(19)}`).ok).toBe(true);
    expect(parseExpression(`a${' add 1'.repeat(100)}`).ok).toBe(true);
    expect(parseExpression(`a eq '${'x'.repeat(16_384 - 7)}'`).ok).toBe(true);
    expect(parseExpression(`a eq '${'x'.repeat(16_384 - 6)}'`).ok).toBe(false);
  });

  it('bound the recursion, however deep the text', () => {
    for (const part of ['(', 'not ', '- ', 'tolower(', 'a in (', 'a eq (']) {
      expect(error(part.repeat(100_000), { length: 1e7 })).toMatch(/^limit_exceeded@/);
    }
  });

  it('can be set by the caller', () => {
    expect(error('(a)', { depth: 0 })).toBe('limit_exceeded@0');
  });
});

describe('literals', () => {
  it('are numbered in order of appearance, null, true and false left out', () => {
    const result = parseExpression("a eq null and b in ('x',-5,true) and c lt 2026-11-22", { firstLiteral: 3 });
    expect(result.ok && result.literals).toEqual(['x', '-5', '2026-11-22']);
    const indexes: (number | null)[] = [];
    const visit = (node: Expression): void => {
      if (node.kind === 'literal') indexes.push(node.index);
      if ('left' in node) [node.left, node.right].forEach(visit);
      if ('operand' in node) visit(node.operand);
      if ('list' in node) node.list.forEach(visit);
    };
    if (result.ok) visit(result.expression);
    expect(indexes).toEqual([null, 3, 4, null, 5]);
  });
});

const FRAGMENTS = [
  ...[
    "'",
    "''",
    "'a'",
    '(',
    ')',
    ',',
    '-',
    '5',
    '1.5',
    '1e3',
    '2026-11-22',
    '2026-11-22T10:00:00Z',
    ' ',
    ' ',
    'a',
    'b/c',
    '$it',
    '@p',
    ':',
    '.',
    '=',
  ],
  ...[
    'null',
    'true',
    'not ',
    ' eq ',
    ' and ',
    ' in ',
    ' add ',
    ' has ',
    '[',
    ']',
    '"x"',
    '/$count',
    '($filter=',
    'case(',
    '12:30',
    "duration'-P1D'",
    '+',
    'contains(',
    'my_teams()',
    'me()',
    'ÿ',
    '\u0000',
    '\ud800',
    '😀',
    'any(',
  ],
];

describe('whatever the text', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 25 }).map((parts) => parts.join('')),
  );

  it('the answer is nodes or one error with a place in the text, and never a throw', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const result = parseExpression(text);
        if (result.ok) return;
        expect(result.errors).toHaveLength(1);
        expect(result.errors[0]?.at).toBeLessThanOrEqual(text.length);
        expect(result.errors[0]?.message).toBeTruthy();
      }),
      { numRuns: RUNS * 10 },
    );
  });

  it('what parses prints to a text that parses to the same', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const first = parseExpression(text);
        if (!first.ok) return;
        const canonical = printExpression(first.expression);
        expect(grouped(parsed(canonical))).toBe(grouped(first.expression));
        expect(printExpression(parsed(canonical))).toBe(canonical);
      }),
      { numRuns: RUNS * 10 },
    );
  });
});
