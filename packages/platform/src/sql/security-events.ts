// Reading security events as one statement, newest first. It takes only an AuthorizedPlan.
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { SecurityEventsPlan } from '../plan/security-events.ts';
import { boundedAnswer } from './answer-size.ts';
import { expressionToSql } from './expression.ts';
import { jsonOf } from './record-json.ts';
import { type CompiledStatement, SlotWriter } from './statement.ts';

const COLUMNS = ['kind', 'actor_id', 'caller_id', 'client', 'address', 'user_agent', 'target_entity', 'target_id'];

/**
 * A page of events: columns `items` (JSON texts with commas, null when too long), `rows` (up to limit + 1), `k0`, `k1` (time and
 * id of the last one shown). Slot values: limit, page, key0, key1.
 */
export function compileSecurityEvents(
  { plan }: AuthorizedPlan<SecurityEventsPlan>,
  ieee754: boolean,
): CompiledStatement {
  const slots = new SlotWriter();
  const value = (name: string, cast: string): string => slots.use({ from: 'value', name }, cast);
  const tests: string[] = [];
  if (plan.filter !== null) {
    const column = (_navigations: readonly string[], property: string): string => `l.${property}`;
    tests.push(expressionToSql(plan.filter, { slots, column, boundLiterals: false }));
  }
  if (plan.continues)
    tests.push(`(l.occurred_on, l.id) < (${value('key0', 'timestamptz')}, ${value('key1', 'bigint')})`);
  const where = tests.length === 0 ? '' : `where ${tests.join(' and ')} `;
  const order = 'order by l.occurred_on desc, l.id desc';
  const page = `select * from kartoteka.security_log l ${where}${order} limit ${value('limit', 'bigint')}`;
  const id = ieee754 ? 'l.id::text as id' : 'l.id';
  const body = jsonOf([id, 'l.occurred_on', ...COLUMNS.map((name) => `l.${name}`), 'l.details'].join(', '));
  const shown = value('page', 'int');
  const keys = ['occurred_on', 'id'].map((name, index) => `(array_agg(p.${name}::text))[${shown}] as k${index}`);
  const text =
    `select coalesce(string_agg(p.body, ',') filter (where p.n <= ${shown}), '') as items, count(*) as rows, ${keys.join(', ')} ` +
    `from (select row_number() over (${order}) as n, l.occurred_on, l.id, ${body}::text as body from (${page}) l) p`;
  return { text: boundedAnswer(text, 'items', ['rows', 'k0', 'k1']), slots: slots.slots };
}
