// The process of a choice field: which value may follow which, and which fields a value needs when it is entered. What its
// document may say, and what is wrong with it by itself; the fields that it names are resolved in link-process.ts.
import { choiceValues } from './choice-values.ts';
import type { FieldDocument } from './documents.ts';
import type { FieldContext, JsonSchema } from './field-type.ts';
import { NAME_PATTERN } from './names.ts';

/** What a value says of itself; absent members leave it free. */
export interface ProcessStepDocument {
  readonly next?: readonly string[];
  readonly requires?: readonly string[];
  /** Days after which a record that has the value still is stale. */
  readonly stale_after?: number;
}

export type ProcessDocument = Readonly<Record<string, ProcessStepDocument>>;

const VALUE: JsonSchema = { type: 'string', pattern: NAME_PATTERN, maxLength: 63 };

/** The option as every type with one value of a closed set has it. */
export const PROCESS_OPTION: Readonly<Record<string, JsonSchema>> = {
  process: {
    type: 'object',
    minProperties: 1,
    maxProperties: 500,
    propertyNames: VALUE,
    description: 'What holds of a record that has, or gets, a value; values that are not named are free',
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      properties: {
        next: {
          type: 'array',
          maxItems: 500,
          uniqueItems: true,
          items: VALUE,
          description: 'Values to which it may change: none with an empty list, all when left out',
        },
        requires: {
          type: 'array',
          minItems: 1,
          maxItems: 32,
          uniqueItems: true,
          items: { type: 'string', pattern: NAME_PATTERN },
          description: 'Fields without which a record cannot get the value',
        },
        stale_after: {
          type: 'integer',
          minimum: 1,
          maximum: 36_500,
          description: 'Days after which a record that still has the value is stale (is_stale in filters)',
        },
      },
    },
  },
};

export const processOf = (field: FieldDocument): ProcessDocument =>
  (field.process as ProcessDocument | undefined) ?? {};

/** Days by value, of the values after which a record is stale. */
export function staleAfterOf(field: FieldDocument): Readonly<Record<string, number>> {
  const days = Object.entries(processOf(field)).flatMap(([value, { stale_after: after }]) =>
    after === undefined ? [] : [[value, after] as const],
  );
  return Object.fromEntries(days);
}

/** Names in a process that are no values of the choice. */
export function verifyProcess(field: FieldDocument, context: FieldContext): { pointer: string; reason: string }[] {
  const { values } = choiceValues(field, context);
  // A choice that does not exist is reported as that.
  if (values.length === 0) return [];
  const known = new Set(values);
  return Object.entries(processOf(field)).flatMap(([value, { next = [] }]) => {
    if (!known.has(value)) return [{ pointer: `/process/${value}`, reason: `${value} is no value of the choice` }];
    return next.flatMap((other, index) =>
      known.has(other)
        ? []
        : [{ pointer: `/process/${value}/next/${index}`, reason: `${other} is no value of the choice` }],
    );
  });
}
