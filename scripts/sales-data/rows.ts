// The rows of the sales data set (accounts, sales teams, opportunities as CSV) as values of our entities. Its dirt is
// mended here and nowhere else: misspelt sectors, products and countries, blank dates and values.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import type { Json } from './rest-client.ts';

export type CsvRow = Readonly<Record<string, string>>;

/** Streams a file of the folder, one object per line, keyed by the header. */
export function readRows(folder: string, file: string): AsyncIterable<CsvRow> {
  return createReadStream(join(folder, file)).pipe(
    parse({ columns: true, trim: true, bom: true, skip_empty_lines: true }),
  );
}

/** Spellings of the files that are not ours. */
const INDUSTRIES: Readonly<Record<string, string>> = {
  technolgy: 'technology',
  telecommunications: 'telecommunications',
};
const PRODUCTS: Readonly<Record<string, string>> = { GTXPro: 'GTX Pro' };
const STAGES: Readonly<Record<string, string>> = {
  Won: 'won',
  Lost: 'lost',
  Engaging: 'engaging',
  Prospecting: 'prospecting',
};

/** The files name countries in words; addresses hold codes of ISO 3166. */
const COUNTRIES: Readonly<Record<string, string>> = {
  Belgium: 'BE',
  Brazil: 'BR',
  China: 'CN',
  Germany: 'DE',
  Italy: 'IT',
  Japan: 'JP',
  Jordan: 'JO',
  Kenya: 'KE',
  Korea: 'KR',
  Norway: 'NO',
  Panama: 'PA',
  Philipines: 'PH',
  Poland: 'PL',
  Romania: 'RO',
  'United States': 'US',
};

function countryOf(row: CsvRow): string | null {
  const name = row.office_location ?? '';
  if (name === '') return null;
  const code = COUNTRIES[name];
  if (code === undefined) throw new Error(`${row.account}: unknown country ${name}`);
  return code;
}

/** Industry value of an account's sector. */
export function industryOf(row: CsvRow): string {
  const sector = row.sector ?? '';
  return INDUSTRIES[sector] ?? sector;
}

/** A company, but for its parent, which may stand further down in the file. Revenue is in millions in the file. */
export function companyValues(row: CsvRow): Json {
  return {
    name: row.account,
    external_id: row.account,
    industry: industryOf(row),
    founded_year: whole(row.year_established),
    headcount: whole(row.employees),
    revenue: millions(row.revenue),
    physical_address_country: countryOf(row),
  };
}

/** A deal of an agent; an opportunity without an account becomes a deal without a company. */
export function dealValues(
  row: CsvRow,
  owners: ReadonlyMap<string, string>,
  companies: ReadonlyMap<string, string>,
): Json {
  const stage = STAGES[row.deal_stage ?? ''];
  const owner = owners.get(row.sales_agent ?? '');
  if (stage === undefined) throw new Error(`${row.opportunity_id}: unknown stage ${row.deal_stage}`);
  if (owner === undefined) throw new Error(`${row.opportunity_id}: unknown agent ${row.sales_agent}`);
  const account = row.account ?? '';
  const company = companies.get(account);
  if (account !== '' && company === undefined) throw new Error(`${row.opportunity_id}: unknown account ${account}`);
  const product = PRODUCTS[row.product ?? ''] ?? row.product;
  return {
    name: account === '' ? product : `${product}, ${account}`,
    external_id: row.opportunity_id,
    owner_id: owner,
    company_id: company ?? null,
    stage,
    product,
    amount: row.close_value || null,
    engaged_on: row.engage_date || null,
    actual_close_date: row.close_date || null,
    ...(stage === 'lost' ? { lost_reason: 'unknown' } : {}),
  };
}

function whole(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number.parseInt(text, 10);
}

/** `1100.04` (millions) as `1100040000`, without a detour over binary fractions. */
function millions(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  const [integer = '', fraction = ''] = text.split('.');
  return String(BigInt(integer + fraction.padEnd(6, '0').slice(0, 6)));
}
