// Requests that must be refused whatever they carry: paths, query options, headers, methods and parts of OData that are not
// served yet. `{company}` and `{sample}` stand for ids of records that exist.
import type { Call } from './bad-input-service.ts';

export interface RequestCase extends Call {
  readonly status: number;
  readonly code: string;
  /** Of the error object. */
  readonly target?: string;
}

const get = (path: string, status: number, code: string, target?: string): RequestCase => ({
  path,
  status,
  code,
  ...(target === undefined ? {} : { target }),
});

const NOWHERE = '01890000-0000-7000-8000-000000000000';

const PATHS: readonly RequestCase[] = [
  get('/nothing', 404, 'unknown_resource', 'nothing'),
  get('/Companies', 404, 'unknown_resource', 'Companies'),
  get('/company', 404, 'unknown_resource', 'company'),
  get('/__proto__', 404, 'unknown_resource', '__proto__'),
  get('/constructor', 404, 'unknown_resource', 'constructor'),
  get('/toString(5)', 404, 'unknown_resource', 'toString'),
  get(`/companies(${NOWHERE})`, 404, 'not_found'),
  get(`/companies/${NOWHERE}`, 404, 'not_found'),
  get('/companies(1)', 400, 'invalid_key'),
  get('/companies()', 400, 'invalid_key'),
  get('/companies(', 400, 'invalid_key'),
  get('/companies)', 404, 'unknown_resource'),
  get(`/companies(${NOWHERE}`, 400, 'invalid_key'),
  get(`/companies(${NOWHERE})x`, 400, 'invalid_key'),
  get(`/companies('${NOWHERE}')`, 404, 'not_found'),
  get(`/companies(${NOWHERE},${NOWHERE})`, 400, 'invalid_key'),
  get(`/companies(id=${NOWHERE},name=1)`, 400, 'invalid_key'),
  get("/companies(name='x')", 400, 'invalid_key'),
  get("/companies(external_id='x')", 404, 'not_found'),
  { ...get("/companies(external_id='x')", 404, 'not_found'), method: 'DELETE' },
  get(`/companies(%27%20or%201=1--)`, 400, 'invalid_key'),
  get(`/companies/${NOWHERE}%00`, 400, 'invalid_key'),
  get('/companies/5', 400, 'invalid_key'),
  ...['contacts(x)', 'contacts/x/$ref/x', 'contacts(x)/name'].map((path) =>
    get(`/companies({company})/${path}`, 400, 'invalid_key'),
  ),
  get('/companies({company})/contacts(01890000-0000-7000-8000-000000000000)', 404, 'not_found'),
  get('/companies({company})/parent_company/name', 404, 'not_found'),
  get(`/companies({company})${'/parent_company'.repeat(6)}/name`, 400, 'limit_exceeded'),
  ...['contacts(x)/$ref', 'contacts/x/$ref', 'contacts(/$ref'].map(
    (path): RequestCase => ({
      ...get(`/companies({company})/${path}`, 400, 'invalid_key'),
      method: 'DELETE',
    }),
  ),
  get('/companies(%ZZ)', 400, 'bad_request'),
  get('/companies(%C3%28)', 400, 'bad_request'),
  get('/companies(%ED%A0%80)', 400, 'bad_request'),
  get('/%', 400, 'bad_request'),
  get('/../../etc/passwd', 404, 'unknown_resource'),
  get('/%2e%2e/%2e%2e/etc/passwd', 404, 'unknown_resource'),
  get('/companies({company})/nothing/at/all', 404, 'unknown_resource'),
  get('//nowhere', 404, 'unknown_resource'),
  get('//api/v2/companies', 404, 'unknown_resource'),
  get('//api/v1x/companies', 404, 'unknown_resource'),
];

const OPTIONS: readonly RequestCase[] = [
  get('/companies?$nothing=1', 400, 'unknown_option', '$nothing'),
  get('/companies?nothing=1', 400, 'unknown_option', 'nothing'),
  get('/companies?__proto__=1', 400, 'unknown_option', '__proto__'),
  get('/companies?constructor=1', 400, 'unknown_option', 'constructor'),
  get('/companies?=1', 400, 'unknown_option'),
  get('/companies?$=1', 400, 'unknown_option'),
  get('/companies?$$top=1', 400, 'unknown_option'),
  get('/companies?$top=1&$top=1', 400, 'duplicate_option', '$top'),
  get('/companies?$top=1&top=2', 400, 'duplicate_option', '$top'),
  get('/companies?$TOP=1&$top=2', 400, 'duplicate_option', '$top'),
  get('/companies?$filter=true&%24filter=true', 400, 'duplicate_option', '$filter'),
  ...['', '-1', '1.5', '1e3', 'all', ' 5', '5 ', '0x10', '٥', '9999999999999999', 'NaN'].map((value) =>
    get(`/companies?$top=${encodeURIComponent(value)}`, 400, 'invalid_option', '$top'),
  ),
  get('/companies?$top=1000000001', 400, 'limit_exceeded', '$top'),
  get('/companies?$skip=-1', 400, 'invalid_option', '$skip'),
  get('/companies?$skip=100001', 400, 'limit_exceeded', '$skip'),
  get('/companies?$count=yes', 400, 'invalid_option', '$count'),
  get('/companies?$count=', 400, 'invalid_option', '$count'),
  get('/companies?$filter=%ZZ', 400, 'bad_request'),
  get('/companies?%ZZ=1', 400, 'bad_request'),
  get('/companies?$filter=%C3%28', 400, 'bad_request'),
  get("/companies?$filter=name%20eq%20'%00'", 400, 'invalid_text'),
  ...["duration'P1Y'", "duration''", "duration'PT1H"].map((text) =>
    get(`/companies?$filter=${encodeURIComponent(`${text} eq null`)}`, 400, 'invalid_expression'),
  ),
  ...[
    'name/any()',
    "name/any(x:x eq 'a')",
    'name/all()',
    'name/any(x)',
    'name/any(x:x',
    'name/any(null:null eq null)',
  ].map((text) => get(`/companies?$filter=${encodeURIComponent(text)}`, 400, 'invalid_expression')),
  get('/companies?$select=', 400, 'invalid_option'),
  get('/companies?$select=name,', 400, 'invalid_option'),
  get('/companies?$select=nothing', 400, 'unknown_property', '$select'),
  get('/companies?$select=deleted_on', 400, 'unknown_property', '$select'),
  get('/companies?$select=constructor', 400, 'unknown_property', '$select'),
  get('/companies?$select=name;headcount', 400, 'invalid_option'),
  get('/companies?$expand=', 400, 'invalid_option'),
  get('/companies?$expand=nothing', 400, 'unknown_property', '$expand'),
  get('/companies?$expand=name', 400, 'unknown_property', '$expand'),
  get('/companies?$expand=contacts,contacts', 400, 'invalid_option'),
  get('/companies?$expand=contacts(', 400, 'invalid_option'),
  get('/companies?$expand=contacts)', 400, 'invalid_option'),
  get('/companies?$expand=contacts($top)', 400, 'invalid_option'),
  get('/companies?$expand=contacts($top=x)', 400, 'invalid_option'),
  get('/companies?$expand=contacts($nothing=1)', 400, 'unknown_option'),
  get('/companies?$expand=contacts($top=1;$top=2)', 400, 'duplicate_option'),
  get('/companies?$expand=contacts($skiptoken=x)', 400, 'invalid_option'),
  get('/companies?$deltatoken=1', 400, 'invalid_deltatoken'),
  get('/companies/deleted?$deltatoken=1', 400, 'invalid_option'),
  get('/companies?$expand=contacts($filter=nothing%20eq%201)', 400, 'invalid_expression'),
  get('/companies?$expand=parent_company($top=1)', 400, 'invalid_option'),
  get(`/companies?$expand=${nestedExpand(6)}`, 400, 'limit_exceeded'),
  get(`/companies?$expand=${nestedExpand(500)}`, 400, 'limit_exceeded'),
  get(`/companies?$select=${Array(501).fill('name').join(',')}`, 400, 'limit_exceeded'),
  get('/companies?$orderby=', 400, 'invalid_option'),
  get('/companies?$orderby=name%20up', 400, 'invalid_expression'),
  get('/companies?$orderby=nothing', 400, 'invalid_expression'),
  get('/companies?$orderby=name,', 400, 'invalid_option'),
  get(
    '/companies?$orderby=name,legal_name,tax_number,industry,kind,email,phone,website,bank_name',
    400,
    'limit_exceeded',
  ),
  get('/companies?$orderby=contacts/last_name', 400, 'invalid_expression'),
  get('/companies?@p=1', 400, 'invalid_option', '@p'),
  get('/companies?$filter=name%20eq%20@p&@p=1)', 400, 'invalid_option', '@p'),
  get('/companies?$filter=name%20eq%20@p&@p=1&@p=2', 400, 'duplicate_option', '@p'),
  get('/companies?$format=xml', 406, 'not_acceptable'),
  get('/companies?$format=', 406, 'not_acceptable'),
  get('/companies({company})?$filter=true', 400, 'invalid_option', '$filter'),
  get('/companies({company})?$top=1', 400, 'invalid_option', '$top'),
  get('/companies/$count?$top=1', 400, 'invalid_option', '$top'),
  { ...get('/companies({company})?$filter=true', 400, 'invalid_option', '$filter'), method: 'DELETE' },
  { ...get('/companies?$filter=true', 400, 'invalid_option', '$filter'), method: 'POST', body: '{"name":"Bad"}' },
  { ...get('/companies({company})?$top=1', 400, 'invalid_option', '$top'), method: 'PATCH', body: '{"name":"Bad"}' },
  { ...get('/companies?$select=nothing', 400, 'unknown_property'), method: 'POST', body: '{"name":"Bad"}' },
  { ...get('/companies?$format=xml', 406, 'not_acceptable'), method: 'POST', body: '{"name":"Bad"}' },
];

function nestedExpand(depth: number): string {
  return `${'subsidiaries($expand='.repeat(depth)}subsidiaries${')'.repeat(depth)}`;
}

const filter = (text: string, code = 'invalid_expression'): RequestCase =>
  get(`/x_samples?$filter=${encodeURIComponent(text)}`, 400, code);

const FILTERS: readonly RequestCase[] = [
  ...[
    '',
    ' ',
    '(',
    ')',
    'name',
    'name eq',
    "eq 'x'",
    "name eq 'x",
    "name = 'x'",
    'name eq "x"',
    "name eq 'x' and",
    'not',
  ],
  ...[
    'true and',
    "name eq 'x';",
    "name eq 'x' -- ",
    "'; drop table data.company; --",
    "name eq 'x' or 1=1",
    '1',
    "'x'",
  ],
  ...[
    "nothing eq 'x'",
    'name eq 5',
    "whole eq 'x'",
    'flag eq 1',
    "day eq '2026-01-32'",
    'moment eq 2026-01-01T10:00:00',
  ],
  ...['whole gt true', "kind gt 'a'", 'company_id gt 1', "company_id eq 'x'", 'company eq 5', 'company/nothing eq 1'],
  ...['company/name/x eq 1', "contains(whole,'1')", 'contains(name)', "contains(name,'a','b')", 'nothing(name)'],
  ...[
    'deleted_on eq null',
    'constructor eq 1',
    '__proto__ eq 1',
    'name/constructor eq 1',
    'whole in ()',
    'whole in (1',
  ],
  ...[
    "whole in ('x')",
    'name in 5',
    '(((((whole eq 1)',
    'whole eq 1 whole eq 2',
    'whole add 1',
    'me() eq 1',
    'me(5) eq 1',
  ],
  ...['day eq 2026-02-30', 'day eq 0000-01-01', 'day eq 10000-01-01', 'moment eq 2026-13-01T00:00:00Z'],
  ...[
    'moment eq 9999-12-31T23:59:59-10:00',
    'moment eq 2026-01-01T00:00:00.1234567Z',
    'moment eq 2026-01-01T25:00:00Z',
  ],
  ...['name eq \u0001', 'name eq \u2028', 'substring(name) eq 1', 'length(whole) eq 1'],
].map((text) => filter(text));

const LIMITS: readonly RequestCase[] = [
  filter(`${'('.repeat(200)}true${')'.repeat(200)}`),
  filter(`${'not '.repeat(200)}true`),
  filter(`whole eq 1${' or whole eq 1'.repeat(600)}`),
  filter(`whole in (${Array(600).fill('1').join(',')})`),
  filter(`whole eq 1${'0'.repeat(200)}`),
  filter(`whole eq 1${' add 1'.repeat(150)}`),
  filter("name has 'x'", 'invalid_expression'),
  filter('$it eq null', 'invalid_expression'),
  filter('headcount eq INF', 'invalid_expression'),
  filter('10:60 eq null', 'invalid_expression'),
  filter('contacts/any(c:c/nothing eq 1)', 'invalid_expression'),
  filter('contacts eq null', 'invalid_expression'),
  filter(`name eq '${'x'.repeat(17_000)}'`, 'limit_exceeded'),
];

const NOT_SUPPORTED: readonly RequestCase[] = [
  ...['$apply=concat(identity,identity)', '$compute=null%20as%20more'],
  ...['$index=1', '$expand=contacts($schemaversion=1)', '$id=companies(1)', 'apply=expand(contacts)'],
  ...['$expand=contacts($apply=identity)'],
  ...['$orderby=now()%20sub%20created_on', '$filter=name%20eq%20@p&@p=@q'],
]
  .map((query) => get(`/companies?${query}`, 501, 'not_supported'))
  .concat(
    [
      ...['cast(name,Edm.Int64) eq 1', 'isof(name,Edm.String)', "matchespattern(name,'x')", 'hassubset(name,name)'],
      ...[
        "name eq geography'POINT(0 0)'",
        "name eq Ns.Color'Red'",
        "$root/companies(1)/name eq 'x'",
        'name/@Ns.Term eq 1',
      ],
      ...['contacts/$count($search=x) gt 1', 'Ns.company/name eq null', 'geo.length(name) gt 1'],
    ].map((text) => get(`/companies?$filter=${encodeURIComponent(text)}`, 501, 'not_supported')),
    [
      ...['/$all', '/$crossjoin(companies,deals)'],
      ...[
        '/companies/$ref',
        '/companies/$filter',
        '/companies/$each',
        '/companies/$query',
        '/companies({company})/$value',
      ],
      ...['/companies({company})/name/$count'],
      ...['/companies({company})/contacts/$value'],
    ].map((path) => get(path, 501, 'not_supported')),
    { ...get('/companies/$query', 501, 'not_supported'), method: 'POST', body: '{}' },
  );

const header = (name: string, value: string, status: number, code: string, more: Partial<Call> = {}): RequestCase => ({
  path: '/companies?$top=1',
  ...more,
  headers: { [name]: value },
  status,
  code,
});
const PATCH = { method: 'PATCH', path: '/companies({company})', body: '{"name":"Bad"}' } as const;
const POST = { method: 'POST', path: '/companies', body: '{"name":"Bad"}' } as const;
const DELETE = { method: 'DELETE', path: '/companies({company})' } as const;

const HEADERS: readonly RequestCase[] = [
  ...['1', 'W/1', '"x"', 'W/"-1"', 'W/"1', '""', '"1";', '"1" "2"', `"${'9'.repeat(30)}"`, '"1\\""', '* , "1"'].map(
    (value) => header('if-match', value, 400, 'invalid_if_match', PATCH),
  ),
  header('if-match', 'W/"99"', 412, 'precondition_failed', PATCH),
  header('if-match', '"999999999999999999"', 412, 'precondition_failed', DELETE),
  header('if-match', 'x', 400, 'invalid_if_match', DELETE),
  ...['text/html', 'application/xml', 'application/json;q=0', 'application/atom+xml', ',', ';', 'x'].flatMap(
    (value) => [header('accept', value, 406, 'not_acceptable'), header('accept', value, 406, 'not_acceptable', POST)],
  ),
  header('accept', 'application/json;odata.metadata=full', 501, 'not_supported', {
    path: '/companies({company})/name',
  }),
  header('accept', 'application/json;odata.metadata=much', 406, 'not_acceptable'),
  header('accept', 'application/json;IEEE754Compatible=perhaps', 406, 'not_acceptable'),
  ...['odata.maxpagesize=0', 'odata.maxpagesize=-1', 'odata.maxpagesize=x', 'maxpagesize=', 'maxpagesize=1.5'].map(
    (value) => header('prefer', value, 400, 'invalid_option'),
  ),
  ...['3.0', '1', 'x', '', '-4', 'NaN'].flatMap((value) =>
    [{}, PATCH, POST, DELETE].map((more) => header('odata-maxversion', value, 501, 'not_supported', more)),
  ),
  ...['3.0', '5.0', 'x'].flatMap((value) => [header('odata-version', value, 400, 'bad_request', POST)]),
  ...['Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic YTpi', 'Digest x', 'Bearer  ', `Bearer ${'x'.repeat(20_000)}`].map(
    (value) => header('authorization', value, 401, 'unauthenticated'),
  ),
  ...['odata-isolation', 'isolation'].flatMap((name) =>
    [{}, PATCH, POST, DELETE].map((more) => header(name, 'snapshot', 412, 'isolation_not_supported', more)),
  ),
  ...['repeatability-request-id', 'repeatability-first-sent', 'repeatability-client-id'].flatMap((name) => [
    header(name, 'x', 501, 'not_supported'),
    ...[PATCH, POST, DELETE].map((more) => header(name, 'x', 400, 'invalid_repeatability', more)),
  ]),
  ...['if-match', 'if-none-match'].map((name) => header(name, '*', 501, 'not_supported', POST)),
  header('if-none-match', '*', 412, 'record_exists', PATCH),
  header('if-none-match', 'W/"1"', 501, 'not_supported', PATCH),
  header('if-none-match', '*', 501, 'not_supported', DELETE),
  header('if-match', '*', 501, 'not_supported', { ...POST, path: '/companies({company})/share' }),
  header('if-match', 'W/"99"', 412, 'precondition_failed', { path: '/companies({company})' }),
  ...['gzip', 'br', 'nothing'].map((value) => header('content-encoding', value, 501, 'not_supported', POST)),
  header('host', 'crm.example/evil', 400, 'bad_request'),
  header('host', 'crm example', 400, 'bad_request'),
];

const METHODS: readonly RequestCase[] = [
  ...['PROPFIND', 'SEARCH', 'QUERY', 'LINK', 'PURGE'].map((method) => ({
    ...get('/companies', 501, 'not_supported'),
    method,
  })),
  { ...get('/companies', 405, 'method_not_allowed'), method: 'TRACE' },
  ...['PATCH', 'DELETE', 'PUT'].map((method) => ({
    ...get('/companies', 405, 'method_not_allowed'),
    method,
    body: '{}',
  })),
  ...['POST', 'PATCH', 'DELETE'].map((method) => ({ ...get('', 405, 'method_not_allowed'), method, body: '{}' })),
  { ...get('/companies({company})', 405, 'method_not_allowed'), method: 'POST', body: '{}' },
  { ...get('/companies/$count', 405, 'method_not_allowed'), method: 'POST', body: '{}' },
  { ...get('/companies({company})/share', 405, 'method_not_allowed') },
  { ...get('?$filter=true', 400, 'invalid_option') },
  { ...get('?$nothing=true', 400, 'unknown_option') },
];

const operation = (name: string, body: string, status: number, code: string): RequestCase => ({
  method: 'POST',
  path: `/companies({company})/${name}`,
  body,
  status,
  code,
});

const onMany = (set: string, name: string, body: string, status: number, code: string): RequestCase => ({
  ...operation(name, body, status, code),
  path: `/${set}/${name}`,
});

const OPERATIONS: readonly RequestCase[] = [
  operation('nothing', '{}', 404, 'unknown_resource'),
  operation('constructor', '{}', 404, 'unknown_resource'),
  ...['[]', 'null', '12345678901234567890'].map((body) => operation('share', body, 400, 'body_not_object')),
  operation('share', '{', 400, 'malformed_json'),
  operation('share', '{}', 400, 'validation_failed'),
  operation('share', '{"principal_id":5,"rights":["read"]}', 400, 'validation_failed'),
  operation('share', `{"principal_id":"${NOWHERE}","rights":[]}`, 400, 'validation_failed'),
  operation('share', `{"principal_id":"${NOWHERE}","rights":["all"]}`, 400, 'validation_failed'),
  operation('share', `{"principal_id":"${NOWHERE}","rights":["__proto__"]}`, 400, 'validation_failed'),
  operation('share', `{"principal_id":"${NOWHERE}","rights":["read"],"more":1}`, 400, 'validation_failed'),
  operation('share', `{"principal_id":"${NOWHERE}","rights":["read"],"rights":["write"]}`, 400, 'bad_request'),
  operation('share?$top=1', `{"principal_id":"${NOWHERE}","rights":["read"]}`, 400, 'invalid_option'),
  operation('revoke', '{"principal_id":"x"}', 400, 'validation_failed'),
  operation('assign', '{', 400, 'malformed_json'),
  operation('assign', '[]', 400, 'body_not_object'),
  operation('assign', '{"owner_id":null}', 400, 'validation_failed'),
  operation('assign', `{"owner_id":"${NOWHERE}"}`, 400, 'validation_failed'),
  operation('assign', `{"owner_id":"${NOWHERE}","dry_run":true}`, 400, 'validation_failed'),
  operation('assign?$top=1', `{"owner_id":"${NOWHERE}"}`, 400, 'invalid_option'),
  operation('hand_over', `{"owner_id":"${NOWHERE}"}`, 404, 'unknown_resource'),
  onMany('companies', 'assign', '{"ids":[', 400, 'malformed_json'),
  onMany('companies', 'assign', '{"ids":[]}', 400, 'validation_failed'),
  onMany('companies', 'assign', `{"ids":["${NOWHERE}"],"ids":["${NOWHERE}"]}`, 400, 'bad_request'),
  onMany(
    'companies',
    'assign',
    `{"ids":["${NOWHERE}"],"atomic":"yes","owner_id":"${NOWHERE}"}`,
    400,
    'validation_failed',
  ),
  onMany('companies', 'assign', `{"ids":["${NOWHERE}\\u0000"],"owner_id":"${NOWHERE}"}`, 400, 'validation_failed'),
  onMany('companies', 'share', `{"ids":["${NOWHERE}"],"principal_id":"${NOWHERE}"}`, 400, 'validation_failed'),
  onMany('companies', 'restore', `{"ids":["${NOWHERE}"]}`, 400, 'invalid_key'),
  onMany('team_members', 'assign', `{"ids":["${NOWHERE}"],"owner_id":"${NOWHERE}"}`, 400, 'action_not_applicable'),
  { ...onMany('users', 'assign', '', 400, 'validation_failed'), path: `/users(${NOWHERE})/hand_over`, body: '{}' },
  {
    ...onMany('users', 'assign', '', 404, 'not_found'),
    ...{ path: `/users(${NOWHERE})/hand_over`, body: '{"owner_id":"00000000-0000-7000-8000-00000000abcd"}' },
  },
];

export const REQUESTS: Readonly<Record<string, readonly RequestCase[]>> = {
  paths: PATHS,
  'query options': OPTIONS,
  filters: FILTERS,
  'filters beyond the limits': LIMITS,
  'parts of OData that are not served yet': NOT_SUPPORTED,
  headers: HEADERS,
  methods: METHODS,
  operations: OPERATIONS,
};
