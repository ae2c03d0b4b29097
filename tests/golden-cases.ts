// The requests of the golden files: data only.

export type Caller = 'administrator' | 'representative' | 'member' | 'manager' | 'sharee';

export interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly as?: Caller;
  /** The page after this many: the request is what nextLink names. */
  readonly after?: number;
}

/** Reads and writes of the first fixture, in order: writes change what later cases read. */
export const CASES: readonly Case[] = [
  { name: 'read a record', path: '/deals({Pens})?$select=name,amount,stage' },
  { name: 'read a record as a representative', path: '/deals({Pens})?$select=name', as: 'representative' },
  { name: 'read a record that is not there', path: '/deals(00000000-0000-0000-0000-000000000000)' },
  {
    name: 'list with filter order and top',
    path: "/deals?$filter=stage eq 'prospecting' and amount gt 99.5&$orderby=close_date desc&$top=50&$select=name",
  },
  {
    name: 'list as a representative',
    path: "/deals?$filter=stage eq 'prospecting'&$orderby=close_date&$top=50&$select=name",
    as: 'representative',
  },
  {
    name: 'list with total and expanded lookup',
    path: '/deals?$expand=company($select=name)&$count=true&$top=2&$orderby=name&$select=name',
    as: 'representative',
  },
  {
    name: 'list with nested expands',
    path: '/companies?$select=name&$orderby=name&$expand=deals($select=name;$filter=amount ge 100;$orderby=amount desc;$top=1;$count=true;$expand=company($select=name))',
  },
  {
    name: 'filter over a lookup',
    path: "/deals?$filter=company/industry in ('retail','banking') or company eq null&$select=name&$top=10".replace(
      ' or company eq null',
      '',
    ),
  },
  { name: 'search', path: '/deals?$search=pen OR "a \\"b\\"" NOT 9&$select=name&$top=10', as: 'representative' },
  {
    name: 'list the recycle bin',
    path: '/deals/deleted?$orderby=deleted_on desc&$select=name&$top=10',
    as: 'representative',
  },
  { name: 'order over a lookup', path: '/deals?$orderby=company/name,name desc&$select=name&$top=10' },
  {
    name: 'string functions and null',
    path: "/deals?$filter=not startswith(name,'P') and close_date ne null and contains(tolower(name),'k')&$select=name&$top=10",
  },
  { name: 'first page', path: '/deals?$orderby=close_date&$select=name', headers: { prefer: 'odata.maxpagesize=2' } },
  {
    name: 'context functions',
    path: '/deals/$count?$filter=owner_id eq me() and created_on le now()',
    as: 'representative',
  },
  {
    name: 'numbers as strings',
    path: '/deals({Paper})?$select=amount,version',
    headers: { accept: 'application/json;IEEE754Compatible=true' },
  },
  {
    name: 'create',
    method: 'POST',
    path: '/deals?$select=name,amount,amount_base,version',
    body: { name: 'Chairs', stage: 'prospecting', amount: 12.3456, company_id: '{acme}' },
    as: 'representative',
  },
  {
    name: 'create with every value wrong',
    method: 'POST',
    path: '/deals',
    body: { name: '', stage: 'nowhere', amount: 'much', version: 3, colour: 'red', close_date: '2026-02-30' },
    headers: { prefer: 'handling=strict' },
  },
  {
    name: 'update one property',
    method: 'PATCH',
    path: '/deals({Desks})',
    body: { amount: 1 },
    headers: { 'if-match': 'W/"1"' },
    as: 'representative',
  },
  {
    name: 'update a stale version',
    method: 'PATCH',
    path: '/deals({Desks})',
    body: { amount: 2 },
    headers: { 'if-match': 'W/"1"' },
  },
  {
    name: 'update a lookup with several targets',
    method: 'PATCH',
    path: '/activities({Call})',
    body: { regarding_id: '{borg}', regarding_type: 'company' },
    as: 'representative',
  },
  {
    name: 'expand over lookups with several targets',
    path: '/deals({Paper})?$select=name&$expand=activities($select=subject;$expand=regarding_deal($select=name),regarding_company($select=name))',
    as: 'representative',
  },
  {
    name: 'expand of links that are records',
    path: '/deals({Pens})?$select=name&$expand=contacts($select=last_name;$orderby=last_name;$top=1;$count=true)',
    as: 'representative',
  },
  {
    name: 'collection of a record',
    path: '/contacts({Ann})/participating_deals?$select=name&$filter=amount gt 1&$orderby=name&$top=5',
    as: 'representative',
  },
  { name: 'delete what others refer to', method: 'DELETE', path: '/companies({acme})' },
  { name: 'delete', method: 'DELETE', path: '/deals({Ink})' },
  { name: 'an option that is not supported', path: '/deals?$index=1' },
  {
    name: 'a filter with three mistakes',
    path: "/deals?$filter=colour eq 'red' and amount eq 'x' and contains(amount,'1')",
  },
];

const ONE_EACH = { prefer: 'odata.maxpagesize=1' };

/** Reads of the second fixture, which has teams, units and shares. */
export const RIGHTS_CASES: readonly Case[] = [
  {
    name: 'page after null ascending',
    path: '/deals?$orderby=close_date&$select=name',
    headers: ONE_EACH,
    as: 'representative',
    after: 1,
  },
  {
    name: 'page after a value ascending',
    path: '/deals?$orderby=close_date&$select=name',
    headers: ONE_EACH,
    as: 'representative',
    after: 3,
  },
  {
    name: 'page after a value descending',
    path: '/deals?$orderby=close_date desc&$select=name',
    headers: ONE_EACH,
    as: 'representative',
    after: 1,
  },
  {
    name: 'page after null descending',
    path: '/deals?$orderby=close_date desc&$select=name',
    headers: ONE_EACH,
    as: 'representative',
    after: 3,
  },
  {
    name: 'page after a value in mixed directions',
    path: '/deals?$orderby=stage,company/name desc,name&$select=name',
    headers: ONE_EACH,
    after: 1,
  },
  { name: 'list as a member of teams', path: '/deals?$orderby=close_date&$top=2&$select=name', as: 'member' },
  {
    name: 'page after a value as a member of teams',
    path: '/deals?$orderby=close_date desc&$select=name',
    headers: ONE_EACH,
    as: 'member',
    after: 1,
  },
  { name: 'list of a unit', path: '/companies?$orderby=name&$top=2&$select=name&$count=true', as: 'representative' },
  { name: 'list of units', path: '/deals?$orderby=name&$top=2&$select=name&$count=true', as: 'manager' },
  { name: 'list with shares', path: '/deals?$orderby=name&$top=5&$select=name&$count=true', as: 'sharee' },
  {
    name: 'list of what belongs to shared records',
    path: '/events?$orderby=happened_on desc&$top=5&$select=text&$count=true',
    as: 'sharee',
  },
  { name: 'read a shared record', path: '/deals({Pens})?$select=name', as: 'sharee' },
  {
    name: 'expand under rights',
    path: '/companies?$select=name&$orderby=name&$top=2&$expand=deals($select=name;$orderby=name;$top=2),owning_user($select=full_name)',
    as: 'member',
  },
  {
    name: 'rollups under rights',
    path: '/companies?$select=name,open_deals,won_amount&$filter=won_amount lt 1000000&$orderby=open_deals desc,name&$top=2',
    as: 'member',
  },
  {
    name: 'page after a formula descending',
    path: '/deals?$orderby=weighted_amount desc&$select=name,weighted_amount',
    headers: ONE_EACH,
    as: 'sharee',
    after: 1,
  },
  {
    name: 'expand with a link to the rest',
    path: '/companies({big})?$select=name&$expand=deals($select=id;$top=1;$expand=company($select=id;$expand=deals($select=name;$orderby=name)))',
  },
  {
    name: 'filter over a lookup under rights',
    path: "/deals?$filter=company/name eq 'Acme'&$select=name",
    as: 'sharee',
  },
  { name: 'a version that is known', path: '/deals({Pens})?$select=name', headers: { 'if-none-match': 'W/"1"' } },
  { name: 'service document', path: '/', as: 'sharee' },
  {
    name: 'assign with what follows',
    method: 'PATCH',
    path: '/deals({Pens})?$select=name,version',
    body: { owner_id: '{member}' },
    headers: { prefer: 'return=representation' },
  },
];
