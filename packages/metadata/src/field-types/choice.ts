// Field type `choice`: one value of a closed set, shared (a choice document) or the field's own. Values that are no longer
// active stay valid in the table and are refused in payloads.
import { PROCESS_OPTION, staleAfterOf, verifyProcess } from '../choice-process.ts';
import {
  CHOICE_OPTIONS,
  choiceDependency,
  choiceLabel,
  choiceProps,
  choiceValues,
  LONGEST_CHOICE_VALUE,
  quotedList,
  verifyChoiceSource,
} from '../choice-values.ts';
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

export const fieldType: FieldType = {
  name: 'choice',
  options: { ...CHOICE_OPTIONS, ...PROCESS_OPTION },
  verify: (field, context) => [...verifyChoiceSource(field, context), ...verifyProcess(field, context)],
  properties: (field, context) => {
    const { values, closed } = choiceValues(field, context);
    return [
      {
        name: context.field,
        type: 'Edm.String',
        sqlType: 'text collate "C"',
        maxLength: LONGEST_CHOICE_VALUE,
        values,
        ...(closed.length === 0 ? {} : { closed }),
        staleAfter: staleAfterOf(field),
        check: (column) => `${column} in (${quotedList(values)})`,
      },
    ];
  },
  dependency: choiceDependency,
  valueSchema: (field, context) => ({ [context.field]: { type: 'string', enum: choiceValues(field, context).active } }),
  operators: OPERATORS.code,
  display: (field, context) => ({ [context.field]: choiceLabel(field, context) }),
  control: (field, context) => ({ widget: 'select', props: choiceProps(field, context) }),
  examples: [
    {
      field: {
        type: 'choice',
        values: {
          a: { label: { en: 'A' }, order: 1 },
          b: { label: { en: 'B' }, order: 2 },
          retired: { label: { en: 'Retired' }, order: 3, active: false },
        },
      },
      valid: ['a', 'b'],
      invalid: ['c', 'A', '', 'retired', 1, true, [], {}],
    },
  ],
};
