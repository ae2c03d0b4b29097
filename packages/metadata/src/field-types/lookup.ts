// Field type `lookup`: a reference to one record of one other (or the same) entity. The foreign key, the index and the
// inverse end are made by the compiler from the relation; this file only says what there is.
import type { FieldDocument } from '../documents.ts';
import type { FieldType } from '../field-type.ts';
import type { OnDelete } from '../model.ts';
import { lookupNavigation, lookupProperty, NAME_PATTERN } from '../names.ts';
import { OPERATORS } from '../operators.ts';

const targetOf = (field: FieldDocument): string => (field.targets as readonly string[])[0] ?? '';

export const fieldType: FieldType = {
  name: 'lookup',
  options: {
    targets: {
      type: 'array',
      items: { type: 'string', pattern: NAME_PATTERN },
      minItems: 1,
      maxItems: 1,
      description: 'The entity the field refers to (one in this release)',
    },
    inverse: {
      type: 'string',
      pattern: NAME_PATTERN,
      description: 'Name of the collection on the target that holds the records referring to it',
    },
    on_delete: { type: 'string', enum: ['restrict', 'set_null', 'cascade'], default: 'restrict' },
  },
  requiredOptions: ['targets'],
  verify: (field) => {
    const findings = [];
    if (field.required === true && field.on_delete === 'set_null') {
      const hint = 'Use restrict or cascade';
      findings.push({ pointer: '/on_delete', reason: 'A required lookup cannot become null', hint });
    }
    if (field.default !== undefined) {
      findings.push({ pointer: '/default', reason: 'A lookup has no default: records are not known to documents' });
    }
    return findings;
  },
  properties: (_field, context) => [{ name: lookupProperty(context.field), type: 'Edm.Guid', sqlType: 'uuid' }],
  relations: (field, context) => [
    {
      navigation: lookupNavigation(context.field),
      target: targetOf(field),
      property: lookupProperty(context.field),
      inverse: (field.inverse as string | undefined) ?? null,
      onDelete: (field.on_delete as OnDelete | undefined) ?? 'restrict',
    },
  ],
  valueSchema: (_field, context) => ({ [lookupProperty(context.field)]: { type: 'string', format: 'uuid' } }),
  operators: OPERATORS.identifier,
  control: (field) => ({ widget: 'lookup', props: { target: targetOf(field) } }),
  examples: [
    {
      field: { type: 'lookup', targets: ['company'] },
      valid: [
        '00000000-0000-0000-0000-000000000000',
        '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d',
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
      ],
      invalid: [
        ...['', 'x', '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6', '0193570e5f3a7c3e9d3b3f1c2a4b5c6d'],
        ...['{0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d}', '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6g', 1, true, [], {}],
      ],
    },
  ],
};
