// Finds the records that a bulk request names by a key: the key's values are judged, then looked for all at once.
import {
  canonicalValue,
  compilePayloadValidator,
  type EntityType,
  type Model,
  type PayloadFinding,
  type Property,
} from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import { authorizeKey } from '../plan/write-authorize.ts';
import type { Principal } from '../security/types.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileFind } from '../sql/bulk-find.ts';
import { rowsOf, textArray } from '../sql/row-source.ts';
import type { Executor } from '../storage/types.ts';
import { keepsPlan } from '../write/write-set.ts';

/** The key of a request by which its records are found. */
export interface RecordKey {
  readonly entity: EntityType;
  readonly properties: readonly Property[];
}

/** Where a record is: `hidden` exists but is not the principal's to read, or is deleted; null where there is none. */
export type Found = { readonly id: string; readonly hidden: boolean } | null;

/** Values of the key as text, in order. Throws validation_failed for values that are missing or no values of the property. */
export function keyValues(key: RecordKey, record: Readonly<Record<string, unknown>>): readonly string[] {
  const findings = key.properties.flatMap((property) => keyFinding(key, property, record[property.name]) ?? []);
  if (findings.length > 0) {
    const details = findings.map(({ code, property, reason }) =>
      errorDetail(code, { name: property, entity: key.entity.name, reason }, property),
    );
    throw new PlatformError('validation_failed', {}, { details });
  }
  return key.properties.map((property) => canonicalValue(property, record[property.name]) ?? '');
}

/** A property that is never written (a number given by the engine) is judged by its type alone. */
function keyFinding(key: RecordKey, property: Property, value: unknown): PayloadFinding | undefined {
  const { name } = property;
  if (value === undefined || value === null) return { property: name, code: 'required', reason: 'is required' };
  if (property.readOnly) {
    if (property.type === 'Edm.String' && typeof value === 'string') return undefined;
    return { property: name, code: 'read_only', reason: 'cannot be written' };
  }
  return compilePayloadValidator(key.entity, 'create')({ [name]: value }).find((finding) => finding.property === name);
}

/** What is found under each of `keys`, in their order; each holds the values of the key's properties. */
export async function findRecords(
  model: Model,
  principal: Principal,
  executor: Executor,
  key: RecordKey,
  keys: readonly (readonly string[])[],
): Promise<readonly Found[]> {
  const found = new Array<Found>(keys.length).fill(null);
  if (keys.length === 0) return found;
  const statement = compileFind(authorizeKey(key.entity, key.properties, model, principal));
  const values: Record<string, string> = {};
  key.properties.forEach((property, index) => {
    values[rowsOf(property.name)] = textArray(keys.map((parts) => parts[index] ?? null));
  });
  const parameters = bindStatement(statement, { model, principal, literals: [], values });
  for (const row of await executor.run(statement.text, parameters, { prepare: keepsPlan(keys.length) })) {
    found[Number(row.n) - 1] = { id: String(row.id), hidden: row.readable !== true };
  }
  return found;
}
