// What is found without making code is what the payload validator finds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import type { EntityType, Property } from './model.ts';
import { compilePayloadValidator } from './payload-validator.ts';
import { entity, modelOf } from './sample-documents.ts';
import { checkValue } from './value-check.ts';

const company = entity('company', { name: { type: 'text' } });
const cases = [...FIELD_TYPES.values()]
  .filter(({ computed }) => computed === undefined)
  .flatMap(({ examples }) => examples.map((example, n) => ({ name: `${example.field.type} ${n}`, example })));

const thingWith = (field: (typeof cases)[number]['example']['field']): EntityType =>
  modelOf([company, entity('thing', { f: { ...field } })]).entities.get('thing') as EntityType;

/** The words for one value of one property, as the service finds them; undefined: it is good. */
function found(type: EntityType, property: Property, value: unknown): string | undefined {
  const findings = compilePayloadValidator(type, 'create')({ [property.name]: value });
  return findings.find((each) => each.property === property.name)?.reason;
}

/** Texts that are nearly right are rarer among random ones than those that are long, empty or strange. */
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(fc.constantFrom('a', 'b', 'red', 'blue', 'x'), { maxLength: 4 }),
);

test.each(cases)('$name: the same findings in the same words', ({ example }) => {
  const type = thingWith(example.field);
  const writable = [...type.properties.values()].filter(({ field, valueSchema }) => field === 'f' && valueSchema);
  const known = [...example.valid, ...example.invalid].filter((value) => value !== null);
  for (const property of writable) {
    const same = (value: unknown): void => {
      // Longer texts are refused by the service before their schema is asked.
      if (property.valueSchema?.jsonValue !== undefined && 'schema' in (property.valueSchema.jsonValue as object))
        return;
      if (typeof value === 'string' && value.length > 2 * (property.maxLength ?? Number.POSITIVE_INFINITY)) return;
      expect(checkValue(property.valueSchema ?? {}, value)?.reason, JSON.stringify(value)).toBe(
        found(type, property, value),
      );
    };
    for (const value of known) same(value);
    fc.assert(
      fc.property(
        values.filter((value) => value !== null),
        (value) => same(value),
      ),
      { numRuns: 60 },
    );
  }
});

test('a keyword that is not known is no reason to let a value pass', () => {
  expect(() => checkValue({ type: 'string', multipleOf: 2 }, 'a')).toThrow('multipleOf');
});

test('the schema of a field of type json is left to the service: it would have to be compiled', () => {
  const schema = { type: ['string'], jsonValue: { max_length: 5, schema: { type: 'number' } } };
  expect(checkValue(schema, 'abc')).toBeUndefined();
  expect(checkValue(schema, 'abcd')?.reason).toBe('must have at most 5 characters as JSON');
});
