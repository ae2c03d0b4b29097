import { expect, test } from 'vitest';
import { type Chip, type FilterPart, isComplete, readFilter, writeChip, writeFilter } from './filter.ts';
import { type FilterKind, OPERATORS } from './operators.ts';

const ID = '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d';
const OTHER = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const KINDS: Readonly<Record<string, FilterKind>> = {
  name: 'text',
  'company/name': 'text',
  amount: 'number',
  active: 'boolean',
  close_date: 'date',
  created_on: 'datetime',
  length: 'duration',
  stage: 'choice',
  'company/industry': 'choice',
  kinds: 'choices',
  company_id: 'lookup',
  owner_id: 'owner',
  contacts: 'links',
  settings: 'presence',
};
const kindOf = (path: string) => KINDS[path];

const VALUES: Readonly<Record<FilterKind, readonly [string, string]>> = {
  text: ["O'Hara P A", 'x and (y)'],
  number: ['-1.50', '12345678901234567890'],
  boolean: ['', ''],
  date: ['2026-11-22', '2027-01-31'],
  datetime: ['2026-11-22T10:00:00.000000Z', '2026-11-23T00:00:00.000000Z'],
  duration: ['PT1H30M', 'P2D'],
  choice: ['won', 'P'],
  choices: ['client', 'A'],
  lookup: [ID, OTHER],
  owner: [ID, OTHER],
  links: [ID, OTHER],
  presence: ['', ''],
};
const COUNT = { none: 0, one: 1, two: 2, many: 2 };

test('every question to every kind of value is read back from what is written', () => {
  for (const [path, kind] of Object.entries(KINDS)) {
    for (const { name, arity } of OPERATORS[kind]) {
      const values = arity === 'days' ? ['30'] : VALUES[kind].slice(0, COUNT[arity]);
      const chip: Chip = { path, kind, operator: name, values };
      const written = writeFilter([chip]);
      expect(readFilter(written, kindOf), written).toEqual([chip]);
    }
  }
});

test('several chips come back in their order, pairs as one', () => {
  const parts: FilterPart[] = [
    { path: 'amount', kind: 'number', operator: 'between', values: ['1', '5'] },
    { path: 'amount', kind: 'number', operator: 'at_least', values: ['2'] },
    { path: 'close_date', kind: 'date', operator: 'next_days', values: ['7'] },
    { path: 'stage', kind: 'choice', operator: 'none_of', values: ['won', 'lost'] },
    { raw: "name eq 'a' or name eq 'b'" },
    { path: 'name', kind: 'text', operator: 'contains', values: ['roof'] },
  ];
  const written = writeFilter(parts);
  expect(written).toContain("(name eq 'a' or name eq 'b')");
  expect(readFilter(written, kindOf)).toEqual(parts);
});

test('conditions of views become chips', () => {
  expect(readFilter("owner_id eq me() and not (stage in ('won','lost'))", kindOf)).toMatchObject([
    { path: 'owner_id', operator: 'mine', values: [] },
    { path: 'stage', operator: 'none_of', values: ['won', 'lost'] },
  ]);
  expect(readFilter('close_date lt today()', kindOf)).toMatchObject([{ operator: 'past' }]);
  expect(readFilter("company/industry eq 'retail'", kindOf)).toMatchObject([
    { path: 'company/industry', operator: 'is' },
  ]);
});

test('what no chip can say stays the expression that it is', () => {
  const foreign = [
    "contains(tolower(name),'x')",
    'amount mul 2 gt 5',
    'contacts/$count gt 2',
    'unknown eq 1',
    'amount gt amount',
    "'a' in kinds",
    'true',
    'case(amount gt 1 : true,true : false)',
    "amount gt '5'",
  ];
  for (const raw of foreign) expect(readFilter(raw, kindOf), raw).toEqual([{ raw }]);
  expect(readFilter('name eq', kindOf)).toEqual([{ raw: 'name eq' }]);
  expect(writeFilter([{ raw: 'name eq' }])).toBe('name eq');
  expect(readFilter('  ', kindOf)).toEqual([]);
});

test('a value cannot end its literal and go on as an expression', () => {
  const injected = (kind: FilterKind, value: string): Chip => ({ path: 'x', kind, operator: 'is', values: [value] });
  expect(writeChip(injected('text', "' or true or '"))).toBe("x eq ''' or true or '''");
  for (const kind of ['number', 'date', 'lookup', 'duration'] as const)
    expect(() => writeChip(injected(kind, '1 or true'))).toThrow(RangeError);
});

test('a chip without all of its values is not complete and left out', () => {
  const chip: Chip = { path: 'amount', kind: 'number', operator: 'between', values: ['1'] };
  expect(isComplete(chip)).toBe(false);
  expect(writeFilter([chip, { ...chip, values: ['1', '2'] }])).toBe('amount ge 1 and amount le 2');
  expect(isComplete({ path: 'stage', kind: 'choice', operator: 'any_of', values: [] })).toBe(false);
  const days = (value: string): Chip => ({ path: 'd', kind: 'date', operator: 'last_days', values: [value] });
  expect(['0', '1', '36500', '36501', '1.5', ''].map((value) => isComplete(days(value)))).toEqual([
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
  const many = (length: number): Chip => ({
    path: 's',
    kind: 'choice',
    operator: 'any_of',
    values: Array(length).fill('a'),
  });
  expect([isComplete(many(500)), isComplete(many(501))]).toEqual([true, false]);
});
