// Field type `multi_choice`: any number of values of a closed set, each at most once. A collection is never null (OData):
// without a value it is empty. Values are stored in the order of the set, so that equal sets are equal values.
import {
  CHOICE_OPTIONS,
  choiceDependency,
  choiceLabel,
  choiceProps,
  choiceValues,
  quotedList,
  verifyChoiceSource,
} from '../choice-values.ts';
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

export const fieldType: FieldType = {
  name: 'multi_choice',
  options: CHOICE_OPTIONS,
  verify: verifyChoiceSource,
  properties: (field, context) => {
    const { values } = choiceValues(field, context);
    return [
      {
        name: context.field,
        type: 'Collection(Edm.String)',
        sqlType: 'text[] collate "C"',
        values,
        nullable: false,
        // A required field has at least one value, which nobody but the client can name.
        ...(field.required === true ? {} : { default: [] }),
        normalize: (value) => values.filter((each) => (value as readonly string[]).includes(each)),
        sortable: false,
        index: 'gin',
        check: (column) => `${column} <@ array[${quotedList(values)}]::text[]`,
      },
    ];
  },
  dependency: choiceDependency,
  valueSchema: (field, context) => ({
    [context.field]: {
      type: 'array',
      items: { type: 'string', enum: choiceValues(field, context).active },
      uniqueItems: true,
      minItems: field.required === true ? 1 : 0,
    },
  }),
  operators: OPERATORS.members,
  display: (field, context) => {
    const label = choiceLabel(field, context);
    const labels = (value: unknown, language: string): string =>
      (value as readonly string[]).map((member) => label(member, language) ?? member).join('; ');
    return { [context.field]: labels };
  },
  control: (field, context) => ({ widget: 'multi_select', props: choiceProps(field, context) }),
  examples: [
    {
      field: {
        type: 'multi_choice',
        values: {
          red: { label: { en: 'Red' }, order: 3 },
          null: { label: { en: 'The word null' }, order: 2 },
          Blue: { label: { en: 'Blue' }, order: 1 },
          retired: { label: { en: 'Retired' }, order: 4, active: false },
        },
      },
      valid: [[], ['red'], ['null'], ['red', 'Blue'], ['red', 'null', 'Blue']],
      invalid: [
        ['blue'],
        ['red', 'red'],
        ['retired'],
        [''],
        [null],
        ['red', 1],
        [['red']],
        'red',
        '',
        {},
        1,
        true,
        null,
      ],
    },
  ],
};
