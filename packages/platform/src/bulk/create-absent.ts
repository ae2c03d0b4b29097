// One new record under a key that another may have: it is made unless it is there. The create is that of a request for many
// records, which tells a key that is taken without ending the transaction.
import { randomUUIDv7 } from 'node:crypto';
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';
import type { Executor } from '../storage/types.ts';
import { Cascade } from '../write/cascade.ts';
import { withRetries } from '../write/database-errors.ts';
import { linkRecords, printRecord } from '../write/link.ts';
import type { LinkChange, Representation, WriteEnvironment, WriteResult } from '../write/request.ts';
import { type SetResult, type Values, writeSet } from '../write/write-set.ts';
import { type Found, findRecords, type RecordKey } from './find.ts';

/** A record by its key, and what is written where there is none. */
export interface AbsentRecord {
  readonly entity: EntityType;
  readonly principal: Principal;
  readonly client: string | null;
  readonly key: RecordKey;
  /** Values of the key as text, in order. */
  readonly keyValues: readonly string[];
  /** Id of the new record; null: made here. */
  readonly id: string | null;
  readonly values: Values;
  readonly links: readonly LinkChange[];
  readonly representation: Representation | null;
}

/** `there`: another record has the key, and the principal may read it; `again`: one had it and is gone by now. */
export type Absent =
  | { readonly kind: 'created'; readonly result: WriteResult }
  | { readonly kind: 'there'; readonly id: string }
  | { readonly kind: 'again' };

/** Where the record is, for the principal. */
export async function findRecord(
  { model, database }: Pick<WriteEnvironment, 'model' | 'database'>,
  { principal, key, keyValues }: Pick<AbsentRecord, 'principal' | 'key' | 'keyValues'>,
): Promise<Found> {
  return (await findRecords(model, principal, database, key, [keyValues]))[0] ?? null;
}

/**
 * Creates the record in one transaction, judged as any create. Throws what a create throws, duplicate_key for another key that is
 * taken, and where a hidden record has this one: not_found for an id, duplicate_key for a key.
 */
export function createAbsent(environment: WriteEnvironment, record: AbsentRecord): Promise<Absent> {
  const { model, database } = environment;
  return withRetries(model, record.entity, () => database.transaction((tx) => attempt(environment, tx, record)));
}

async function attempt(environment: WriteEnvironment, tx: Executor, record: AbsentRecord): Promise<Absent> {
  const { entity, principal, client, values } = record;
  const id = record.id ?? (typeof values.id === 'string' ? values.id.toLowerCase() : randomUUIDv7());
  const set = { ...environment, entity, principal, client };
  const result = (await writeSet(set, tx, 'create', [{ id, sent: values }]))[0];
  if (result?.kind === 'refused') throw result.error;
  if (result?.kind === 'taken') return whoHas(environment, tx, record, result);
  if (result?.kind !== 'written') throw new Error('a new record was left without a result');
  const linking = { cascade: new Cascade(environment, principal, tx), entity, id, client };
  for (const change of record.links) await linkRecords(linking, change);
  const body = record.representation === null ? null : await printRecord(linking, record.representation);
  const { annotations } = result;
  const told = annotations === undefined ? {} : { annotations };
  return { kind: 'created', result: { id, version: '1', changed: true, body, ...told } };
}

async function whoHas(
  { model }: WriteEnvironment,
  tx: Executor,
  { principal, key, keyValues }: AbsentRecord,
  taken: Extract<SetResult, { kind: 'taken' }>,
): Promise<Absent> {
  if (taken.key === null) return { kind: 'again' };
  const names = key.properties.map(({ name }) => name);
  if (taken.key.join() !== names.join()) throw duplicate(taken.key);
  const found = (await findRecords(model, principal, tx, key, [keyValues]))[0] ?? null;
  if (found === null) return { kind: 'again' };
  if (!found.hidden) return { kind: 'there', id: found.id };
  throw names.join() === 'id' ? new PlatformError('not_found') : duplicate(names);
}

/** Another record has the same value of a key. */
export function duplicate(key: readonly string[]): PlatformError {
  return new PlatformError('duplicate_key', { name: key.join(', ') }, { target: key[0] ?? 'id' });
}
