// Errors of the database during a write as errors of the one table, and which of them are worth another try. Messages name
// properties of the entity, never SQL, constraint names or anybody's values.
import {
  checkName,
  type EntityType,
  keyIndexName,
  type Model,
  storedProperties,
  tableShape,
} from '@kartoteka/metadata';
import { sqlState } from '../database-errors.ts';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import { TransactionLost } from '../storage/transaction-lost.ts';

/** What the driver's error tells beside its message. */
interface DatabaseFailure {
  readonly code: string;
  readonly routine?: string;
  readonly table_name?: string;
  readonly constraint_name?: string;
  readonly column_name?: string;
}

const TRIES = 6;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';

/**
 * Runs a write again when it lost against a concurrent one (deadlock, serialization, a plan that a publish made stale), a
 * few times with growing pauses. Other errors of the database become errors of the table; the rest is thrown on.
 */
export async function withRetries<T>(model: Model, entity: EntityType, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const again = lostToOthers(error) || lostInHook(error) || isNumberTaken(entity, error);
      if (!again || attempt === TRIES) throw writeError(model, entity, error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
    }
  }
}

/** Whether requests that a hook made in the write's own transaction lost it. */
function lostInHook(error: unknown): boolean {
  return error instanceof TransactionLost && lostToOthers(error.cause);
}

/** An error of the database as one of the table where it is one; everything else as it is. */
export function writeError(model: Model, entity: EntityType, error: unknown): unknown {
  const failure = databaseFailure(error);
  return failure === undefined ? error : (MAPPINGS[failure.code]?.(model, entity, failure) ?? error);
}

/** Whether the same write may succeed when its transaction is run again. */
export function lostToOthers(error: unknown): boolean {
  const failure = databaseFailure(error);
  return failure !== undefined && isTransient(failure);
}

function databaseFailure(error: unknown): DatabaseFailure | undefined {
  return error instanceof PlatformError || sqlState(error) === undefined ? undefined : (error as DatabaseFailure);
}

function isTransient(failure: DatabaseFailure): boolean {
  const stalePlan = failure.code === '0A000' && failure.routine === 'RevalidateCachedQuery';
  return failure.code === SERIALIZATION_FAILURE || failure.code === DEADLOCK || stalePlan;
}

/** Whether what was written lost a number to an older pattern: what is run again as a whole draws the next one. */
export function lostItsNumber(model: Model, error: unknown): boolean {
  const table = databaseFailure(error)?.table_name;
  const entity = [...model.entities.values()].find((candidate) => candidate.table === table);
  return entity !== undefined && isNumberTaken(entity, error);
}

/** A number that a changed pattern prints as an older one was printed: the next one is drawn. */
function isNumberTaken(entity: EntityType, error: unknown): boolean {
  const failure = databaseFailure(error);
  if (failure?.code !== '23505') return false;
  return storedProperties(entity).some(
    ({ numbering, field }) =>
      numbering !== undefined && keyIndexName(entity.table, field ?? '') === failure.constraint_name,
  );
}

type Mapping = (model: Model, entity: EntityType, failure: DatabaseFailure) => PlatformError;

const contention: Mapping = () =>
  new PlatformError('conflict', { reason: 'Other writes on the same records got in the way; try again' });
const badValue: Mapping = (_model, entity) =>
  invalid(errorDetail('invalid_value', { name: entity.name, reason: 'a value is out of range' }));

const MAPPINGS: Readonly<Record<string, Mapping>> = {
  '23505': duplicateKey,
  '23503': missingTarget,
  '23502': missingValue,
  '23514': failedCheck,
  [SERIALIZATION_FAILURE]: contention,
  [DEADLOCK]: contention,
  '55P03': contention,
  '57014': () => new PlatformError('overloaded'),
  '53100': () => new PlatformError('overloaded'),
  '53200': () => new PlatformError('overloaded'),
  '22001': badValue,
  '22003': badValue,
  '22007': badValue,
  '22008': badValue,
  '22012': badValue,
  '22021': () => new PlatformError('invalid_text'),
  '22P02': badValue,
  '22P05': () => new PlatformError('invalid_text'),
};

/** Of several records that a restore brings back, the one that collides need not be of the request's entity. */
function duplicateKey(model: Model, requested: EntityType, failure: DatabaseFailure): PlatformError {
  const entity = [...model.entities.values()].find(({ table }) => table === failure.table_name) ?? requested;
  const index = tableShape(entity, model).indexes.find((candidate) => candidate.name === failure.constraint_name);
  const names = index === undefined ? ['id'] : index.columns.map((column) => propertyOfColumn(entity, column));
  return new PlatformError('duplicate_key', { name: names.join(', ') }, { target: names[0] ?? entity.name });
}

function missingTarget(model: Model, entity: EntityType, failure: DatabaseFailure): PlatformError {
  const key = tableShape(entity, model).foreignKeys.find((candidate) => candidate.name === failure.constraint_name);
  if (key === undefined) return contention(model, entity, failure);
  const name = propertyOfColumn(entity, key.column);
  return invalid(errorDetail('target_not_found', { name }, name));
}

function missingValue(_model: Model, entity: EntityType, failure: DatabaseFailure): PlatformError {
  const name = propertyOfColumn(entity, failure.column_name ?? '');
  return invalid(errorDetail('required', { name }, name));
}

function failedCheck(_model: Model, entity: EntityType, failure: DatabaseFailure): PlatformError {
  const properties = [...entity.properties.values()];
  const property = properties.find(
    (candidate) => checkName(entity.table, candidate.column) === failure.constraint_name,
  );
  const name = property?.name ?? entity.name;
  return invalid(errorDetail('invalid_value', { name, reason: 'the value is not allowed' }, name));
}

function propertyOfColumn(entity: EntityType, column: string): string {
  for (const property of entity.properties.values()) if (property.column === column) return property.name;
  return entity.name;
}

function invalid(detail: ErrorDetail): PlatformError {
  return new PlatformError('validation_failed', {}, { details: [detail] });
}
