import { describe, expect, it } from 'vitest';
import { type CheckOptions, checkExpression } from './check.ts';
import { parseExpression } from './parse.ts';
import { printExpression, referencedPaths } from './print.ts';
import type { ExpressionType, Scope, TypedExpression } from './types.ts';

const TEXT = 'eq ne lt le gt ge in contains startswith endswith length indexof substring tolower toupper trim concat';
const NUMBER = 'eq ne lt le gt ge in add sub mul div divby mod round floor ceiling';
const TIME = 'eq ne lt le gt ge in add sub mul div year month day hour date time totalseconds';
const PROPERTIES: Readonly<Record<string, { type: ExpressionType; operators: string; values?: string[] }>> = {
  name: { type: 'string', operators: TEXT },
  stage: { type: 'string', operators: 'eq ne in', values: ['new', 'won'] },
  age: { type: 'integer', operators: NUMBER },
  amount: { type: 'decimal', operators: NUMBER },
  active: { type: 'boolean', operators: 'eq ne' },
  day: { type: 'date', operators: 'eq ne lt le gt ge in add sub year month day' },
  moment: { type: 'datetime', operators: TIME },
  owner_id: { type: 'guid', operators: 'eq ne in' },
  length: { type: 'duration', operators: TIME },
  kinds: { type: 'collection', operators: 'eq ne any all', values: ['client', 'partner'] },
  tags: { type: 'collection', operators: 'eq ne' },
  data: { type: 'json', operators: 'eq ne' },
  phone: { type: 'string', operators: TEXT },
};

const digitsOf = (value: unknown): string => String(value).replaceAll(/[^+\d]/g, '');

const scope: Scope = {
  entity: 'deal',
  resolve(segments) {
    const property = PROPERTIES[segments.at(-1) ?? ''];
    if (property === undefined || segments.slice(0, -1).some((name) => name !== 'company')) return undefined;
    const { type, operators, values } = property;
    return {
      navigations: segments.slice(0, -1),
      property: segments.at(-1) ?? '',
      type,
      nullable: false,
      operators: new Set(operators.split(' ')),
      ...(values === undefined ? {} : { values }),
      ...(type === 'collection' ? { members: { type: 'string', operators: new Set(['eq', 'ne', 'in']) } } : {}),
      ...(segments.at(-1) === 'phone' ? { normalize: digitsOf } : {}),
    };
  },
  records(segments) {
    if (segments.join('/') === 'secrets') return 'refused';
    if (segments.at(-1) !== 'contacts') return undefined;
    return { navigations: segments.slice(0, -1), navigation: 'contacts', target: scope };
  },
};

function check(text: string, options: CheckOptions = { expects: 'boolean' }) {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.errors)}`);
  return checkExpression(parsed.expression, scope, options);
}

function typed(text: string, options?: CheckOptions): TypedExpression {
  const result = check(text, options);
  if (!result.ok) throw new Error(`${text}: ${JSON.stringify(result.errors)}`);
  return result.expression;
}

function errors(text: string, options?: CheckOptions): string[] {
  const result = check(text, options);
  return result.ok ? [] : result.errors.map(({ code, at }) => `${code}@${at}`);
}

const GUID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';

describe('what is accepted', () => {
  it.each([
    "name eq 'x' and age gt 5 or not active",
    'age eq 5.5',
    'amount gt 5',
    'amount gt 99999999999999999999',
    'name eq null',
    'null eq null',
    'age lt null',
    'age in (1,2.5,null)',
    'owner_id eq me() or owner_id in my_teams()',
    `owner_id eq '${GUID}'`,
    `owner_id in (${GUID},'${GUID}',me())`,
    'moment lt now() and day le today()',
    "contains(tolower(name),'x') eq true",
    "substring(name,1,age add 1) eq concat('a',name)",
    'length(company/name) gt indexof(name,null)',
    'age add 1 mul 2 div 3 mod 4 eq amount divby 5 sub - age',
    'active eq contains(name,null)',
    "stage eq 'lost'",
    "length gt duration'PT1H' and length in (duration'P1D',null)",
    'data eq null or null ne kinds or tags ne null',
    "kinds/any(k:k eq 'client' and k ne name) and not kinds/any()",
    "company/kinds/all(k:k in ('client','partner') or kinds/any(l:l eq k))",
    "kinds/any(name:name eq 'client')",
    "contacts/any(c:c/name eq 'x' and c/age gt age and c/company/name eq company/name and $it/age eq 1)",
    'contacts/all(c:c/contacts/any(d:d/age gt c/age)) and company/contacts/any() and not contacts/any()',
    "contacts/$count gt 2 and company/contacts/$count($filter=age gt 5 and $this/name eq 'x' and $it/age eq 1) lt 3",
    "kinds/$count gt 1 and 'client' in kinds and kinds has 'client,partner' and null in company/kinds",
    "length gt 'PT1H' and moment add 'PT1H' lt now() and moment sub moment gt length",
    'year(moment) eq 2026 and date(moment) eq day and time(now()) gt 09:30 and totalseconds(length) gt 1.5',
    'case(active:1,age gt 5:2.5,true:null) gt round(amount) and case(active:day) eq today()',
    'age in [1,2] and name in ["a","it\\u0027s \\"b\\""]',
    'age gt +5 and - length lt length',
    'null',
  ])('%s', (text) => {
    expect(typed(text)).toBeDefined();
  });
});

describe('what is refused', () => {
  it.each([
    ["age eq 'x'", ['type_mismatch@4']],
    ['name eq 5', ['type_mismatch@5']],
    ["day eq '2026-11-31'", ['type_mismatch@4']],
    ["moment eq '2026-11-22'", ['type_mismatch@7']],
    [
      "age eq '5.5' or age eq '9223372036854775808' or age eq '5 '",
      ['type_mismatch@4', 'type_mismatch@20', 'type_mismatch@52'],
    ],
    ["active eq '1'", ['type_mismatch@7']],
    ["cast('x',Edm.Int64) eq 1", ['invalid_expression@5']],
    ["cast(age,Edm.String) eq '1'", ['not_supported@0']],
    ['day eq 2026-11-22T00:00:00Z', ['type_mismatch@4']],
    ['moment eq 2026-11-22', ['type_mismatch@7']],
    ["owner_id eq 'x'", ['type_mismatch@9']],
    [`name eq ${GUID}`, ['type_mismatch@5']],
    ['active lt true', ['operator_not_applicable@0', 'type_mismatch@7']],
    ['active and name', ['type_mismatch@11']],
    ['not age', ['type_mismatch@4']],
    ['not name eq 5', ['type_mismatch@4']],
    ['name', ['type_mismatch@0']],
    ['day add 1 eq day', ['type_mismatch@0']],
    ['- name eq 1', ['operator_not_applicable@2', 'type_mismatch@2']],
    ['stage lt stage', ['operator_not_applicable@0', 'operator_not_applicable@9']],
    ["contains(stage,'n')", ['operator_not_applicable@9']],
    ['owner_id gt me()', ['operator_not_applicable@0']],
    ['contains(age,5)', ['operator_not_applicable@9', 'type_mismatch@9', 'type_mismatch@13']],
    ['contains(name)', ['invalid_expression@0']],
    ['substring(name,1.5) eq name', ['type_mismatch@15']],
    ['me(1) eq owner_id', ['invalid_expression@0']],
    ['my_teams() eq owner_id', ['invalid_expression@0']],
    ["age in (1,'x',day)", ['type_mismatch@10', 'type_mismatch@14']],
    ["length eq '1H'", ['type_mismatch@7']],
    ['length gt 60', ['type_mismatch@7']],
    ["data eq 'x'", ['type_mismatch@5']],
    ['data eq data', ['type_mismatch@5']],
    ["kinds eq 'client'", ['type_mismatch@6']],
    ["kinds in ('client')", ['operator_not_applicable@0', 'type_mismatch@10']],
    ["tags/any(t:t eq 'x')", ['operator_not_applicable@0']],
    ["name/any(n:n eq 'x')", ['operator_not_applicable@0']],
    ['nosuch/any()', ['unknown_property@0']],
    ["secrets/any(c:c/name eq 'x')", ['invalid_expression@0']],
    ['secrets/$count gt 1', ['invalid_expression@0']],
    ["contacts/any(c:c eq 'x')", ['unknown_property@15']],
    ['contacts/any(c:c/nosuch eq 1 or c/contacts eq 1)', ['unknown_property@15', 'unknown_property@32']],
    ['contacts/all(c:c/age)', ['type_mismatch@15']],
    ['contacts eq null', ['unknown_property@0']],
    ['contacts/$count($filter=nosuch eq 1) gt 1', ['unknown_property@24']],
    ['kinds/$count($filter=true) gt 1', ['not_supported@0']],
    ['tags/$count gt 1', ['operator_not_applicable@0']],
    ['age in kinds or name in name', ['type_mismatch@0', 'operator_not_applicable@24']],
    ["kinds has name or name has 'x'", ['invalid_expression@10', 'operator_not_applicable@18']],
    ['age eq INF or amount lt NaN', ['invalid_expression@7', 'invalid_expression@24']],
    ['year(2026-11-22T00:00:00+05:00) eq 2026', ['invalid_expression@5']],
    ['hour(day) eq 1', ['operator_not_applicable@5', 'type_mismatch@5']],
    ['case(age:1) eq 1', ['type_mismatch@5']],
    ['case(active:null) eq null', ['type_mismatch@0']],
    ["case(active:1,true:'x') eq 1", ['type_mismatch@19']],
    ['moment add 1 gt now()', ['type_mismatch@0']],
    ['moment add moment gt now()', ['type_mismatch@0']],
    ['kinds/any(k:k eq 5 or k/name eq k)', ['type_mismatch@14', 'unknown_property@22']],
    ['kinds/any(k:k)', ['type_mismatch@12']],
    ["kinds/any(k:k lt 'x')", ['operator_not_applicable@12']],
    ["kinds/any(k:k eq 'x') and k eq 'x'", ['unknown_property@26']],
    ['nosuch eq 1', ['unknown_property@0']],
    [
      'company/nosuch eq 1 and other/name eq 2 and age eq true',
      ['unknown_property@0', 'unknown_property@24', 'type_mismatch@48'],
    ],
  ])('%s: %j', (text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  it('is a value that a choice does not have, in stored expressions only', () => {
    const stored: CheckOptions = { expects: 'boolean', strictValues: true };
    expect(errors("stage eq 'lost'", stored)).toEqual(['invalid_expression@9']);
    expect(errors("'lost' ne stage", stored)).toEqual(['invalid_expression@0']);
    expect(errors("stage in ('new','lost','old')", stored)).toEqual(['invalid_expression@16', 'invalid_expression@23']);
    expect(errors("stage in ('new','won',null)", stored)).toEqual([]);
    expect(errors("kinds/any(k:k eq 'client' or k eq 'foe')", stored)).toEqual(['invalid_expression@34']);
  });

  it('is a type that the place does not take', () => {
    expect(errors('age', { expects: 'decimal' })).toEqual([]);
    expect(errors('amount', { expects: 'integer' })).toEqual(['type_mismatch@0']);
    expect(errors('null', { expects: 'date' })).toEqual([]);
    expect(errors('name', {})).toEqual([]);
  });
});

describe('types', () => {
  it.each([
    ['age add 1', 'integer'],
    ['age div 2', 'integer'],
    ['age divby 2', 'decimal'],
    ['age mul 2.0', 'decimal'],
    ['amount div 2', 'decimal'],
    ['- age', 'integer'],
    ['day add null', 'date'],
    ['moment sub null', 'datetime'],
    ['null add length', 'duration'],
    ['null mul length', 'duration'],
    ['length div null', 'duration'],
    ['day sub day', 'duration'],
    ['case(active:1,true:null)', 'integer'],
    ['case(active:1,true:2.5)', 'decimal'],
    ['date(moment)', 'date'],
    ['kinds/$count', 'integer'],
    ['null add null', 'integer'],
    ['length(name)', 'integer'],
    ['me()', 'guid'],
    ['now()', 'datetime'],
    ['today()', 'date'],
  ])('%s is %s', (text, type) => {
    expect(typed(text, {}).type).toBe(type);
  });

  it('make a GUID of a string that stands for one', () => {
    expect(typed(`owner_id eq '${GUID.toUpperCase()}'`)).toMatchObject({
      right: { type: 'guid', value: GUID, index: 0 },
    });
  });

  it('take a literal in the form in which the property stores it, where values are compared', () => {
    const text = "phone eq '+1 (202)' or '+1-202' ne phone or phone in ('+1 202',null) or contains(phone,'1 2')";
    expect(printExpression(typed(text))).toBe(
      "phone eq '+1202' or '+1202' ne phone or phone in ('+1202',null) or contains(phone,'1 2')",
    );
    expect(typed("phone eq '+1 (202)'")).toMatchObject({ right: { index: 0, normalize: digitsOf } });
    expect(printExpression(typed("name eq '+1 (202)'"))).toBe("name eq '+1 (202)'");
  });

  it('count what a lookup leads to as nullable', () => {
    expect(typed('company/name', {})).toMatchObject({ navigations: ['company'], property: 'name', nullable: true });
    expect(typed('name', {})).toMatchObject({ navigations: [], nullable: false });
  });
});

describe('canonical text', () => {
  it.each([
    ["( (name eq 'it''s') )AND(age  gt 1e3)", "name eq 'it''s' and age gt 1000.0"],
    ['not(active)and((age add 1)mul 2 eq 4)', 'not active and (age add 1) mul 2 eq 4'],
    ['age sub (age sub 1) eq -(age)', 'age sub (age sub 1) eq - age'],
    ['owner_id IN (my_teams())', 'owner_id in my_teams()'],
    [
      "kinds/any( k : k eq 'a' )OR not company/kinds/ALL(k:k ne null)and length eq Duration'PT60M'",
      "kinds/any(k:k eq 'a') or not company/kinds/all(k:k ne null) and length eq duration'PT1H'",
    ],
    ['not (name in (null, TRIM(name)))', 'not (name in (null,trim(name)))'],
  ])('of %s', (text, expected) => {
    expect(printExpression(typed(text))).toBe(expected);
  });

  it('names every path once', () => {
    const paths = referencedPaths(
      typed("name eq company/name or contains(name,'x') and age in (age,1) and not active"),
    );
    expect(paths.map(printExpression)).toEqual(['name', 'company/name', 'age', 'active']);
    const members = referencedPaths(typed('company/kinds/any(k:k eq name and kinds/any())'));
    expect(members.map(printExpression)).toEqual(['company/kinds', 'name', 'kinds']);
  });
});
