// JSON Schemas of view and form documents. Everything that a customer may extend is an object keyed by name with an `order`,
// so that layers merge by key. Data only; what the names lead to is link-view.ts and link-form.ts.
import type { JsonSchema } from './field-type.ts';
import { CONDITION, document, LABEL, LABEL_REF, NAME, named } from './schema-parts.ts';

const MOST_COLUMNS = 100;
const MOST_SORT_KEYS = 8;
const MOST_SECTIONS = 50;
const MOST_FIELDS = 200;
const MOST_RELATED = 50;
/** Columns of a section of a form. */
const MOST_FORM_COLUMNS = 4;

/** A property, or a path over to-one navigations: `name`, `company/name`. */
const PATH: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)*$',
  maxLength: 255,
};

/** A member with a place. What is hidden needs nothing else: the layer that showed it may have dropped it since. */
function placed(own: Readonly<Record<string, JsonSchema>>, needed: readonly string[] = []): JsonSchema {
  const hidden = {
    type: 'boolean',
    default: false,
    description: 'Left out: how a layer takes out what a lower one shows',
  };
  const required = ['order', ...needed];
  return {
    type: 'object',
    additionalProperties: false,
    properties: { order: { type: 'integer' }, hidden, ...own },
    if: { type: 'object', required: ['hidden'], properties: { hidden: { const: true } } },
    else: { type: 'object', required, properties: Object.fromEntries(required.map((name) => [name, {}])) },
  };
}

const paths = (value: JsonSchema, most: number): JsonSchema => ({
  type: 'object',
  maxProperties: most,
  propertyNames: PATH,
  additionalProperties: value,
});

const HEAD: Readonly<Record<string, JsonSchema>> = {
  name: NAME,
  entity: NAME,
  label: LABEL_REF,
  description: LABEL_REF,
  default: { type: 'boolean', default: false, description: 'Shown unless another is asked for; one per entity' },
};

/** Schema of a view document. */
export function viewDocumentSchema(): JsonSchema {
  const direction = { type: 'string', enum: ['asc', 'desc'] };
  const width = { type: 'integer', minimum: 20, maximum: 2000, description: 'Pixels' };
  const properties = {
    ...HEAD,
    columns: { ...paths(placed({ width }), MOST_COLUMNS), minProperties: 1 },
    filter: { ...CONDITION, description: 'In the language of $filter' },
    sort: paths(placed({ direction }, ['direction']), MOST_SORT_KEYS),
    grouping: { ...PATH, description: 'Records with the same value of it stand together' },
  };
  return { ...document('view', properties, ['name', 'entity', 'label', 'columns']), $defs: { label: LABEL } };
}

/** Schema of a form document. */
export function formDocumentSchema(): JsonSchema {
  const columns = { type: 'integer', minimum: 1, maximum: MOST_FORM_COLUMNS };
  const span = { ...columns, default: 1, description: 'Columns of the section that the field covers' };
  const field = placed({ span, read_only: { type: 'boolean', default: false } });
  const fields = { ...named(field), maxProperties: MOST_FIELDS };
  const section = placed({ label: LABEL_REF, columns: { ...columns, default: 2 }, fields }, ['label', 'fields']);
  const related = placed({ view: { ...NAME, description: "One of the related entity's views" } });
  const properties = {
    ...HEAD,
    sections: { ...named(section), minProperties: 1, maxProperties: MOST_SECTIONS },
    related: { ...named(related), maxProperties: MOST_RELATED, description: 'Lists, keyed by collection navigation' },
  };
  return { ...document('form', properties, ['name', 'entity', 'label', 'sections']), $defs: { label: LABEL } };
}
