// Reads of the oracle as requests to the engine, and what is answered as the oracle's rows. It must not be imported by product code.
import type { GroupRead } from '../oracle/groups.ts';
import type { ListRead, PartRead, Read } from '../oracle/reads.ts';
import { schemaOf } from '../oracle/schema.ts';
import type { Expanded, Listing, Row, Shown } from '../oracle/shown.ts';
import { type Asker, BASE, send } from './requests.ts';

/** What a read answers: its rows, and how many a list says that it has (null where it does not). */
export interface Sent {
  readonly rows: readonly Row[];
  readonly total: number | null;
}

/** Rows of a read; of a list page after page. */
export async function readRows(asker: Asker, read: Read, pageSize: number): Promise<Sent> {
  if (read.op === 'groups') return groupedRows(asker, read, pageSize);
  if (read.op === 'part') return { rows: await partRows(asker, read), total: null };
  const options = shownOptions(read.shown);
  if (read.op === 'get') {
    const path = `/${schemaOf(read.entity).set}${read.deleted ? '/deleted' : ''}(${read.id})`;
    const answer = await send(asker, { method: 'GET', path, query: options.join('&') });
    return { rows: [shown(JSON.parse(answer.body ?? ''), read.shown)], total: null };
  }
  const listing = listOptions(read);
  if (read.as === 'csv') return { rows: await csvRows(asker, listPath(read), [...options, ...listing]), total: null };
  if (read.as === 'references')
    return pages(asker, `${listPath(read)}/$ref`, ['$count=true', ...listing], pageSize, (row) => ({
      id: idOfUrl(row['@odata.id']),
    }));
  return pages(asker, listPath(read), [...options, ...listing, '$count=true'], pageSize, (row) =>
    shown(row, read.shown),
  );
}

async function pages(
  asker: Asker,
  path: string,
  options: readonly string[],
  pageSize: number,
  rowOf: (row: Row) => Row,
): Promise<Sent> {
  const rows: Row[] = [];
  let next: string | null = `${path}?${options.join('&')}`;
  let total = 0;
  while (next !== null) {
    const [at = '', query = ''] = next.split(/\?(.*)/s);
    const headers = { prefer: `maxpagesize=${pageSize}` };
    const answer = await send(asker, { method: 'GET', path: at, query: decodeURI(query), headers });
    const page = JSON.parse(answer.body ?? '');
    rows.push(...page.value.map(rowOf));
    total = page['@odata.count'];
    next = page['@odata.nextLink']?.slice(BASE.length) ?? null;
  }
  return { rows, total };
}

async function groupedRows(asker: Asker, read: GroupRead, pageSize: number): Promise<Sent> {
  const { keys, aggregates } = read;
  const names = [...keys, ...aggregates.map(({ alias }) => alias)];
  const path = `/${schemaOf(read.entity).set}${read.deleted ? '/deleted' : ''}`;
  const { rows } = await pages(asker, path, [applyOption(read), '$count=true'], pageSize, (row) =>
    Object.fromEntries(names.map((name) => [name, valueAt(row, name.split('/'))])),
  );
  const counted = await send(asker, { method: 'GET', path: `${path}/$count`, query: applyOption(read) });
  return { rows, total: Number(counted.body) };
}

/** Navigations whose record is hidden are null, and so is what lies behind. */
function valueAt(row: Row | null, [first = '', ...rest]: readonly string[]): Row[string] {
  const value = row?.[first] ?? null;
  return rest.length === 0 ? value : valueAt(value as Row | null, rest);
}

function applyOption({ filter, search, keys, aggregates }: GroupRead): string {
  const made = aggregates.map(({ path, method, alias }) =>
    path === null ? `$count as ${alias}` : `${path} with ${method} as ${alias}`,
  );
  const aggregate = `aggregate(${made})`;
  const steps = [
    ...(search === null ? [] : [`search(${search})`]),
    ...(filter === null ? [] : [`filter(${filter})`]),
    keys.length === 0 ? aggregate : `groupby((${keys}),${aggregate})`,
  ];
  return `$apply=${steps.join('/')}`;
}

async function partRows(asker: Asker, { entity, id, steps, part }: PartRead): Promise<readonly Row[]> {
  const above = [`/${schemaOf(entity).set}(${id})`, ...steps].join('/');
  if (part.kind === 'property') {
    const path = `${above}/${part.name}${part.raw ? '/$value' : ''}`;
    const { body } = await send(asker, { method: 'GET', path });
    if (body === null) return [];
    return [{ value: part.raw ? rawValue(part.name, body) : JSON.parse(body).value }];
  }
  if (part.kind === 'reference') {
    const { body } = await send(asker, { method: 'GET', path: `${above}/${part.navigation}/$ref` });
    return body === null ? [] : [{ id: idOfUrl(JSON.parse(body)['@odata.id']) }];
  }
  const query = shownOptions(part.shown).join('&');
  const { body } = await send(asker, { method: 'GET', path: `${above}/${part.navigation}`, query });
  return body === null ? [] : [shown(JSON.parse(body), part.shown)];
}

const TEXTS: readonly string[] = ['id', 'name', 'stage', 'secret'];
const rawValue = (name: string, text: string): string | number => (TEXTS.includes(name) ? text : Number(text));

/** The number of records of a list. */
export async function readCount(asker: Asker, read: ListRead): Promise<number> {
  const query = listOptions({ ...read, order: [], skip: 0, top: null }).join('&');
  const answer = await send(asker, { method: 'GET', path: `${listPath(read)}/$count`, query });
  return Number(answer.body);
}

async function csvRows(asker: Asker, path: string, options: readonly string[]): Promise<readonly Row[]> {
  const query = options.join('&');
  const { stream } = await send(asker, { method: 'GET', path, query, headers: { accept: 'text/csv' } });
  let text = '';
  for (let piece = await stream?.next(); piece?.done === false; piece = await stream?.next()) text += piece.value;
  const [header, ...lines] = text.split('\r\n').filter((line) => line !== '');
  if (header !== 'id') throw new Error(`the header is ${header}`);
  return lines.map((id) => ({ id }));
}

export function listPath({ entity, within, deleted }: ListRead): string {
  if (within === null) return `/${schemaOf(entity).set}${deleted ? '/deleted' : ''}`;
  return [`/${schemaOf(within.entity).set}(${within.id})`, ...within.steps, within.collection].join('/');
}

export function listOptions({ filter, search, order, skip, top }: Listing): string[] {
  const keys = order.map(({ path, descending }) => path + (descending ? ' desc' : ''));
  return [
    ...(filter === null ? [] : [`$filter=${filter}`]),
    ...(search === null ? [] : [`$search=${search}`]),
    ...(keys.length === 0 ? [] : [`$orderby=${keys}`]),
    ...(skip === 0 ? [] : [`$skip=${skip}`]),
    ...(top === null ? [] : [`$top=${top}`]),
  ];
}

const SUFFIX = { records: '', references: '/$ref', number: '/$count' } as const;

export function shownOptions({ select, expand }: Shown): string[] {
  const expands = Object.entries(expand).map(([navigation, inner]) => {
    const counted = inner.counted ? ['$count=true'] : [];
    const own = inner.as === 'records' ? shownOptions(inner) : [];
    const options = [...own, ...listOptions(inner), ...counted];
    return `${navigation}${SUFFIX[inner.as]}${options.length === 0 ? '' : `(${options.join(';')})`}`;
  });
  return [`$select=${select}`, ...(expands.length === 0 ? [] : [`$expand=${expands}`])];
}

/** Of an answer what was asked for; a secured property that is left out stays out. */
function shown(row: Row, { select, expand }: Shown): Row {
  const values = select.map((name) => [name, row[name]]);
  const beside = Object.entries(expand).flatMap(([navigation, inner]) => {
    const count = `${navigation}@odata.count`;
    const counted = inner.counted || inner.as === 'number' ? [[count, row[count]]] : [];
    return inner.as === 'number' ? counted : [[navigation, shownBeside(row[navigation] ?? null, inner)], ...counted];
  });
  return Object.fromEntries([...values, ...beside]);
}

function shownBeside(value: Row[string], inner: Expanded): Row[string] {
  const one = (item: Row): Row => (inner.as === 'references' ? { id: idOfUrl(item['@odata.id']) } : shown(item, inner));
  if (Array.isArray(value)) return value.map(one);
  return value === null ? null : one(value as Row);
}

const idOfUrl = (url: unknown): string => /\(([^)]*)\)$/.exec(String(url))?.[1] ?? String(url);
