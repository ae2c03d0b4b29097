// Generated contacts and companies as CSV for the import bench: the same in every run, with every kind of column that an import
// has, and one row in a hundred that cannot be stored.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const COMPANIES = 2000;
/** Every so many rows one is bad. */
export const BAD_EVERY = 100;

const FIRST = ['Anna', 'Boris', 'Clara', 'Dmitri', 'Елена', 'Фёдор', 'Grace', 'Hugo', 'Ирина', 'Jonas'];
const LAST = ['Petrova', 'Ivanov', 'Miller', 'Смирнова', 'Кузнецов', 'Garcia', 'Kowalski', 'Novak', 'Андреев', 'Sato'];
const KINDS = ['Client', 'Partner', 'Supplier', 'Journalist'];
const CITIES = ['Moskva', 'Berlin', 'Казань', 'Lyon', 'Porto'];

const HEADER =
  'No;First name;Last name;Born;Kind;Company;Job title;E-mail;Mobile;Country;City;Street;Do not call;Since;Notes';

export const CONTACT_MAP = {
  key: 'external_id',
  columns: {
    No: 'external_id',
    'First name': 'first_name',
    'Last name': 'last_name',
    Born: { to: 'birth_date', date: 'DD.MM.YYYY' },
    Kind: {
      to: 'kind',
      values: { Client: 'client', Partner: 'partner', Supplier: 'supplier', Journalist: 'journalist' },
    },
    Company: { to: 'company_id', lookup: { in: 'companies', by: 'name' } },
    'Job title': 'job_title',
    'E-mail': 'email',
    Mobile: 'mobile_phone',
    Country: 'address_country',
    City: 'address_city',
    Street: 'address_street',
    'Do not call': { to: 'do_not_call', boolean: { true: ['yes'], false: ['no'] } },
    Since: { to: 'created_on', date: 'DD.MM.YYYY HH:mm', zone: 'Europe/Moscow' },
    Notes: 'description',
  },
};

export const COMPANY_MAP = { key: 'external_id', columns: { No: ['external_id'], Name: 'name' } };

/** What is wrong with the bad rows, in turn. */
const MISTAKES: readonly ((cells: string[]) => void)[] = [
  (cells) => cells.splice(2, 1, ''),
  (cells) => cells.splice(3, 1, '31.02.1980'),
  (cells) => cells.splice(5, 1, 'Nobody & Sons'),
  (cells) => cells.splice(7, 1, 'not an address'),
  (cells) => cells.push('one cell too many'),
  (cells) => cells.splice(1, 1, '"open'),
];

/** Writes the two files. */
export async function writeImportFiles(companies: string, contacts: string, rows: number): Promise<void> {
  await writeLines(companies, 'No;Name', COMPANIES, (index) => `C${index};Company ${index}`);
  await writeLines(contacts, HEADER, rows, contactLine);
}

async function writeLines(path: string, header: string, count: number, line: (index: number) => string): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${header}\r\n`);
  for (let from = 0; from < count; from += 1000) {
    let text = '';
    for (let index = from; index < Math.min(count, from + 1000); index += 1) text += `${line(index)}\r\n`;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

function contactLine(index: number): string {
  const of = <T>(list: readonly T[], step: number): T => list[Math.floor(index / step) % list.length] as T;
  const two = (value: number): string => String(value + 1).padStart(2, '0');
  const cells = [
    `K${index}`,
    of(FIRST, 1),
    of(LAST, 10),
    `${two(index % 28)}.${two(index % 12)}.${1950 + (index % 50)}`,
    of(KINDS, 3),
    index % 10 === 0 ? '' : `Company ${(index * 7919) % COMPANIES}`,
    `Head of department ${index % 300}`,
    `person${index}@mail${index % 50}.example`,
    `+7 916 ${String(index).padStart(7, '0').slice(-7)}`,
    index % 2 === 0 ? 'RU' : 'DE',
    of(CITIES, 7),
    `"${of(LAST, 5)} street, ${index % 200}"`,
    index % 20 === 0 ? 'yes' : 'no',
    `${two(index % 28)}.${two(index % 12)}.2019 ${two(index % 20)}:${two(index % 50)}`,
    `"Met at the ""Expo ${index % 30}"", asked for prices; to be called again"`,
  ];
  if (index % BAD_EVERY === BAD_EVERY - 1) MISTAKES[Math.floor(index / BAD_EVERY) % MISTAKES.length]?.(cells);
  return cells.join(';');
}
