// Field type `duration`: a length of time in days, hours, minutes and seconds, exact to the microsecond. Years and months
// are refused, because they have no fixed length; so equal durations have one form, and their order is certain.
import type { FieldType, ValueKeyword } from '../field-type.ts';

/** Twenty-seven thousand years; far within PostgreSQL's interval. */
const MOST_DAYS = 9_999_999n;
const DURATION = /^P(?=.)(?:(\d{1,8})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,11})M)?(?:(\d{1,12})(?:\.(\d{1,6}))?S)?)?$/;
const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;

/** Microseconds of an ISO 8601 duration; undefined when it is none, or of a unit without a fixed length. */
function microseconds(text: string): bigint | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [days = '', hours = '', minutes = '', seconds = '', fraction = ''] = match.slice(1);
  const whole = BigInt(days) * 86_400n + BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  return whole * SECOND + BigInt(fraction.padEnd(6, '0'));
}

/** As PostgreSQL prints an interval in ISO 8601: largest units first, units that are zero left out, `PT0S` for nothing. */
function normalizeDuration(value: unknown): string {
  const total = microseconds(String(value)) ?? 0n;
  const [days, rest] = [total / DAY, (total % DAY) / SECOND];
  const fraction = String(total % SECOND)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const seconds = `${rest % 60n}${fraction === '' ? '' : `.${fraction}`}`;
  const date = days === 0n ? '' : `${days}D`;
  const parts = [[rest / 3600n, 'H'] as const, [(rest / 60n) % 60n, 'M'] as const].filter(([count]) => count > 0n);
  const time = parts.map(([count, unit]) => `${count}${unit}`).join('') + (seconds === '0' ? '' : `${seconds}S`);
  if (time !== '') return `P${date}T${time}`;
  return date === '' ? 'PT0S' : `P${date}`;
}

function durationReason(value: unknown): string | undefined {
  const length = microseconds(value as string);
  if (length === undefined) return 'must be a duration of days, hours, minutes and seconds such as P1DT2H30M';
  return length / DAY > MOST_DAYS ? `must be at most ${MOST_DAYS} days` : undefined;
}

const fixedDuration: ValueKeyword = { type: ['string'], value: 'boolean', make: () => durationReason };

export const fieldType: FieldType = {
  name: 'duration',
  options: {},
  properties: (_field, context) => [
    { name: context.field, type: 'Edm.Duration', sqlType: 'interval', normalize: normalizeDuration },
  ],
  valueSchema: (_field, context) => ({ [context.field]: { type: 'string', fixedDuration: true } }),
  keywords: { fixedDuration },
  // The expression language has no literals of this type yet.
  operators: [],
  control: () => ({ widget: 'duration', props: {} }),
  examples: [
    {
      field: { type: 'duration' },
      valid: [
        'P0D',
        'PT0.000001S',
        'PT1.5S',
        'PT59.999999S',
        'PT60S',
        'PT90M',
        'PT23H59M59S',
        'P1D',
        'PT25H',
        'P1DT2H3M4.050600S',
        'P30D',
        'P365DT0.000001S',
        'PT87660H',
        'P9999999DT23H59M59.999999S',
      ],
      invalid: [
        ...[
          '',
          'P',
          'PT',
          'P1DT',
          '1H',
          'PT1',
          'PT1h',
          'pt1H',
          'P1Y',
          'P1M',
          'P1W',
          'P1Y2M',
          'PT1.5H',
          'PT.5S',
          'PT1.S',
        ],
        ...['-PT1H', 'P-1D', '+PT1H', 'PT1S1M', 'P1H', 'PT1D', ' PT1H', 'PT1H ', '01:30:00', '1 day', 'PT0.0000001S'],
        ...['P10000000D', 'PT240000000H', 'P99999999999D', 90, 1.5, true, {}, []],
      ],
    },
  ],
};
