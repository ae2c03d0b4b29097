// The SQL printer against a real PostgreSQL: rows it selects are the rows the JavaScript evaluator accepts.
import {
  checkExpression,
  type EvaluationContext,
  matchesExpression,
  parseExpression,
  type TypedExpression,
} from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { expressionToSql, expressionValueToSql } from './expression.ts';
import { COLUMNS, condition, context, type RowValue, row, scope, typedOf } from './expression-arbitrary.ts';
import { type Slot, SlotWriter } from './statement.ts';

type Row = Readonly<Record<string, RowValue>>;
const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 300);

let test: TestDatabase;
let rows: readonly Row[];

beforeAll(async () => {
  test = await createTestDatabase({ template: 'bare' });
  const columns = Object.entries(COLUMNS).map(([name, column]) => `${name} ${column.sql}`);
  await test.database.run(`create table sample (number int primary key, partner int, ${columns.join(', ')})`);
  rows = fc.sample(row, { numRuns: 120, seed: 7 });
  for (const [number, values] of rows.entries()) await insert(number, values);
}, 120_000);

afterAll(async () => {
  await test?.drop();
});

async function insert(number: number, values: Row): Promise<void> {
  const names = Object.keys(values);
  const places = names.map((name, i) => `$${i + 1}::text::${COLUMNS[name]?.sql.split(' ')[0]}`);
  const partner = number % 5 === 0 ? 'null' : String((number * 7) % 120);
  const parameters = names.map((name) => (values[name] === null ? null : String(values[name])));
  await test.database.run(
    `insert into sample (number, partner, ${names.join(', ')}) values (${number}, ${partner}, ${places.join(', ')})`,
    parameters,
  );
}

const CONTEXT: Readonly<Record<string, string>> = {
  me: context.me,
  my_teams: `{${context.myTeams.join(',')}}`,
  my_business_unit: context.myBusinessUnit,
  now: context.now,
  today: context.today,
};

function bind(slots: readonly Slot[], literals: readonly string[]): (string | null)[] {
  return slots.map((slot) => {
    if (slot.from === 'literal') return literals[slot.index] ?? null;
    if (slot.from === 'context') return CONTEXT[slot.name] ?? null;
    if (slot.from === 'constant') return slot.value;
    throw new Error(`Slot ${slot.from}`);
  });
}

const column = (navigations: readonly string[], property: string) =>
  `${navigations.length === 0 ? 's' : 'p'}.${property}`;

async function select(
  typed: TypedExpression,
  literals: readonly string[],
  boundLiterals: boolean,
  print = expressionToSql,
): Promise<number[]> {
  const slots = new SlotWriter();
  const where = print(typed, { slots, column, boundLiterals });
  const text = `select s.number from sample s left join sample p on p.number = s.partner where ${where} order by 1`;
  const found = await test.database.run(text, bind(slots.slots, literals));
  return found.map((record) => Number(record.number));
}

function read(number: number): (navigations: readonly string[], property: string) => RowValue {
  const far = number % 5 === 0 ? undefined : rows[(number * 7) % 120];
  return (navigations, property) => (navigations.length === 0 ? rows[number] : far)?.[property] ?? null;
}

function accepted(typed: TypedExpression, given: EvaluationContext = context): number[] {
  return [...rows.keys()].filter((number) => matchesExpression(typed, read(number), given));
}

function filter(text: string): { typed: TypedExpression; literals: readonly string[] } {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const checked = checkExpression(parsed.expression, scope, { expects: 'boolean' });
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return { typed: checked.expression, literals: parsed.literals };
}

function printed(text: string): string {
  return expressionToSql(filter(text).typed, { slots: new SlotWriter(), column, boundLiterals: true });
}

describe('rows selected by SQL and rows accepted in JavaScript', () => {
  it('are the same for random expressions, bound and constant, as predicate and as value', async () => {
    await fc.assert(
      fc.asyncProperty(condition(3), async (expression) => {
        const { typed, text, literals } = typedOf(expression);
        const expected = accepted(typed);
        expect(await select(typed, literals, true), text).toEqual(expected);
        expect(await select(typed, literals, false, expressionValueToSql), text).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('are the same under negation, where null must stay null', async () => {
    await fc.assert(
      fc.asyncProperty(condition(2), async (operand) => {
        const { typed, text, literals } = typedOf({ kind: 'not', operand, at: 0 });
        expect(await select(typed, literals, true), text).toEqual(accepted(typed));
      }),
      { numRuns: RUNS },
    );
  });
});
