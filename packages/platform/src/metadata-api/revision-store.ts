// Revisions and the history of documents: what each publish stored and took away. Reads only.
import type { DocumentKind } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Executor, Row } from '../storage/types.ts';
import { customLayerAt, type Json } from './custom-layer.ts';
import type { Resolved } from './proposal.ts';

export interface Revision {
  readonly number: number;
  readonly created_on: string;
  readonly author_id: string | null;
  readonly caller_id: string | null;
  readonly comment: string | null;
  /** How many changes of the Model; null: not known. */
  readonly change_count: number | null;
}

const REVISION = `select r.number::text as number, to_json(r.created_on)#>>'{}' as created_on, r.author_id::text as author_id,
  r.caller_id::text as caller_id, r.comment, r.change_count::text as change_count`;

function revisionOf({ number, change_count, ...texts }: Row): Revision {
  const count = change_count === null ? null : Number(change_count);
  return { ...(texts as unknown as Revision), number: Number(number), change_count: count };
}

/** Newest first, before `before`. */
export async function listRevisions(executor: Executor, before: string | null, most: number): Promise<Revision[]> {
  const rows = await executor.run(
    `${REVISION} from kartoteka.revision r where $1::bigint is null or r.number < $1::bigint order by r.number desc limit $2::bigint`,
    [before, String(most)],
  );
  return rows.map(revisionOf);
}

/** Most that one answer shows: changes of the Model, documents, and characters of their bodies. */
export const REVISION_LIMITS = { changes: 1_000, documents: 1_000, characters: 4_194_304 } as const;

/** A document that a revision changed. Bodies are left out where all together are too long. */
export interface DocumentRevision {
  readonly layer: string;
  readonly kind: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly before?: Json;
  readonly after?: Json;
}

export interface RevisionDetail extends Revision {
  readonly model_hash: string;
  /** False: it is from before the history was kept, and only what still stands is told. */
  readonly complete: boolean;
  readonly changes: readonly object[];
  readonly document_count: number;
  readonly documents: readonly DocumentRevision[];
  /** Whether bodies are left out. */
  readonly bodies_left_out: boolean;
}

const DOCUMENTS = `select h.layer, h.kind, h.name, h.body as after, b.body as before,
  sum(coalesce(length(h.body::text), 0) + coalesce(length(b.body::text), 0)) over (order by h.layer, h.kind, h.name) as characters,
  row_number() over (order by h.layer, h.kind, h.name) as place
from kartoteka.document_history h
left join lateral (select p.body from kartoteka.document_history p
  where (p.layer, p.kind, p.name) = (h.layer, h.kind, h.name) and p.revision < h.revision order by p.revision desc limit 1) b on true
where h.revision = $1::bigint`;

/** Throws unknown_resource. */
export async function readRevision(executor: Executor, number: number): Promise<RevisionDetail> {
  const { changes, documents, characters } = REVISION_LIMITS;
  const [row] = await executor.run(
    `${REVISION}, r.model_hash, (r.number > s.history_from)::text as complete,
  (select coalesce(json_agg(c.change order by c.place), '[]')::text
    from json_array_elements(r.changes) with ordinality as c(change, place) where c.place <= ${changes}) as changes,
  (select count(*)::text from kartoteka.document_history h where h.revision = r.number) as document_count,
  (select coalesce(json_agg(json_strip_nulls(json_build_object('layer', d.layer, 'kind', d.kind, 'name', d.name,
      'change', case when d.after is null then 'removed' when d.before is null then 'added' else 'changed' end)) order by d.place), '[]')::text
    from (${DOCUMENTS}) d where d.place <= ${documents}) as documents,
  (select coalesce(json_agg(json_build_array(d.before, d.after) order by d.place), '[]')::text
    from (${DOCUMENTS}) d where d.place <= ${documents} and d.characters <= ${characters}) as bodies
from kartoteka.revision r cross join kartoteka.state s where r.number = $1::bigint`,
    [String(number)],
  );
  if (row === undefined) throw noRevision(number);
  const { model_hash, complete, document_count, changes: changed, documents: named, bodies, ...revision } = row;
  const shown = JSON.parse(String(bodies)) as readonly (readonly [Json | null, Json | null])[];
  const all = (JSON.parse(String(named)) as DocumentRevision[]).map((document, at) => ({
    ...document,
    ...withBodies(shown[at]),
  }));
  return {
    ...revisionOf(revision),
    ...{ model_hash: String(model_hash), complete: complete === 'true', document_count: Number(document_count) },
    changes: JSON.parse(String(changed)) as object[],
    documents: all,
    bodies_left_out: shown.length < all.length,
  };
}

function withBodies(bodies: readonly [Json | null, Json | null] | undefined): object {
  const [before = null, after = null] = bodies ?? [];
  return { ...(before === null ? {} : { before }), ...(after === null ? {} : { after }) };
}

function noRevision(number: number): PlatformError {
  return new PlatformError('unknown_resource', { name: `revisions/${number}` }, { target: 'revision' });
}

/**
 * What brings the custom layer back to what it was at a revision. Throws unknown_resource, and conflict for a revision of before the
 * history of documents was kept.
 */
export async function rolledBack(executor: Executor, to: number, now: number): Promise<readonly Resolved[]> {
  const [row] = await executor.run(
    `select s.history_from::text as first, exists (select from kartoteka.revision where number = $1::bigint)::text as there
from kartoteka.state s`,
    [String(to)],
  );
  if (row?.there !== 'true') throw noRevision(to);
  if (to < Number(row.first)) {
    const reason = `The history of documents begins with revision ${row.first}: what the custom layer was before is not known`;
    throw new PlatformError('conflict', { reason }, { target: 'revision' });
  }
  const [then, present] = [await customLayerAt(executor, to, null), await customLayerAt(executor, now, null)];
  const keys = new Map([...present, ...then].map(([key, { kind, name }]) => [key, { kind, name }]));
  return [...keys].flatMap(([key, { kind, name }]: [string, { kind: DocumentKind; name: string }]) => {
    const [body = null, other = null] = [then.get(key)?.body, present.get(key)?.body];
    return JSON.stringify(body) === JSON.stringify(other) ? [] : [{ kind, name, body }];
  });
}
