// The custom layer as it is now, or was at a revision: read from the history of documents, which keeps every body. Reads only.
import type { DocumentKind } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A document by the name that it has in effect. */
export interface DocumentKey {
  readonly kind: DocumentKind;
  readonly name: string;
}

/** A document of the custom layer. */
export interface CustomDocument extends DocumentKey {
  /** What it is stored as: an extension need not be called like what it extends. */
  readonly stored: string;
  readonly body: Json;
}

export const keyOf = ({ kind, name }: DocumentKey): string => `${kind} ${name}`;

const AT_REVISION = `select h.kind, coalesce(h.body->>'extends', h.name) as name, h.name as stored, h.body
from (select distinct on (kind, name) kind, name, body from kartoteka.document_history
  where layer = 'custom' and revision <= $1::bigint order by kind, name, revision desc) h where h.body is not null`;

/** Documents of the custom layer at a revision, by keyOf: these, or (null) all of them. */
export async function customLayerAt(
  executor: Executor,
  revision: number,
  keys: readonly DocumentKey[] | null,
): Promise<ReadonlyMap<string, CustomDocument>> {
  const asked =
    keys === null
      ? ''
      : `where (d.kind, d.name) in (select k.kind, k.name from json_to_recordset($2::json) as k(kind text, name text))`;
  const rows = await executor.run(
    `select coalesce(json_agg(d order by d.kind, d.stored), '[]')::text as documents from (${AT_REVISION}) d ${asked}`,
    [String(revision), ...(keys === null ? [] : [JSON.stringify(keys.map(({ kind, name }) => ({ kind, name })))])],
  );
  const documents = JSON.parse(String(rows[0]?.documents)) as CustomDocument[];
  return new Map(documents.map((document) => [keyOf(document), document]));
}

/** Which of these a lower layer has, whole: what the custom layer says of them is an extension. */
export async function extendable(executor: Executor, keys: readonly DocumentKey[]): Promise<ReadonlySet<string>> {
  const rows = await executor.run(
    `select d.kind, d.name from kartoteka.document d
join json_to_recordset($1::json) as k(kind text, name text) on (k.kind, k.name) = (d.kind, d.name)
where d.layer <> 'custom' and d.body->>'extends' is null`,
    [JSON.stringify(keys.map(({ kind, name }) => ({ kind, name })))],
  );
  return new Set(rows.map((row) => `${row.kind} ${row.name}`));
}
