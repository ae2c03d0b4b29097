// The platform tables of publish (document, revision, schema_change, storage_column, state): written here, read by read-stored.ts.
// It must not interpret documents.
import type { ChangedItem, ModelChange, SourceDocument } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import type { FormerColumn } from './hidden/restore.ts';
import type { Remains, StoredPackage } from './package-store.ts';

/** Channel of NOTIFY for changes of kartoteka.state. */
export const CHANNEL = 'kartoteka';

/** A physical column of an entity's table, as recorded at publish. */
export interface StoredColumn {
  readonly entity: string;
  /** Table in schema `data`. */
  readonly table: string;
  readonly property: string;
  readonly column: string;
  /** Its property is no longer in the Model; the column and its values are kept. */
  readonly hidden: boolean;
  /** Has NOT NULL in the database. */
  readonly notNull: boolean;
}

/** A publish that gave the schema another version (schema-version/history.ts). */
export interface SchemaChange {
  readonly revision: number;
  /** Versions. */
  readonly before: string;
  readonly after: string;
  readonly changes: readonly ChangedItem[];
}

/** Programs made for a version that is older by more changes than these have to be made anew. */
export const KNOWN_SCHEMA_CHANGES = 1000;

/** What is published, at one revision. */
export interface Stored {
  /** 0 before the first publish. */
  readonly revision: number;
  /** Version of the product whose base documents are stored; null before the first publish from files. */
  readonly baseVersion: string | null;
  readonly documents: readonly SourceDocument[];
  readonly columns: readonly StoredColumn[];
  /** The latest, oldest first. */
  readonly schemaChanges: readonly SchemaChange[];
  /** Installed ones in the order of their layers, and uninstalled ones whose data are kept. */
  readonly packages: readonly StoredPackage[];
  /** Hidden tables and columns that entities and fields of their names take up again; absent: none (hidden/restore.ts). */
  readonly restorable?: Remains;
  /** Hidden columns whose values come back where a property gets its former type again; absent: none. */
  readonly former?: readonly FormerColumn[];
}

export interface State {
  readonly revision: number;
  readonly security: number;
}

/** The counters every node follows. Throws when the platform tables are missing. */
export async function readState(executor: Executor): Promise<State> {
  const [row] = await executor.run(
    'select revision::text as revision, security::text as security from kartoteka.state',
  );
  return { revision: Number(row?.revision ?? 0), security: Number(row?.security ?? 0) };
}

/** A document as it is spoken of in errors once it is stored: `custom/entity/deal`. */
export function storedDocument(document: Omit<SourceDocument, 'source'>): SourceDocument {
  const { kind, name, layer, body } = document;
  return { kind, name, layer, source: `${layer}/${kind}/${name}`, body };
}

export interface RevisionRecord {
  readonly number: number;
  readonly author: string | null;
  /** Who acted as the author. */
  readonly callerId: string | null;
  readonly comment: string;
  readonly modelHash: string;
  readonly changes: readonly ModelChange[];
}

/** Changes that are kept of one revision. */
const MOST_CHANGES = 10_000;

/** Writes what differs between the documents of two revisions, also into their history, and the revision's row. */
export async function writeRevision(
  tx: Executor,
  before: readonly SourceDocument[],
  after: readonly SourceDocument[],
  revision: RevisionRecord,
): Promise<void> {
  const old = new Map(before.map((document) => [keyOf(document), document]));
  const changed = after.filter((document) => !isSameBody(old.get(keyOf(document)), document));
  const left = new Set(after.map(keyOf));
  const removed = before.filter((document) => !left.has(keyOf(document)));
  await tx.run(
    `delete from kartoteka.document d using json_to_recordset($1::json) as r(layer text, kind text, name text)
     where (d.layer, d.kind, d.name) = (r.layer, r.kind, r.name)`,
    [JSON.stringify(removed.map(({ layer, kind, name }) => ({ layer, kind, name })))],
  );
  await tx.run(
    `insert into kartoteka.document (layer, kind, name, body, revision)
     select layer, kind, name, body, $2::bigint
     from json_to_recordset($1::json) as r(layer text, kind text, name text, body json)
     on conflict (layer, kind, name) do update set body = excluded.body, revision = excluded.revision`,
    [
      JSON.stringify(changed.map(({ layer, kind, name, body }) => ({ layer, kind, name, body }))),
      String(revision.number),
    ],
  );
  const history = [...changed, ...removed.map((document) => ({ ...document, body: null }))];
  await tx.run(
    `insert into kartoteka.document_history (layer, kind, name, revision, body)
     select layer, kind, name, $2::bigint, body
     from json_to_recordset($1::json) as r(layer text, kind text, name text, body json)`,
    [
      JSON.stringify(history.map(({ layer, kind, name, body }) => ({ layer, kind, name, body }))),
      String(revision.number),
    ],
  );
  const { author, callerId, comment, modelHash, changes } = revision;
  await tx.run(
    `insert into kartoteka.revision (number, author_id, caller_id, comment, model_hash, changes, change_count)
     values ($1::bigint, $2::uuid, $3::uuid, $4::text, $5::text, $6::json, $7::int)`,
    [
      ...[String(revision.number), author, callerId, comment, modelHash],
      ...[JSON.stringify(changes.slice(0, MOST_CHANGES)), String(changes.length)],
    ],
  );
}

/** Records that the schema has another version now. */
export async function writeSchemaChange(
  tx: Executor,
  { revision, before, after, changes }: SchemaChange,
): Promise<void> {
  await tx.run(
    `insert into kartoteka.schema_change (revision, before, after, changes) values ($1::bigint, $2::text, $3::text, $4::json)`,
    [String(revision), before, after, JSON.stringify(changes)],
  );
}

/** Writes what differs between two records of physical columns; the moment at which a column was hidden is kept. */
export async function writeStorageColumns(
  tx: Executor,
  before: readonly StoredColumn[],
  after: readonly StoredColumn[],
): Promise<void> {
  const old = new Map(before.map((column) => [columnKey(column), column]));
  const changed = after.filter((column) => !isSameColumn(old.get(columnKey(column)), column));
  const left = new Set(after.map(columnKey));
  const removed = before.filter((column) => !left.has(columnKey(column)));
  const source = `json_to_recordset($1::json) as r(entity text, "table" text, property text, "column" text, hidden boolean, "notNull" boolean)`;
  if (removed.length > 0) {
    await tx.run(
      `delete from kartoteka.storage_column c using ${source} where (r."table", r."column") = (c.table_name, c.column_name)`,
      [JSON.stringify(removed)],
    );
  }
  if (changed.length === 0) return;
  await tx.run(
    `insert into kartoteka.storage_column as c (entity, table_name, property, column_name, not_null, hidden_on)
     select entity, "table", property, "column", "notNull", case when hidden then now() end from ${source}
     on conflict (table_name, column_name) do update set entity = excluded.entity, property = excluded.property,
       not_null = excluded.not_null,
       hidden_on = case when excluded.hidden_on is not null then coalesce(c.hidden_on, excluded.hidden_on) end`,
    [JSON.stringify(changed)],
  );
}

const columnKey = ({ table, column }: StoredColumn): string => `${table} ${column}`;

function isSameColumn(a: StoredColumn | undefined, b: StoredColumn): boolean {
  return a?.entity === b.entity && a.property === b.property && a.notNull === b.notNull && a.hidden === b.hidden;
}

/** Whether a document is stored already as it is given; members count in their order. */
export function isSameBody(stored: SourceDocument | undefined, document: SourceDocument): boolean {
  return stored === document || (stored !== undefined && JSON.stringify(stored.body) === JSON.stringify(document.body));
}

/** Moves the state to a revision and tells every node; takes effect with the commit. */
export async function announceRevision(tx: Executor, revision: number, baseVersion: string | null): Promise<void> {
  await tx.run(`update kartoteka.state set revision = $1::bigint, base_version = $2::text`, [
    String(revision),
    baseVersion,
  ]);
  await tx.run(`select pg_notify('${CHANNEL}', $1::text)`, [JSON.stringify({ revision })]);
}

/** Records that the stored base is also that of this product version; nothing when somebody published meanwhile. */
export async function noteBaseVersion(executor: Executor, stored: Stored, baseVersion: string): Promise<void> {
  await executor.run(
    `update kartoteka.state set base_version = $1::text where revision = $2::bigint and base_version is not distinct from $3::text`,
    [baseVersion, String(stored.revision), stored.baseVersion],
  );
}

const keyOf = (document: Omit<SourceDocument, 'source' | 'body'>): string =>
  `${document.layer} ${document.kind} ${document.name}`;
