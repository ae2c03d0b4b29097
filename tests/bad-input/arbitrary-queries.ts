// Queries for fuzzing: any text at all, words of the language in any order, and valid queries with a few characters changed.
import fc from 'fast-check';

/** Valid values of each option, over x_samples. */
const VALID: Readonly<Record<string, readonly string[]>> = {
  filter: [
    "name eq 'First' and (whole gt 1 or ratio le 2.5) and not flag eq true",
    "contains(tolower(name),'a') and startswith(company/name,'O') or kind in ('a','b')",
    'day ge 2026-01-01 and moment lt 2026-03-08T10:00:00.000001Z and price ne null',
    'whole add 2 mul 3 sub 1 divby 4 gt 0.5 and length(name) lt 20 and company_id ne null',
    'year(day) eq 2026 and date(moment) le today() and time(created_on) ge 09:30 or hour(moment) mod 2 eq 1',
    "day add duration'P1D' gt 2026-01-01 and moment sub created_on lt duration'-PT1H' or totaloffsetminutes(moment) ge 0",
    'company/contacts/any(c:c/last_name eq name and c/deals/any(d:d/amount gt $it/price)) and not company/deals/any()',
    "company/contacts/$count($filter=startswith(last_name,'a')) ge 1 or case(flag:1,whole gt 2:2.5,true:null) eq round(ratio)",
    'name in ["First","\\u0041"] and floor(ratio) le ceiling(price) and $it/whole add +1 ne - whole',
    "owner_id eq me() and created_on le now() and substring(name,1,2) eq 'ir' and indexof(name,'s') gt -1",
  ],
  orderby: [
    'length(name) desc,case(flag:1,true:whole)',
    'company/contacts/$count desc,year(moment)',
    'name desc,whole',
    'company/name,moment desc',
    'day asc,ratio desc,kind',
  ],
  select: ['name,whole,company_id', '*', 'moment,day,price'],
  expand: [
    'company($select=name;$expand=contacts($top=2;$orderby=last_name desc;$count=true))',
    "owning_user($select=full_name),company($expand=deals($filter=amount gt 1 and stage eq 'won';$skip=1))",
  ],
  search: ['First AND NOT (a OR "b c")', '"x\\"y" OR 50%_ NOT 123-45-67'],
  top: ['5'],
  skip: ['1'],
  count: ['true'],
  format: ['json'],
};
const OPTIONS = Object.keys(VALID);

const WORDS: readonly string[] = [
  ...[
    'name',
    'whole',
    'ratio',
    'price',
    'flag',
    'day',
    'moment',
    'kind',
    'company',
    'company_id',
    'company/name',
    'id',
  ],
  ...[
    'eq',
    'ne',
    'gt',
    'le',
    'and',
    'or',
    'not',
    'in',
    'has',
    'add',
    'sub',
    'mul',
    'div',
    'divby',
    'mod',
    '-',
    '(',
    ')',
  ],
  ...[',', ';', '/', "'", "''", "'x'", '1', '-1', '0', '9223372036854775807', '1e90', '0.1', 'null', 'true', 'false'],
  ...['2026-02-28', '9999-12-31T23:59:59.999999Z', '0001-01-01T00:00:00Z', '01890000-0000-7000-8000-000000000000'],
  ...[
    'contains(',
    'startswith(',
    'substring(',
    'indexof(',
    'length(',
    'concat(',
    'trim(',
    'tolower(',
    'year(',
    'date(',
    'time(',
    'case(',
    'round(',
    'cast(',
    'matchesPattern(',
    '/$count',
    '/$count($filter=',
    'contacts/any(c:c/',
    '$root/',
    '$this/',
    '[',
    ']',
    '"x"',
    '12:30',
    'INF',
    "duration'-P1D'",
    '+',
    'me()',
    'today()',
  ],
  ...[
    'my_teams()',
    '$expand=',
    '$filter=',
    '$select=',
    '$count',
    '$it',
    '@p',
    'any(',
    '/any(k:k eq ',
    '/all(k:',
    "duration'PT1H'",
    "duration'",
    'asc',
    'desc',
    '*',
    'deleted_on',
  ],
  ...['constructor', '__proto__', '--', '/*', '$1', '"', '\\', '\n', '%', '😀', 'İ', '\u0000', '\uffff'],
];

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }).map((parts) => parts.join(' '));

const mutated = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(200), fc.nat(6), fc.constantFrom(...WORDS)), { minLength: 1, maxLength: 4 }),
    )
    .map(([text, changes]) =>
      changes.reduce((changed, [at, cut, word]) => {
        const place = at % (changed.length + 1);
        return changed.slice(0, place) + word + changed.slice(place + cut);
      }, text),
    );

/** Text of one option. */
const optionText = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: anyText },
    { weight: 2, arbitrary: words },
    { weight: 4, arbitrary: mutated(VALID[name] ?? []) },
    { weight: 2, arbitrary: fc.constantFrom(...(VALID[name] ?? [])) },
  );

const option = (name: string): fc.Arbitrary<string> =>
  optionText(name).map((text) => `$${name}=${encodeURIComponent(text.toWellFormed())}`);

/** A query string with `$filter` alone, percent-encoded. */
export const arbitraryFilter: fc.Arbitrary<string> = option('filter');

/** A query string of one to three options, percent-encoded. */
export const arbitraryQuery: fc.Arbitrary<string> = fc
  .uniqueArray(fc.constantFrom(...OPTIONS), { minLength: 1, maxLength: 3 })
  .chain((names) => fc.tuple(...names.map(option)))
  .map((options) => options.join('&'));

const OPTION_NAMES = [
  '$filter=',
  '$orderby=',
  '$expand=',
  '$select=',
  '$search=',
  '$top=',
  '$Filter=',
  'filter=',
  '@p=',
  '&',
  '',
];
/** Parts of a query string as nobody encodes them: bytes, broken percent signs, bytes that are no UTF-8. */
const RAW_PARTS = [
  ...[
    '%',
    '%2',
    '%zz',
    '%00',
    '%ff',
    '%c3%28',
    '%ed%a0%80',
    '%f0%9f%98%80',
    '%27',
    '%2527',
    '%26',
    '%3D',
    '%23',
    '%5B',
    '%22',
  ],
  ...['name', '%20eq%20', "'x'", '(', ')', ',', ';', '+', '=', '@p', '$it/', '/any(c:', ':', '1', '-', '.', '*', '?'],
];

/** A query string put together of options, raw parts and bytes. */
export const arbitraryByteQuery: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...OPTION_NAMES),
      fc.constantFrom(...RAW_PARTS),
      fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
      fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 24 },
  )
  // A fragment is no part of what is sent.
  .map((parts) => parts.join('').replaceAll('#', '%23'));

const PATH_PARTS = [
  ...[
    '/',
    '//',
    'x_samples',
    'companies',
    '(',
    ')',
    '$count',
    '$ref',
    '$value',
    '$metadata',
    '$batch',
    'name',
    'company',
  ],
  ...[
    'deleted',
    'changes',
    'any(',
    "'x'",
    '=',
    'id=',
    ',',
    '%2F',
    '%27',
    '%00',
    '%ff',
    '%',
    '..',
    '.',
    ';',
    '@',
    '*',
    'null',
    '-1',
  ],
  ...[
    '01890000-0000-7000-8000-000000000000',
    '%c3%28',
    '%ed%a0%80',
    'explain_access',
    'bulk',
    '__proto__',
    'constructor',
  ],
];

/** A path below the root of the service. */
export const arbitraryPath: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PATH_PARTS),
      fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
    ),
    { maxLength: 8 },
  )
  .map((parts) => `/${parts.join('')}`.replace(/^\/+/, '/'));

/** A query string that nobody encoded: any printable bytes. */
export const arbitraryRawQuery: fc.Arbitrary<string> = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});

const anyJson = fc.json({ maxDepth: 3, stringUnit: 'binary' });
const PROPERTIES = ['name', 'whole', 'ratio', 'price', 'flag', 'day', 'moment', 'kind', 'company_id', 'id', 'version'];

/** A body without a valid record in it: any JSON, or any values (never a valid name) for the entity's properties. */
export const arbitraryBody: fc.Arbitrary<string> = fc.oneof(
  anyJson,
  fc
    .dictionary(fc.constantFrom(...PROPERTIES), fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }), { maxKeys: 6 })
    .map((values) => JSON.stringify({ ...values, name: 5 })),
  fc
    .tuple(fc.constantFrom('{"name":"Bad","whole":5,"day":"2026-01-01"'), fc.string({ unit: 'binary', maxLength: 8 }))
    .map(([start, rest]) => start + rest.toWellFormed().replaceAll('}', '')),
);
