// The tables of change sets: read and written here only. It judges no documents; what is too many or too large it refuses.
import type { DocumentKind } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Executor, Row } from '../storage/types.ts';
import type { DocumentKey, Json } from './custom-layer.ts';

/** How much there may be: sets, documents of one, and characters of JSON of one document and of all of one set. */
export const CHANGE_SET_LIMITS = { sets: 200, documents: 1_000, document: 1_048_576, total: 8_388_608 } as const;

/** A change set without its documents. */
export interface ChangeSet {
  readonly name: string;
  readonly comment: string;
  readonly base_revision: number;
  readonly version: number;
  readonly created_by_id: string | null;
  readonly created_on: string;
  readonly modified_by_id: string | null;
  readonly modified_on: string;
}

/** A document as the custom layer is to have it; `body` null: it is to be taken away. */
export interface ChangedDocument extends DocumentKey {
  readonly body: Json | null;
  /** Of the change set, when it was put there last. */
  readonly version: number;
  readonly modified_by_id: string | null;
  readonly modified_on: string;
}

const SET = `select c.name, c.comment, c.base_revision::text as base_revision, c.version::text as version, c.created_by_id::text as created_by_id,
  to_json(c.created_on)#>>'{}' as created_on, c.modified_by_id::text as modified_by_id, to_json(c.modified_on)#>>'{}' as modified_on
from kartoteka.change_set c`;

function changeSetOf(row: Row): ChangeSet {
  const { base_revision, version, ...texts } = row;
  return { ...(texts as unknown as ChangeSet), base_revision: Number(base_revision), version: Number(version) };
}

/** In order of names, behind `after`. */
export async function listChangeSets(executor: Executor, after: string | null, most: number): Promise<ChangeSet[]> {
  const rows = await executor.run(
    `${SET} where $1::text is null or c.name collate "C" > $1::text order by c.name collate "C" limit $2::bigint`,
    [after, String(most)],
  );
  return rows.map(changeSetOf);
}

/** Throws unknown_resource. `lock`: for the rest of the transaction nobody else changes it. */
export async function readChangeSet(executor: Executor, name: string, lock = false): Promise<ChangeSet> {
  const [row] = await executor.run(`${SET} where c.name = $1::text${lock ? ' for update' : ''}`, [name]);
  if (row !== undefined) return changeSetOf(row);
  throw new PlatformError('unknown_resource', { name: `change_sets/${name}` }, { target: 'name' });
}

/** Its documents, or one of them, with their bodies; CHANGE_SET_LIMITS bounds them. */
export async function readChangedDocuments(
  executor: Executor,
  set: string,
  key: DocumentKey | null = null,
): Promise<ChangedDocument[]> {
  const one = key === null ? '' : 'and (d.kind, d.name) = ($2::text, $3::text)';
  const [row] = await executor.run(
    `select coalesce(json_agg(json_build_object('kind', d.kind, 'name', d.name, 'body', d.body, 'version', d.version,
  'modified_by_id', d.modified_by_id, 'modified_on', d.modified_on) order by d.kind, d.name), '[]')::text as documents
from kartoteka.change_set_document d where d.change_set = $1::text ${one}`,
    key === null ? [set] : [set, key.kind, key.name],
  );
  return JSON.parse(String(row?.documents)) as ChangedDocument[];
}

/** Throws change_set_exists, limit_exceeded. */
export async function createChangeSet(
  tx: Executor,
  set: {
    readonly name: string;
    readonly comment: string;
    readonly baseRevision: number;
    readonly author: string | null;
  },
): Promise<ChangeSet> {
  const { name, comment, baseRevision, author } = set;
  const made = await tx.run(
    `insert into kartoteka.change_set (name, comment, base_revision, created_by_id, modified_by_id)
values ($1::text, $2::text, $3::bigint, $4::uuid, $4::uuid) on conflict do nothing returning name`,
    [name, comment, String(baseRevision), author],
  );
  if (made.length === 0) throw new PlatformError('change_set_exists', { name }, { target: 'name' });
  const [count] = await tx.run('select count(*)::text as sets from kartoteka.change_set');
  if (Number(count?.sets) > CHANGE_SET_LIMITS.sets) throw tooMany('change sets', CHANGE_SET_LIMITS.sets);
  return readChangeSet(tx, name);
}

/** What a change of a set is stored with. */
export interface Edit {
  readonly set: ChangeSet;
  readonly author: string | null;
}

/** The next version of a set that is locked, with another comment or base where that is given. */
export async function touchChangeSet(
  tx: Executor,
  { set, author }: Edit,
  more: { readonly comment?: string; readonly baseRevision?: number } = {},
): Promise<ChangeSet> {
  await tx.run(
    `update kartoteka.change_set set version = version + 1, modified_on = now(), modified_by_id = $2::uuid,
  comment = coalesce($3::text, comment), base_revision = coalesce($4::bigint, base_revision) where name = $1::text`,
    [set.name, author, more.comment ?? null, more.baseRevision === undefined ? null : String(more.baseRevision)],
  );
  return readChangeSet(tx, set.name);
}

/** Puts documents into a set that is locked. Throws limit_exceeded. */
export async function putDocuments(
  tx: Executor,
  { set, author }: Edit,
  documents: readonly (DocumentKey & { readonly body: Json | null })[],
): Promise<void> {
  const rows = documents.map(({ kind, name, body }) => ({ kind, name, body }));
  for (const { kind, name, body } of rows) {
    if (JSON.stringify(body).length > CHANGE_SET_LIMITS.document)
      throw tooMany(`characters of ${kind}/${name}`, CHANGE_SET_LIMITS.document);
  }
  await tx.run(
    `insert into kartoteka.change_set_document (change_set, kind, name, body, version, modified_by_id)
select $1::text, r.kind, r.name, r.body, $2::bigint, $3::uuid from json_to_recordset($4::json) as r(kind text, name text, body json)
on conflict (change_set, kind, name) do update set body = excluded.body, version = excluded.version,
  modified_by_id = excluded.modified_by_id, modified_on = now()`,
    [set.name, String(set.version + 1), author, JSON.stringify(rows)],
  );
  const [sum] = await tx.run(
    `select count(*)::text as documents, coalesce(sum(length(body::text)), 0)::text as characters
from kartoteka.change_set_document where change_set = $1::text`,
    [set.name],
  );
  if (Number(sum?.documents) > CHANGE_SET_LIMITS.documents)
    throw tooMany('documents in a change set', CHANGE_SET_LIMITS.documents);
  if (Number(sum?.characters) > CHANGE_SET_LIMITS.total)
    throw tooMany('characters in a change set', CHANGE_SET_LIMITS.total);
}

/** Takes documents out of a set that is locked: they stay as they are published. False where none of them was in it. */
export async function takeOutDocuments(tx: Executor, set: string, keys: readonly DocumentKey[]): Promise<boolean> {
  const rows = await tx.run(
    `delete from kartoteka.change_set_document d using json_to_recordset($2::json) as k(kind text, name text)
where d.change_set = $1::text and (d.kind, d.name) = (k.kind, k.name) returning d.name`,
    [set, JSON.stringify(keys.map(({ kind, name }) => ({ kind, name })))],
  );
  return rows.length > 0;
}

/** Removes a set at this version. Throws change_set_moved. */
export async function removeChangeSet(tx: Executor, { name, version }: ChangeSet): Promise<void> {
  const gone = await tx.run(
    'delete from kartoteka.change_set where name = $1::text and version = $2::bigint returning name',
    [name, String(version)],
  );
  if (gone.length === 0) throw new PlatformError('change_set_moved', { name });
}

export function tooMany(limit: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit, value: String(value) });
}

/** Kind and name as errors and answers write them. */
export const documentName = ({ kind, name }: { readonly kind: DocumentKind | string; readonly name: string }): string =>
  `${kind}/${name}`;
