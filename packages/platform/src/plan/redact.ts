// What a redaction takes away: names of the request x Model -> which properties lose their values, what stands in their place,
// and which images of the change log hold them. It sees no rights and no SQL.
import {
  canonicalValue,
  compilePayloadValidator,
  type EntityType,
  isStored,
  type Property,
  storedProperties,
} from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import { DIRECTORY, DIRECTORY_PROPERTIES } from '../security/directory.ts';

export interface RedactionPlan {
  /** Of the recycle bin its own type. */
  readonly entity: EntityType;
  /** What each property holds afterwards, as text to bind; null where it may be empty. */
  readonly values: ReadonlyMap<Property, string | null>;
  /** Made from these: computed anew. */
  readonly derived: readonly Property[];
  /** Properties whose values leave the change log: all of these. */
  readonly names: readonly string[];
  /** All personal data was asked for: what fields have left behind that are in the Model no more goes as well, whatever it was. */
  readonly whole: boolean;
}

/**
 * Plans the redaction of the named properties, or of all that are marked as personal data (`names` null). Throws validation_failed
 * with a detail for each that cannot be: a record is redacted as asked, or not at all.
 */
export function planRedaction(entity: EntityType, id: string, names: readonly string[] | null): RedactionPlan {
  const details: ErrorDetail[] = [];
  const chosen = names === null ? personalProperties(entity) : namedProperties(entity, new Set(names), details);
  const given = chosen.filter((property) => property.derived === undefined);
  const derived = storedProperties(entity).filter((property) =>
    property.derived?.from.some((name) => given.some((each) => each.name === name)),
  );
  const values = new Map<Property, string | null>();
  for (const property of chosen) {
    const problem = problemOf(entity, property, derived);
    if (problem !== null) details.push(refused(property.name, problem));
    else if (property.derived === undefined) setValue(values, entity, id, property, details);
  }
  if (chosen.length === 0 && details.length === 0)
    details.push(refused('personal_data', `no property of ${entity.name} is marked as personal data`));
  if (details.length > 0) throw new PlatformError('validation_failed', {}, { details });
  return { entity, values, derived, names: [...given, ...derived].map(({ name }) => name), whole: names === null };
}

function personalProperties(entity: EntityType): readonly Property[] {
  return storedProperties(entity).filter(({ personalData }) => personalData === true);
}

function namedProperties(entity: EntityType, names: ReadonlySet<string>, details: ErrorDetail[]): readonly Property[] {
  return [...names].flatMap((name) => {
    const property = entity.properties.get(name);
    if (property === undefined) {
      details.push(errorDetail('unknown_property', { name, entity: entity.name }, name));
      return [];
    }
    return [property];
  });
}

/** Why the property cannot be redacted; null when it can. */
function problemOf(entity: EntityType, property: Property, derived: readonly Property[]): string | null {
  // The audit would be no audit if whoever may redact could take out what he likes.
  if (property.personalData !== true) return 'only what is marked as personal data can be redacted';
  if (!isStored(property)) return 'it is computed from other properties: redact those';
  if (property.numbering !== undefined) return 'a number that the service gave cannot be redacted';
  // Its changes are told to every node, and checked, by hooks, which a redaction does not run.
  if (rightsAreMadeOf(entity, property)) return 'rights are made of it: it cannot be redacted';
  if (isReference(entity, property))
    return 'a reference cannot be redacted: clear it, or redact the record that it names';
  if (property.derived !== undefined && !derived.includes(property))
    return `it is made from ${property.derived.from.join(', ')}: redact those`;
  return null;
}

function rightsAreMadeOf({ name: entity }: EntityType, { name }: Property): boolean {
  const [entities, names]: readonly string[][] = [Object.values(DIRECTORY), Object.values(DIRECTORY_PROPERTIES)];
  return entities?.includes(entity) === true && names?.includes(name) === true;
}

function isReference(entity: EntityType, { name }: Property): boolean {
  return [...entity.navigations.values()].some(
    ({ property, discriminator, collection }) => !collection && (property === name || discriminator?.property === name),
  );
}

function setValue(
  values: Map<Property, string | null>,
  entity: EntityType,
  id: string,
  property: Property,
  details: ErrorDetail[],
): void {
  const value = property.nullable ? null : replacement(entity, id, property);
  if (value === undefined) details.push(errorDetail('required', { name: property.name }, property.name));
  else values.set(property, value);
}

/** What a required property holds instead: its default, or the first of some texts that it takes; undefined when it takes none. */
function replacement(entity: EntityType, id: string, property: Property): string | null | undefined {
  if (property.default !== undefined) return canonicalValue(property, property.default);
  if (property.type !== 'Edm.String') return undefined;
  const validate = compilePayloadValidator(entity, 'update');
  const isKey = [...entity.keys.values()].some(({ properties }) => properties.includes(property.name));
  const text = (isKey ? UNIQUE_TEXTS(id) : TEXTS).find(
    (candidate) => !validate({ [property.name]: candidate }).some(({ code }) => code === 'invalid_value'),
  );
  return text === undefined ? undefined : canonicalValue(property, text);
}

const TEXTS = ['redacted', 'redacted@redacted.invalid', 'https://redacted.invalid', '-'];
/** No two records may hold the same. */
const UNIQUE_TEXTS = (id: string): readonly string[] => [
  `redacted-${id}`,
  `redacted-${id}@redacted.invalid`,
  `https://redacted.invalid/${id}`,
];

function refused(name: string, reason: string): ErrorDetail {
  return errorDetail('invalid_value', { name, reason }, name);
}
