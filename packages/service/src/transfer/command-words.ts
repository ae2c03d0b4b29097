// The words of `kartoteka import` and `kartoteka export` and what they mean. Pure; login and password are not among them.

import type { ParseArgsConfig } from 'node:util';
import { DELIMITERS, ENCODING_NAMES, type EncodingName } from '@kartoteka/metadata/transfer';
import { usageError } from '../usage-error.ts';

export interface ImportWords {
  readonly name: 'import';
  readonly url: string;
  readonly user: string | null;
  readonly set: string;
  readonly file: string;
  readonly map: string;
  readonly errors: string | null;
  readonly encoding: EncodingName | null;
  readonly delimiter: string | null;
  readonly dryRun: boolean;
  readonly strict: boolean;
  readonly batch: number;
  readonly parallel: number;
}

export interface ExportWords {
  readonly name: 'export';
  readonly url: string;
  readonly user: string | null;
  readonly set: string;
  readonly file: string;
  readonly map: string | null;
  readonly filter: string | null;
  readonly select: string | null;
  readonly orderby: string | null;
  readonly encoding: EncodingName | null;
  readonly delimiter: string | null;
}

type Values = Readonly<Record<string, unknown>>;
type Options = NonNullable<ParseArgsConfig['options']>;

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;
const COMMON: Options = { url: TEXT, user: TEXT, map: TEXT, encoding: TEXT, delimiter: TEXT };

export const TRANSFER_HELP = `  import <set> <file.csv>   bring the rows of a file into an entity set (see docs/import-export.md)
    --map <map.json>          what the columns mean
    --dry-run                 say what would be stored, store nothing
    --errors <path>           where rows go that are not stored (default: <file>.errors.csv)
    --strict                  refuse columns that the map does not mention
    --batch <rows>            rows in one request (1000)
    --parallel <n>            requests at the same time (3)
  export <set> <file.csv>   write the records of an entity set to a file
    --map <map.json>          the map by which the file can be imported
    --filter, --select, --orderby   as in the REST service; --select only without --map
  both:
    --url <address>           the service (http://127.0.0.1:3000)
    --user <e-mail>           who signs in; the password is asked for or in KARTOTEKA_PASSWORD;
                              or an access token in KARTOTEKA_TOKEN
    --encoding <name>         ${ENCODING_NAMES.join(' or ')}
    --delimiter <character>   one of , ; | or tab
`;

export const IMPORT_SYNTAX = {
  options: { ...COMMON, 'dry-run': SWITCH, errors: TEXT, strict: SWITCH, batch: TEXT, parallel: TEXT } as Options,
  positionals: ['set', 'file'],
  command: (values: Values, [set = '', file = '']: readonly string[]): ImportWords => {
    const map = textOf(values, 'map');
    if (map === null) throw usageError('import needs --map (docs/import-export.md says how to write one)');
    return {
      name: 'import',
      ...commonOf(values),
      ...{ set, file, map, errors: textOf(values, 'errors') },
      dryRun: values['dry-run'] === true,
      strict: values.strict === true,
      batch: numberOf(values, 'batch', 1000, 10_000),
      parallel: numberOf(values, 'parallel', 3, 32),
    };
  },
};

export const EXPORT_SYNTAX = {
  options: { ...COMMON, filter: TEXT, select: TEXT, orderby: TEXT } as Options,
  positionals: ['set', 'file'],
  command: (values: Values, [set = '', file = '']: readonly string[]): ExportWords => {
    const [map, select] = [textOf(values, 'map'), textOf(values, 'select')];
    if (map !== null && select !== null) throw usageError('--map says the columns already: leave --select out');
    const [filter, orderby] = [textOf(values, 'filter'), textOf(values, 'orderby')];
    return { name: 'export', ...commonOf(values), set, file, map, filter, select, orderby };
  },
};

function textOf(values: Values, name: string): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

function commonOf(values: Values) {
  const url = textOf(values, 'url') ?? 'http://127.0.0.1:3000';
  const encoding = textOf(values, 'encoding')?.toLowerCase() ?? null;
  const delimiter = textOf(values, 'delimiter');
  return {
    url: checkedUrl(url),
    user: textOf(values, 'user'),
    encoding: encoding === null ? null : oneOf('encoding', encoding, ENCODING_NAMES),
    delimiter: delimiter === null ? null : oneOf('delimiter', TABS[delimiter] ?? delimiter, DELIMITERS),
  };
}

/** Words for a character that is hard to type. */
const TABS: Readonly<Record<string, string>> = { tab: '\t', '\\t': '\t' };

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found === undefined) {
    const list = known.map((each) => (each === '\t' ? 'tab' : each)).join(' ');
    throw usageError(`--${option} is none of ${list}`);
  }
  return found;
}

/** http or https, without a path's slash at the end. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const known = url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.search === '';
  if (!known) throw usageError('--url is not an address such as http://127.0.0.1:3000');
  return text.replace(/\/+$/, '');
}

function numberOf(values: Values, option: string, otherwise: number, largest: number): number {
  const text = textOf(values, option);
  if (text === null) return otherwise;
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > largest) throw usageError(`--${option} is a whole number from 1 to ${largest}`);
  return number;
}
