// Functions of days, moments and times of day in SQL. A timestamp has its parts in the organization's time zone, and none where
// that shows a year outside 0001 to 9999.
import type { TypedExpression } from '@kartoteka/metadata';
import type { CallEnvironment, PrintAs } from './expression-calls.ts';
import { computedOnce, named } from './named-value.ts';

type TimeCall = (args: readonly TypedExpression[], print: PrintAs, environment: CallEnvironment) => string;

const FIRST_MOMENT = "'0001-01-01T00:00:00Z'::timestamptz";
const LAST_MOMENT = "'9999-12-31T23:59:59.999999Z'::timestamptz";

/** Of a date, time or timestamp: `part` prints it from SQL of a date, of a time or of a timestamp without zone. */
function local(part: (shown: string) => string): TimeCall {
  return ([node], print, { timeZone }) => {
    if (node === undefined) throw new Error('An argument is missing');
    if (node.type === 'date') return part(print(node, 'date'));
    if (node.type === 'time') return part(print(node, 'time'));
    const shown = `timezone(${timeZone()}, ${print(node, 'timestamptz')})`;
    return computedOnce(
      shown,
      (sql) =>
        `case when ${sql} >= '0001-01-01'::timestamp and ${sql} < '9999-12-31'::timestamp + interval '1 day' then ${part(sql)} end`,
    );
  };
}

const field = (name: string): TimeCall => local((shown) => `extract(${name} from ${shown})::bigint`);

export const TIME_CALLS: Readonly<Record<string, TimeCall>> = {
  year: field('year'),
  month: field('month'),
  day: field('day'),
  hour: field('hour'),
  minute: field('minute'),
  second: local((shown) => `trunc(extract(second from ${shown}))::bigint`),
  fractionalseconds: local((shown) => `mod(extract(second from ${shown}), 1)`),
  date: local((shown) => `(${shown})::date`),
  time: local((shown) => `(${shown})::time`),
  totaloffsetminutes: ([node], print, { timeZone }) => {
    if (node === undefined) throw new Error('An argument is missing');
    const zone = timeZone();
    return named(node, print, 'timestamptz', (at) => {
      const ahead = `timezone(${zone}, ${at}) - timezone('UTC', ${at})`;
      return `div(extract(epoch from ${ahead}), 60)::bigint`;
    });
  },
  totalseconds: ([node], print) => {
    if (node === undefined) throw new Error('An argument is missing');
    return print(node, 'numeric');
  },
  mindatetime: () => FIRST_MOMENT,
  maxdatetime: () => LAST_MOMENT,
};
