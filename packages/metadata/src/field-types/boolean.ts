// Field type `boolean`: true or false, and null when not required.
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

export const fieldType: FieldType = {
  name: 'boolean',
  options: {},
  properties: (_field, context) => [{ name: context.field, type: 'Edm.Boolean', sqlType: 'boolean' }],
  valueSchema: (_field, context) => ({ [context.field]: { type: 'boolean' } }),
  operators: OPERATORS.boolean,
  control: () => ({ widget: 'switch', props: {} }),
  examples: [{ field: { type: 'boolean' }, valid: [false, true], invalid: ['true', 'false', 0, 1, '', 'yes', [], {}] }],
};
