// GET of a function whose answer is a table as a file: figures, mostly. The function is asked as it always is; this only lays out what it
// answers.
import { type EdmType, type EntityType, ExactNumber, labelText, type Model } from '@kartoteka/metadata';
import type { Member, Shape } from '../describe/types.ts';
import { shapeOf } from '../extensions/registry.ts';
import type { Arguments, OperationDefinition } from '../extensions/types.ts';
import { languageOf } from '../formatted-values.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { requireCapability } from '../plan/authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import type { ExportFormat } from '../request/export-format.ts';
import { parseQueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import { exportAnswer } from './answer.ts';
import type { RecordSource } from './pages.ts';
import { type ExportColumn, valueAt } from './table.ts';
import { type Tabular, tabularOf } from './tabular.ts';
import { joinedTitle, pathTitle } from './titles.ts';

export interface AskedFunction {
  readonly definition: OperationDefinition;
  readonly entity: EntityType | null;
  readonly args: Arguments;
  run(args: Arguments): Promise<unknown>;
}

/**
 * 200 with the rows as a stream; null: the answer is no table. Functions with pages are asked for one after the other. Throws
 * missing_capability (export) before the function is asked, and what it throws.
 */
export async function exportFigures(
  env: RequestEnvironment,
  format: ExportFormat,
  { definition, entity, args, run }: AskedFunction,
): Promise<EngineResponse | null> {
  const { model, principal, request } = env;
  const table = tabularOf(definition, (name) => shapeOf(model, name));
  if (table === null) return null;
  requireCapability(principal, 'export');
  const first = await run(args);
  const language = languageOf(model, header(request, 'accept-language'), principal);
  const rows = rowsOf(table, first);
  // Members of objects are told by what is there: all of it, unless there are more pages.
  const laidOut = definition.list === undefined ? rows : null;
  const columns = columnsOf({ model, entity, language, rows: laidOut }, table.shape);
  const name = definition.name;
  return exportAnswer(env, format, {
    source: new AnsweredRows(table, first, (token) => run({ ...args, ...token })),
    columns,
    entity: entity?.name ?? null,
    file: entity === null ? name : `${entity.set}-${name}`,
    title: entity === null ? name : `${labelText(entity.pluralLabel, language)} ${name}`,
  });
}

type Answer = Readonly<Record<string, unknown>> | readonly unknown[];

function rowsOf({ member }: Tabular, answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  return ((answer as Readonly<Record<string, unknown>>)[member ?? 'value'] ?? []) as readonly unknown[];
}

/** Rows of one answer after the other, as its links say. */
class AnsweredRows implements RecordSource {
  readonly #table: Tabular;
  readonly #run: (page: Arguments) => Promise<unknown>;
  /** Answered but not yet given; a string: link to the next one. */
  #next: Answer | string | null;

  constructor(table: Tabular, first: unknown, run: (page: Arguments) => Promise<unknown>) {
    this.#table = table;
    this.#next = first as Answer;
    this.#run = run;
  }

  async next(): Promise<readonly unknown[] | null> {
    if (this.#next === null) return null;
    const answer = typeof this.#next === 'string' ? ((await this.#run(pageOf(this.#next))) as Answer) : this.#next;
    const link = Array.isArray(answer) ? undefined : (answer as Readonly<Record<string, unknown>>)['@odata.nextLink'];
    this.#next = typeof link === 'string' ? link : null;
    return rowsOf(this.#table, answer);
  }
}

/** What a link to a page says of it. */
function pageOf(link: string): Arguments {
  const query = link.slice(link.indexOf('?') + 1).split('&');
  const options = query.filter((part) => /^(?:\$|%24)(?:top|skiptoken)=/i.test(part));
  const { top, skiptoken } = parseQueryOptions(options.join('&'));
  return { ...(top === undefined ? {} : { $top: top }), ...(skiptoken === undefined ? {} : { $skiptoken: skiptoken }) };
}

interface Layout {
  readonly model: Model;
  readonly entity: EntityType | null;
  readonly language: string;
  /** All there are; null: nobody knows yet. */
  readonly rows: readonly unknown[] | null;
}

function columnsOf(layout: Layout, shape: Shape, within: readonly string[] = []): readonly ExportColumn[] {
  const described = Object.entries(shape.members).flatMap(([name, member]) =>
    memberColumns(layout, [...within, name], member),
  );
  if (shape.open !== true || layout.rows === null) return described;
  const others = [...keysOf(layout.rows, within)].filter((name) => !Object.hasOwn(shape.members, name));
  return [...described, ...others.flatMap((name) => foundColumns(layout, [...within, name]))];
}

const PRIMITIVES: ReadonlyMap<string, EdmType> = new Map<string, EdmType>([
  ['Edm.String', 'Edm.String'],
  ['Edm.Boolean', 'Edm.Boolean'],
  ['Edm.Int32', 'Edm.Int64'],
  ['Edm.Int64', 'Edm.Int64'],
  ['Edm.Decimal', 'Edm.Decimal'],
  ['Edm.Date', 'Edm.Date'],
  ['Edm.Guid', 'Edm.Guid'],
  ['Edm.DateTimeOffset', 'Edm.DateTimeOffset'],
]);

/** A structure is a column for each member, a list in a row is JSON. */
function memberColumns(layout: Layout, path: readonly string[], { type, collection }: Member): readonly ExportColumn[] {
  if (collection === true) return [column(layout, path, 'Edm.Untyped')];
  const primitive = PRIMITIVES.get(type);
  if (primitive !== undefined) return [column(layout, path, primitive)];
  const shape = shapeOf(layout.model, type);
  return shape === undefined ? foundColumns(layout, path) : columnsOf(layout, shape, path);
}

/** Columns of what is described nowhere: of objects one for each of their members, named by the rows that have them. */
function foundColumns(layout: Layout, path: readonly string[]): readonly ExportColumn[] {
  if (layout.rows === null) return [column(layout, path, 'Edm.Untyped')];
  const values = layout.rows.map((row) => valueAt(row, path)).filter((value) => value !== null);
  if (values.length === 0 || !values.every(isObject)) return [column(layout, path, typeOf(values))];
  return [...keysOf(layout.rows, path)].flatMap((name) => foundColumns(layout, [...path, name]));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** Names that the objects at a path have in any row, in the order in which they come. */
function keysOf(rows: readonly unknown[], path: readonly string[]): ReadonlySet<string> {
  return new Set(rows.flatMap((row) => Object.keys((valueAt(row, path) ?? {}) as object)));
}

const FOUND: readonly (readonly [EdmType, (value: unknown) => boolean])[] = [
  ['Edm.Decimal', (value) => typeof value === 'number' || value instanceof ExactNumber],
  ['Edm.Boolean', (value) => typeof value === 'boolean'],
  ['Edm.String', (value) => typeof value === 'string'],
];

const typeOf = (values: readonly unknown[]): EdmType => FOUND.find(([, is]) => values.every(is))?.[0] ?? 'Edm.Untyped';

/** Its title tells what the properties of the entity on its path are called. */
function column({ model, entity, language }: Layout, path: readonly string[], type: EdmType): ExportColumn {
  const titles = path.map((name) => {
    if (entity === null) return name;
    return pathTitle((named) => model.entities.get(named), entity, name.split('/'), language);
  });
  return { name: path.join('/'), path, type, title: joinedTitle(titles) };
}
