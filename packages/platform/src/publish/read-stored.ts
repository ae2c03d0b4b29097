// Reads what is published, of one revision. Who has read before gives what he knows, and is sent only what differs from it. It
// must not interpret documents.
import type { BuildMemory, SourceDocument, Steps } from '@kartoteka/metadata';
import type { Executor, Row } from '../storage/types.ts';
import { inSlices } from './in-slices.ts';
import { PACKAGES_JSON, type StoredPackage } from './package-store.ts';
import { KNOWN_SCHEMA_CHANGES, type SchemaChange, type Stored, type StoredColumn, storedDocument } from './store.ts';

/** What a process knows of the metadata: what it has read last, and the parts of the Model that it has built last. */
export class MetadataMemory {
  parts: ReadonlyMap<string, KnownPart> = new Map();
  build: BuildMemory | undefined;
}

const memories = new WeakMap<object, MetadataMemory>();

/** The memory that goes with a database connection of this process. */
export function memoryOf(database: object): MetadataMemory {
  const memory = memories.get(database) ?? new MetadataMemory();
  memories.set(database, memory);
  return memory;
}

/** A document, the columns of a table, or a change of the schema. */
interface KnownPart {
  readonly hash: string;
  readonly document?: SourceDocument;
  readonly columns?: readonly StoredColumn[];
  readonly schemaChange?: SchemaChange;
}

/** Between the fields of a column, and between columns; names hold neither. */
const [FIELD, COLUMN] = ['\u001f', '\u001e'];

// One statement, so that all parts are of one snapshot; bodies travel as the JSON text stored. $1: hashes by key of what is known.
const READ_STORED = `select 'state' as part, s.revision::text as key, s.base_version as hash, null as body from kartoteka.state s
union all select 'packages', null, null, ${PACKAGES_JSON}
union all select 'schemaChange', h.key, md5(h.body), case when md5(h.body) is distinct from $1::jsonb ->> h.key then h.body end
  from (select revision::text as key, json_build_object('revision', revision, 'before', before, 'after', after,
    'changes', changes)::text as body from kartoteka.schema_change order by revision desc limit ${KNOWN_SCHEMA_CHANGES}) h
union all select 'document', d.key, d.hash, case when d.hash is distinct from $1::jsonb ->> d.key then d.body end
  from (select json_build_array(layer, kind, name)::text as key, body::text as body, md5(body::text) as hash
    from kartoteka.document) d
union all select 'columns', c.key, md5(c.body), case when md5(c.body) is distinct from $1::jsonb ->> c.key then c.body end
  from (select table_name as key, string_agg(concat_ws(chr(31), entity, property, column_name, hidden_on is not null, not_null),
    chr(30) order by column_name collate "C") as body from kartoteka.storage_column group by table_name) c`;

/** Everything that is published, of one revision, in a fixed order; with a memory only what is new is sent and parsed. */
export async function readStored(executor: Executor, memory: MetadataMemory = new MetadataMemory()): Promise<Stored> {
  const { parts } = memory;
  const hashes = Object.fromEntries([...parts].map(([key, { hash }]) => [key, hash]));
  const rows = await executor.run(READ_STORED, [JSON.stringify(hashes)]);
  const read = await inSlices(storedSteps(rows, parts));
  memory.parts = read.parts;
  return read.stored;
}

function* storedSteps(
  rows: readonly Row[],
  known: ReadonlyMap<string, KnownPart>,
): Steps<{ stored: Stored; parts: ReadonlyMap<string, KnownPart> }> {
  const state = rows.find(({ part }) => part === 'state');
  if (state === undefined) throw new Error('kartoteka.state has no row: the migrations are not complete');
  const parts = new Map<string, KnownPart>();
  let packages: StoredPackage[] = [];
  for (const { part, key, hash, body } of rows) {
    yield;
    if (part === 'packages') packages = JSON.parse(String(body)) as StoredPackage[];
    else if (part !== 'state') {
      const same = body === null ? known.get(String(key)) : undefined;
      parts.set(String(key), same ?? READERS[part as keyof typeof READERS](String(key), String(hash), String(body)));
    }
  }
  const schemaChanges = [...parts.values()].flatMap(({ schemaChange }) => schemaChange ?? []);
  const documents = [...parts.values()].flatMap(({ document }) => document ?? []).sort(inOrder);
  const tables = [...parts].filter(([, { columns }]) => columns !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  const stored = {
    revision: Number(state.key),
    baseVersion: state.hash as string | null,
    documents,
    columns: tables.flatMap(([, { columns }]) => columns ?? []),
    schemaChanges: schemaChanges.sort((a, b) => a.revision - b.revision),
    packages,
  };
  return { stored, parts };
}

const READERS = {
  document(key: string, hash: string, body: string): KnownPart {
    const [layer, kind, name] = JSON.parse(key) as [SourceDocument['layer'], SourceDocument['kind'], string];
    return { hash, document: storedDocument({ layer, kind, name, body: JSON.parse(body) }) };
  },
  schemaChange: (_key: string, hash: string, body: string): KnownPart => ({
    hash,
    schemaChange: JSON.parse(body) as SchemaChange,
  }),
  columns(table: string, hash: string, body: string): KnownPart {
    const columns = body.split(COLUMN).map((text) => {
      const [entity = '', property = '', column = '', hidden, notNull] = text.split(FIELD);
      return { entity, table, property, column, hidden: hidden === 't', notNull: notNull === 't' };
    });
    return { hash, columns };
  },
};

/** The same on every node, whatever the collation of its database. */
function inOrder(a: SourceDocument, b: SourceDocument): number {
  const [first, second] = [a, b].map(({ layer, kind, name }) => `${layer} ${kind} ${name}`) as [string, string];
  return first < second ? -1 : 1;
}
