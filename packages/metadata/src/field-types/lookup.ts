// Field type `lookup`: a reference to one record of another (or the same) entity, or of one of several, whose name then stands
// beside the id. Foreign key, index and inverse ends are made by the compiler from the relations; this file only says what there is.
import { quotedList } from '../choice-values.ts';
import type { FieldDocument } from '../documents.ts';
import type { FieldType, JsonSchema, PropertySpec, RelationSpec } from '../field-type.ts';
import type { Cascading, OnDelete } from '../model.ts';
import { lookupNavigation, lookupProperty, lookupTypeProperty, NAME_PATTERN, targetNavigation } from '../names.ts';
import { OPERATORS } from '../operators.ts';

/** Each is a navigation, a reference to follow at deletes, and a branch of a statement that moves the lookup. */
const MOST_TARGETS = 20;

const targetsOf = (field: FieldDocument): readonly string[] => field.targets as readonly string[];
const hasSeveral = (field: FieldDocument): boolean => targetsOf(field).length > 1;

/** Both null or both given; a lookup with one target knows its entity. */
function idAndType(field: string, targets: readonly string[]): readonly PropertySpec[] {
  const [id, type] = [lookupProperty(field), lookupTypeProperty(field)];
  return [
    {
      name: id,
      type: 'Edm.Guid',
      sqlType: 'uuid',
      check: (column, columnOf) => `(${column} is null) = (${columnOf(type)} is null)`,
    },
    {
      name: type,
      type: 'Edm.String',
      sqlType: 'text collate "C"',
      values: targets,
      operators: OPERATORS.code,
      check: (column) => `${column} in (${quotedList(targets)})`,
    },
  ];
}

/** `none` says nothing; an empty object would be something. */
function cascadeOf(field: FieldDocument): { readonly cascade?: Cascading } {
  const { assign, share } = (field.cascade ?? {}) as {
    assign?: 'none' | Cascading['assign'];
    share?: 'none' | 'probe';
  };
  const cascade: Cascading = {
    ...(assign === undefined || assign === 'none' ? {} : { assign }),
    ...(share === 'probe' ? { share: true as const } : {}),
  };
  return Object.keys(cascade).length === 0 ? {} : { cascade };
}

function relationsOf(name: string, field: FieldDocument): readonly RelationSpec[] {
  const several = hasSeveral(field);
  const cascade = cascadeOf(field);
  return targetsOf(field).map((target) => ({
    navigation: several ? targetNavigation(name, target) : lookupNavigation(name),
    target,
    property: lookupProperty(name),
    inverse: (field.inverse as string | undefined) ?? null,
    onDelete: (field.on_delete as OnDelete | undefined) ?? 'restrict',
    ...(several ? { discriminator: { property: lookupTypeProperty(name), value: target } } : {}),
    ...cascade,
  }));
}

const CASCADE: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'What the record that the lookup names passes on besides its deletion',
  properties: {
    assign: {
      type: 'string',
      enum: ['none', 'active', 'owned', 'all'],
      default: 'none',
      description: 'Which records get its new owner: those not closed, those that its former owner owns, or all',
    },
    share: {
      type: 'string',
      enum: ['none', 'probe'],
      default: 'none',
      description: 'probe: its shares count for the records that refer to it',
    },
    reparent: {
      type: 'string',
      enum: ['none'],
      default: 'none',
      description: 'A record that goes to another keeps its owner; nothing else is supported yet',
    },
  },
};

const EXAMPLE_IDS = {
  valid: [
    '00000000-0000-0000-0000-000000000000',
    '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  invalid: [
    ...['', 'x', '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6', '0193570e5f3a7c3e9d3b3f1c2a4b5c6d'],
    ...['{0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d}', '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6g', 1, true, [], {}],
  ],
};

export const fieldType: FieldType = {
  name: 'lookup',
  options: {
    targets: {
      type: 'array',
      items: { type: 'string', pattern: NAME_PATTERN },
      minItems: 1,
      maxItems: MOST_TARGETS,
      uniqueItems: true,
      description: 'The entity the field refers to, or several of which a record refers to one',
    },
    inverse: {
      type: 'string',
      pattern: NAME_PATTERN,
      description: 'Name of the collection on every target that holds the records referring to it',
    },
    on_delete: { type: 'string', enum: ['restrict', 'set_null', 'cascade'], default: 'restrict' },
    cascade: CASCADE,
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
  properties: (field, { field: name }) =>
    hasSeveral(field)
      ? idAndType(name, targetsOf(field))
      : [{ name: lookupProperty(name), type: 'Edm.Guid', sqlType: 'uuid' }],
  relations: (field, context) => relationsOf(context.field, field),
  valueSchema: (field, { field: name }) => ({
    [lookupProperty(name)]: { type: 'string', format: 'uuid' },
    ...(hasSeveral(field) ? { [lookupTypeProperty(name)]: { type: 'string', enum: targetsOf(field) } } : {}),
  }),
  operators: OPERATORS.identifier,
  control: (field) => ({ widget: 'lookup', props: { targets: targetsOf(field) } }),
  examples: [
    { field: { type: 'lookup', targets: ['company'] }, ...EXAMPLE_IDS },
    { field: { type: 'lookup', targets: ['team', 'company'] }, ...EXAMPLE_IDS, beside: { _type: 'company' } },
  ],
};
