// Field type `many`: a collection of records on both sides. The links are rows of a table of their own, which the compiler
// makes, or the records of an entity that is named (`through`). The field owns no property and no column.
import type { FieldDocument } from '../documents.ts';
import type { AssociationSpec, FieldType, JsonSchema } from '../field-type.ts';
import { NAME_PATTERN } from '../names.ts';

const name = (description: string): JsonSchema => ({ type: 'string', pattern: NAME_PATTERN, description });

const option = (field: FieldDocument, key: string): string | null => (field[key] as string | undefined) ?? null;

function throughOf(field: FieldDocument): AssociationSpec['through'] {
  const entity = option(field, 'through');
  return entity === null ? null : { entity, own: option(field, 'own'), other: option(field, 'other') };
}

export const fieldType: FieldType = {
  name: 'many',
  options: {
    target: name('The entity on the other side'),
    inverse: name('Name of the collection on the other side'),
    through: name('Entity whose records are the links: it has a lookup to each side'),
    own: name('With through: the lookup that leads to this side, where there are several'),
    other: name('With through: the lookup that leads to the other side, where there are several'),
  },
  requiredOptions: ['target'],
  // It has no values: nothing can be required of them, hidden, searched or frozen.
  commonOptions: ['label', 'description', 'audit', 'visible_when'],
  verify: (field) => {
    const findings = [];
    for (const side of ['own', 'other']) {
      if (field.through !== undefined || field[side] === undefined) continue;
      findings.push({ pointer: `/${side}`, reason: 'It names a lookup of the link entity, and through names none' });
    }
    if (field.through !== undefined && field.audit !== undefined)
      findings.push({ pointer: '/audit', reason: 'Links that are records are logged as their entity says' });
    return findings;
  },
  properties: () => [],
  associations: (field, context) => [
    {
      navigation: context.field,
      target: option(field, 'target') ?? '',
      inverse: option(field, 'inverse'),
      through: throughOf(field),
      audit: field.audit,
    },
  ],
  valueSchema: () => ({}),
  operators: [],
  control: (field) => ({ widget: 'links', props: { target: option(field, 'target') } }),
  examples: [{ field: { type: 'many', target: 'company' }, valid: [], invalid: [] }],
};
