// Inline validation by the service's own rules: the schemas of values travel with the client model, and are evaluated here without
// making code. What only the service can know (unique keys, rights, rules over other records) it says when the record is saved.
import { type ClientEntity, checkValue, type ValueFinding } from '@kartoteka/metadata';

export interface RecordFinding {
  readonly property: string;
  /** The field that the property is of. */
  readonly field: string;
  readonly code: 'required' | 'invalid_value';
  /** What refuses the value; absent for `required`. */
  readonly finding?: ValueFinding;
}

/**
 * What is wrong with a payload of a create, or of an update; empty where nothing is. Properties that no one may write, and those of no
 * field (owner, id), are left to the service.
 */
export function validateRecord(
  entity: Pick<ClientEntity, 'fields'>,
  operation: 'create' | 'update',
  payload: Readonly<Record<string, unknown>>,
): readonly RecordFinding[] {
  return Object.values(entity.fields).flatMap((field) =>
    Object.entries(field.values).flatMap(([property, rule]): RecordFinding[] => {
      const at = { property, field: field.name };
      const value = payload[property];
      if (value === undefined) {
        const isMissing = operation === 'create' && !rule.nullable && rule.has_default !== true;
        return isMissing ? [{ ...at, code: 'required' }] : [];
      }
      if (value === null) return rule.nullable ? [] : [{ ...at, code: 'required' }];
      const finding = checkValue(rule.schema, value);
      return finding === undefined ? [] : [{ ...at, code: 'invalid_value', finding }];
    }),
  );
}
