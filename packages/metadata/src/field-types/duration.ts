// Field type `duration`: a length of time in days, hours, minutes and seconds, exact to the microsecond. Years and months
// are refused, because they have no fixed length; so equal durations have one form, and their order is certain.
import { canonicalDuration, durationMicroseconds } from '../expression/literals.ts';
import type { FieldType, ValueKeyword } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

/** Twenty-seven thousand years; far within PostgreSQL's interval. */
const MOST_DAYS = 9_999_999n;
/** In microseconds. */
const DAY = 86_400_000_000n;
const normalize = (value: unknown): string => canonicalDuration(String(value)) ?? 'PT0S';

function durationReason(value: unknown): string | undefined {
  const length = durationMicroseconds(value as string);
  if (length === undefined) return 'must be a duration of days, hours, minutes and seconds such as P1DT2H30M';
  return length / DAY > MOST_DAYS ? `must be at most ${MOST_DAYS} days` : undefined;
}

const fixedDuration: ValueKeyword = { type: ['string'], value: 'boolean', make: () => durationReason };

export const fieldType: FieldType = {
  name: 'duration',
  options: {},
  properties: (_field, context) => [{ name: context.field, type: 'Edm.Duration', sqlType: 'interval', normalize }],
  valueSchema: (_field, context) => ({ [context.field]: { type: 'string', fixedDuration: true } }),
  keywords: { fixedDuration },
  operators: OPERATORS.duration,
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
