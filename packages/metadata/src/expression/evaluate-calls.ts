// The functions of the JavaScript evaluator. Arguments are as the checker has passed them, and never null.
import { type Decimal, roundDecimal } from './decimal.ts';
import type { Value } from './evaluate.ts';
import { lowerCase, upperCase } from './letter-case.ts';
import { canonicalDateTime } from './literals.ts';
import { localDateTime, microsecondsOfDateTime, offsetSeconds } from './moments.ts';
import { codePointIndexOf, codePointLength, codePointSubstring, trimText } from './text.ts';
import type { EvaluationContext, ExpressionType } from './types.ts';

type Given = Exclude<Value, null>;
type Call = (args: readonly Given[], types: readonly ExpressionType[], context: EvaluationContext) => Value;

/** Functions without arguments. */
export const CONTEXT_CALLS: Readonly<Record<string, (context: EvaluationContext) => Value>> = {
  me: ({ me }) => me.toLowerCase(),
  my_business_unit: ({ myBusinessUnit }) => myBusinessUnit.toLowerCase(),
  now: ({ now }) => canonicalDateTime(now) ?? null,
  today: ({ today }) => today,
  mindatetime: () => '0001-01-01T00:00:00.000000Z',
  maxdatetime: () => '9999-12-31T23:59:59.999999Z',
};

/** The functions by name; null where the value has none. */
export const CALLS: Readonly<Record<string, Call>> = {
  contains: (args) => text(args, 0).includes(text(args, 1)),
  startswith: (args) => text(args, 0).startsWith(text(args, 1)),
  endswith: (args) => text(args, 0).endsWith(text(args, 1)),
  tolower: (args) => lowerCase(text(args, 0)),
  toupper: (args) => upperCase(text(args, 0)),
  trim: (args) => trimText(text(args, 0)),
  length: (args) => whole(codePointLength(text(args, 0))),
  indexof: (args) => whole(codePointIndexOf(text(args, 0), text(args, 1))),
  concat: (args) => text(args, 0) + text(args, 1),
  substring: (args) =>
    codePointSubstring(text(args, 0), integer(args, 1), args.length > 2 ? integer(args, 2) : undefined),
  year: part(0, 4),
  month: part(5, 7),
  day: part(8, 10),
  hour: part(11, 13),
  minute: part(14, 16),
  second: part(17, 19),
  fractionalseconds: local((shown) => ({ digits: BigInt(shown.slice(20, 26)), scale: 6 })),
  date: local((shown) => shown.slice(0, 10)),
  time: local((shown) => shown.slice(11, 26)),
  totaloffsetminutes: ([at], _types, { timeZone }) => ({
    digits: offsetSeconds(timeZone, microsecondsOfDateTime(String(at))) / 60n,
    scale: 0,
  }),
  totalseconds: ([duration]) => duration as Decimal,
  round: ([number]) => roundDecimal(number as Decimal, 0),
  floor: ([number]) => towards(number as Decimal, -1n),
  ceiling: ([number]) => towards(number as Decimal, 1n),
};

/** A part of what clock and calendar of the organization's time zone show; of days and times of day, their own. */
function local(partOf: (shown: string) => Value): Call {
  return ([at], [type], { timeZone }) => {
    const given = String(at);
    if (type === 'date') return partOf(`${given}T00:00:00.000000Z`);
    if (type === 'time') return partOf(`0001-01-01T${given}Z`);
    const shown = localDateTime(timeZone, given);
    return shown === undefined ? null : partOf(shown);
  };
}

function part(from: number, to: number): Call {
  return local((shown) => whole(Number(shown.slice(from, to))));
}

/** The whole number next to a number, below (-1) or above (1), or itself. */
function towards({ digits, scale }: Decimal, direction: 1n | -1n): Decimal {
  const unit = 10n ** BigInt(scale);
  const cut = digits / unit;
  const beyond = digits % unit !== 0n && digits > 0n === direction > 0n;
  return { digits: beyond ? cut + direction : cut, scale: 0 };
}

function text(args: readonly Given[], index: number): string {
  return String(args[index]);
}

/** The checker lets only integers here, whose scale is 0 unless a property gave `5.0`. */
function integer(args: readonly Given[], index: number): bigint {
  const { digits, scale } = args[index] as Decimal;
  return digits / 10n ** BigInt(scale);
}

function whole(number: number): Decimal {
  return { digits: BigInt(number), scale: 0 };
}
