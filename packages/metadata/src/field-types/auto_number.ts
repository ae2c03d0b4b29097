// Field type `auto_number`: a code that every record gets when it is stored, from a counter of the field's own: `D-0042`. The
// database draws the number with the row, so a number is given once, whoever creates how many records at a time; what is
// refused or rolled back may leave a gap. Nobody writes it.
import type { FieldDocument } from '../documents.ts';
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

/** Digits of the largest number a counter reaches (64 bits). */
const MOST_DIGITS = 19;
const MOST_ZEROS = 15;
const LONGEST_PATTERN = 60;
const TOKEN = new RegExp(`\\{(0{1,${MOST_ZEROS}}|YYYY|YY|MM)\\}`);
/** Nothing that SQL or a reader of a code could stumble over: no control characters, quotes and backslashes. */
const TEXT = '^[^\\p{Cc}\\p{Cs}\'"\\\\]+$';

type Token = { readonly text: string } | { readonly zeros: number } | { readonly date: string };

/** The parts of a pattern in order. */
function tokensOf(pattern: string): readonly Token[] {
  return pattern.split(TOKEN).flatMap((part, index): Token[] => {
    if (index % 2 === 0) return part === '' ? [] : [{ text: part }];
    return [part.startsWith('0') ? { zeros: part.length } : { date: part }];
  });
}

function verifyPattern(field: FieldDocument): { pointer: string; reason: string; hint?: string }[] {
  const tokens = tokensOf(field.pattern as string);
  const findings: { pointer: string; reason: string; hint?: string }[] = [];
  const hint = `Tokens are {0000} (1 to ${MOST_ZEROS} zeros), {YYYY}, {YY} and {MM}`;
  if (tokens.some((token) => 'text' in token && /[{}]/.test(token.text))) {
    findings.push({ pointer: '/pattern', reason: 'A brace of the pattern belongs to no token', hint });
  } else if (tokens.filter((token) => 'zeros' in token).length !== 1) {
    findings.push({ pointer: '/pattern', reason: 'The pattern has one counter such as {0000}', hint });
  }
  return findings;
}

/**
 * SQL of a number as text from the SQL of the counter's value, which it names once, so that it may draw it. Nineteen digits,
 * of which only as many leading zeros are taken as leave the width: a number that outgrows it keeps all its digits.
 */
function numberSql(tokens: readonly Token[], timeZone: string, counter: string, moment: string): string {
  const parts = tokens.map((token) => {
    if ('text' in token) return `'${token.text}'`;
    if ('date' in token) return `to_char(${moment} at time zone '${timeZone}', '${token.date}')`;
    const digits = `to_char(${counter}, 'FM${'0'.repeat(MOST_DIGITS)}')`;
    return `regexp_replace(${digits}, '^0{0,${MOST_DIGITS - token.zeros}}', '')`;
  });
  return parts.join(' || ');
}

const longest = (tokens: readonly Token[]): number =>
  tokens.reduce((sum, token) => sum + ('text' in token ? token.text.length : MOST_DIGITS), 0);

export const fieldType: FieldType = {
  name: 'auto_number',
  options: {
    pattern: {
      type: 'string',
      minLength: 3,
      maxLength: LONGEST_PATTERN,
      pattern: TEXT,
      description:
        'Text with {0000} for the counter (with leading zeros, longer when needed), {YYYY}, {YY}, {MM} for the day of creation in the time zone of the organization. A change applies to new records',
    },
  },
  requiredOptions: ['pattern'],
  // Nobody gives the value: nothing can be said about giving it.
  commonOptions: ['label', 'description', 'unique', 'search', 'audit', 'personal_data', 'secured', 'visible_when'],
  verify: verifyPattern,
  properties: (field, context) => {
    const tokens = tokensOf(field.pattern as string);
    const { timeZone } = context.organization;
    return [
      {
        name: context.field,
        type: 'Edm.String',
        sqlType: 'text collate "C"',
        maxLength: longest(tokens),
        readOnly: true,
        numbering: { sql: (counter, moment) => numberSql(tokens, timeZone, counter, moment) },
      },
    ];
  },
  valueSchema: () => ({}),
  operators: OPERATORS.text,
  control: (field) => ({ widget: 'auto_number', props: { pattern: field.pattern } }),
  examples: [
    {
      field: { type: 'auto_number', pattern: 'D-{0000}' },
      valid: [],
      invalid: ['D-0001', '', 1, true, {}, []],
    },
    { field: { type: 'auto_number', pattern: '{YYYY}/{MM}-{0}' }, valid: [], invalid: ['2026/11-1'] },
  ],
};
