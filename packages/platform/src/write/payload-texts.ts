// Values of a payload as a statement beside the write binds them: what rules ask about records before those are stored.
import { canonicalValue, compilePayloadValidator, type EntityType } from '@kartoteka/metadata';

/**
 * Canonical texts of the properties in `given`; of a create, defaults where the payload names none. What is no value of its property is
 * null: the write is refused for it elsewhere.
 */
export function payloadTexts(
  entity: EntityType,
  given: readonly string[],
  values: Readonly<Record<string, unknown>>,
  operation: 'create' | 'update',
): Readonly<Record<string, string | null>> {
  const asked = Object.fromEntries(
    given.filter((name) => Object.hasOwn(values, name)).map((name) => [name, values[name]]),
  );
  const bad = new Set(
    compilePayloadValidator(
      entity,
      operation,
    )(asked)
      .filter(({ code }) => code !== 'required' && code !== 'read_only')
      .map(({ property }) => property),
  );
  return Object.fromEntries(
    given.map((name) => {
      const property = entity.properties.get(name);
      const value = Object.hasOwn(values, name) ? values[name] : operation === 'create' ? property?.default : null;
      return [name, property === undefined || bad.has(name) ? null : canonicalValue(property, value)];
    }),
  );
}
