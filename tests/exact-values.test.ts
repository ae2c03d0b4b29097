// Values over HTTP to the last digit, in both directions, on a service whose process runs in a time zone far from UTC.
// Answers are read as text: a JSON parser would round what is to be shown.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BadInputService, startBadInputService } from './bad-input/bad-input-service.ts';

let service: BadInputService;

beforeAll(async () => {
  service = await startBadInputService();
});

afterAll(() => service?.stop());

interface Value {
  readonly property: string;
  /** JSON text that is sent. */
  readonly sent: string;
  /** JSON text that comes back; the text sent unless another is given. */
  readonly back?: string;
  /** Literal in a filter; the text sent unless another is given. */
  readonly literal?: string;
}

const INTEGERS = ['0', '-1', '9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808'];
const DECIMALS = [
  ...['0.1', '-0.0000000001', '1234567890123456789012345678.0123456789', '-9999999999999999999999999999.9999999999'],
  ...['9007199254740993.0000000001', '0.3', '12345678901234567890'],
];
const DAYS = ['0001-01-01', '1582-10-10', '1883-11-18', '2026-03-08', '2026-11-01', '2024-02-29', '9999-12-31'];
const MOMENTS: readonly (readonly [string, string])[] = [
  ['2026-03-08T10:00:00.000001Z', '2026-03-08T10:00:00.000001+00:00'],
  ['2026-11-01T01:30:00.999999-07:00', '2026-11-01T08:30:00.999999+00:00'],
  ['2026-11-01T01:30:00.999999-08:00', '2026-11-01T09:30:00.999999+00:00'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00+00:00'],
  ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999+00:00'],
  ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999+00:00'],
];

const VALUES: readonly Value[] = [
  ...INTEGERS.map((sent) => ({ property: 'whole', sent })),
  ...INTEGERS.map((text) => ({ property: 'whole', sent: `"${text}"`, back: text, literal: text })),
  ...DECIMALS.map((sent) => ({ property: 'ratio', sent })),
  ...DECIMALS.map((text) => ({ property: 'ratio', sent: `"${text}"`, back: text, literal: text })),
  { property: 'ratio', sent: '1.234567890123456789e10', back: '12345678901.23456789' },
  { property: 'price', sent: '999999999999999.9999' },
  ...DAYS.map((day) => ({ property: 'day', sent: `"${day}"`, literal: day })),
  ...MOMENTS.map(([sent, back]) => ({ property: 'moment', sent: `"${sent}"`, back: `"${back}"`, literal: sent })),
];

/** JSON text of a property of a record, trailing zeros of a fraction aside. */
function textOf(record: string, property: string): string | undefined {
  const text = new RegExp(`"${property}":("[^"]*"|[^,}]*)`).exec(record)?.[1];
  return text?.replace(/^(-?\d+)\.0+$/, '$1').replace(/^(-?\d+\.\d*?)0+$/, '$1');
}

describe('a value', () => {
  test.each(VALUES)(
    '$property $sent comes back as it was sent',
    async ({ property, sent, back = sent, literal = sent }) => {
      const body = `{"name":"Exact","${property}":${sent}}`;
      const created = await service.call({ method: 'POST', path: '/x_samples', body });
      expect(created.status, created.text).toBe(201);
      expect(textOf(created.text, property)).toBe(back);
      const path = `/x_samples(${created.json?.id})`;
      expect(textOf((await service.call({ path })).text, property)).toBe(back);

      const strings = { accept: 'application/json;IEEE754Compatible=true' };
      const quoted = textOf((await service.call({ path, headers: strings })).text, property) ?? '';
      const isNumber = !back.startsWith('"');
      expect(quoted.startsWith('"')).toBe(true);
      expect(textOf(`"v":${quoted.slice(1, -1)},`, 'v')).toBe(isNumber ? back : back.slice(1, -1));

      const other = await service.call({ method: 'POST', path: '/x_samples', body: '{"name":"Other"}' });
      const otherPath = `/x_samples(${other.json?.id})`;
      const changed = await service.call({ method: 'PATCH', path: otherPath, body: `{"${property}":${sent}}` });
      expect(changed.status, changed.text).toBe(204);
      expect(textOf((await service.call({ path: otherPath })).text, property)).toBe(back);

      const filter = encodeURIComponent(`${property} eq ${literal} and name eq 'Exact'`);
      const found = await service.call({ path: `/x_samples?$filter=${filter}&$select=id,${property}` });
      expect(found.text, found.text).toContain(String(created.json?.id));
      for (const each of [path, otherPath]) await service.call({ method: 'DELETE', path: each });
    },
  );
});

describe('neighbours', () => {
  const PAIRS: readonly (readonly [string, string, string])[] = [
    ['whole', '9223372036854775806', '9223372036854775807'],
    ['ratio', '1234567890123456789012345678.0123456788', '1234567890123456789012345678.0123456789'],
    ['moment', '"2026-03-08T10:00:00.000001Z"', '"2026-03-08T10:00:00.000002Z"'],
    ['day', '"2026-03-07"', '"2026-03-08"'],
  ];

  test.each(PAIRS)('of %s are told apart by filters and pages', async (property, lower, upper) => {
    const name = `Pair ${property}`.slice(0, 20);
    for (const value of [upper, lower]) {
      const body = `{"name":"${name}","${property}":${value}}`;
      expect((await service.call({ method: 'POST', path: '/x_samples', body })).status).toBe(201);
    }
    const count = async (condition: string): Promise<string> => {
      const filter = encodeURIComponent(`name eq '${name}' and ${property} ${condition.replaceAll('"', '')}`);
      return (await service.call({ path: `/x_samples/$count?$filter=${filter}` })).text;
    };
    expect(await count(`lt ${upper}`)).toBe('1');
    expect(await count(`gt ${lower}`)).toBe('1');
    expect(await count(`ge ${lower}`)).toBe('2');
    expect(await count(`in (${lower})`)).toBe('1');

    const filter = encodeURIComponent(`name eq '${name}'`);
    const path = `/x_samples?$filter=${filter}&$orderby=${property}&$select=${property}`;
    const first = await service.call({ path, headers: { prefer: 'maxpagesize=1' } });
    const link = new URL(String(first.json?.['@odata.nextLink']));
    const second = await service.call({ path: `${link.pathname.slice('/api/v1'.length)}${link.search}` });
    const bare = (text: string): string => text.replace('Z"', '+00:00"');
    expect(textOf(first.text, property)).toBe(bare(lower));
    expect(textOf(second.text, property)).toBe(bare(upper));
  });
});

describe('arithmetic in a filter', () => {
  const CONDITIONS: readonly (readonly [string, string])[] = [
    ['whole add 9223372036854775807 eq 9223372036854775808', '1'],
    ['whole mul 9223372036854775807 mul 9223372036854775807 eq 85070591730234615847396907784232501249', '1'],
    ['-9223372036854775808 sub whole eq -9223372036854775809', '1'],
    // Division by zero gives null, and nothing fails.
    ['whole div 0 eq null', '1'],
    ['whole mod (whole sub whole) ne 1', '1'],
    ['whole divby 0 gt 1', '0'],
  ];

  test.each(CONDITIONS)('%s holds for %s of one', async (condition, holds) => {
    const filter = encodeURIComponent(`name eq 'First' and (${condition})`);
    const { text } = await service.call({ path: `/x_samples/$count?$filter=${filter}` });
    expect(text).toBe(holds);
  });
});
