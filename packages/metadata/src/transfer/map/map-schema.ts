// JSON Schema of mapping files, and the same as types. Data only; metadata/import-map.schema.json is generated from it, so that
// editors help with writing maps.

export const ENCODING_NAMES = ['utf-8', 'windows-1251'] as const;
export type EncodingName = (typeof ENCODING_NAMES)[number];

export type Scalar = string | number | boolean | null;
export type MapValue = Scalar | readonly string[];

export interface NumberFormat {
  readonly decimal?: string;
  readonly thousands?: string;
  readonly shift?: number;
}

export interface LookupFormat {
  readonly in: string;
  readonly by: string;
  readonly missing?: 'error' | 'null';
}

/** How a text becomes a value. At most one of `date`, `number`, `boolean`, `split`, `json`, `lookup`. */
export interface Conversion {
  readonly trim?: boolean;
  readonly empty?: 'null' | 'skip' | { readonly default: MapValue };
  readonly values?: Readonly<Record<string, MapValue>>;
  readonly unlisted?: 'keep' | 'error';
  readonly date?: string | readonly string[];
  readonly zone?: string;
  readonly number?: NumberFormat;
  readonly boolean?: { readonly true: readonly string[]; readonly false: readonly string[] };
  readonly split?: string;
  readonly json?: true;
  readonly lookup?: LookupFormat;
}

export interface ColumnTarget extends Conversion {
  readonly to: string;
}

export interface TemplateTarget extends Conversion {
  readonly template: string;
}

export interface ConstantTarget extends Conversion {
  readonly value: string;
}

export interface ImportMap {
  readonly $schema?: string;
  readonly description?: string;
  readonly mode?: 'create' | 'update' | 'upsert';
  readonly key?: string | { readonly name: string; readonly properties: readonly string[] };
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: EncodingName;
  readonly columns: Readonly<Record<string, string | ColumnTarget | readonly (string | ColumnTarget)[]>>;
  readonly templates?: Readonly<Record<string, string | TemplateTarget>>;
  readonly constants?: Readonly<Record<string, MapValue | ConstantTarget>>;
  readonly ignore?: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

const PROPERTY: Schema = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_]*$' };
const SCALAR: Schema = {
  description: 'A value as the service takes it',
  type: ['string', 'number', 'boolean', 'null', 'array'],
  if: { type: 'array' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { items: { type: 'string' } },
};

const CONVERSION: Readonly<Record<string, Schema>> = {
  trim: { type: 'boolean', default: true, description: 'Whether blanks around the text are taken off' },
  empty: {
    description: 'What an empty cell means: null empties the property, skip leaves it as it is, default gives a value',
    type: ['string', 'object'],
    default: 'null',
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { enum: ['null', 'skip'] },
    else: { required: ['default'], additionalProperties: false, properties: { default: SCALAR } },
  },
  values: {
    description: 'Texts of the file and what they become: a corrected text, a value of a choice, true, false or null',
    type: 'object',
    additionalProperties: SCALAR,
  },
  unlisted: {
    description:
      'Texts that values does not list: kept as they are, or an error. Export translates back only with error',
    enum: ['keep', 'error'],
    default: 'keep',
  },
  date: {
    description:
      'Form of a date (DD.MM.YYYY) or of a date with time (DD.MM.YYYY HH:mm), or several; export writes the first',
    type: ['string', 'array'],
    if: { type: 'array' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { minItems: 1, items: { type: 'string', minLength: 1 } },
    else: { minLength: 1 },
  },
  zone: { description: 'Time zone of a date with time: Europe/Moscow, +03:00; default UTC', type: 'string' },
  number: {
    description: 'How numbers are written; shift moves the point to the right (6: the file counts in millions)',
    type: 'object',
    additionalProperties: false,
    properties: {
      decimal: { enum: ['.', ','], default: '.' },
      thousands: { enum: [' ', ',', '.', "'", '_'] },
      shift: { type: 'integer', minimum: -18, maximum: 18, default: 0 },
    },
  },
  boolean: {
    description: 'Texts for true and false, in any case; export writes the first of each',
    type: 'object',
    required: ['true', 'false'],
    additionalProperties: false,
    properties: {
      true: { type: 'array', minItems: 1, items: { type: 'string' } },
      false: { type: 'array', minItems: 1, items: { type: 'string' } },
    },
  },
  split: { description: 'Separator between several values of one cell', type: 'string', minLength: 1 },
  json: { description: 'The cell holds JSON', const: true },
  lookup: {
    description: 'The property refers to a record of the entity set `in` whose property `by` has the text of the cell',
    type: 'object',
    required: ['in', 'by'],
    additionalProperties: false,
    properties: {
      in: PROPERTY,
      by: PROPERTY,
      missing: {
        description: 'When there is no such record: the row is an error, or the property is null',
        enum: ['error', 'null'],
        default: 'error',
      },
    },
  },
};

const target = (own: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: Object.keys(own),
  additionalProperties: false,
  properties: { ...own, ...CONVERSION },
});

/** A property's name, or all about it. */
const textOr = (object: Schema, text: Schema): Schema => ({
  type: ['string', 'object'],
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: text,
  else: object,
});

const COLUMN = textOr(target({ to: PROPERTY }), PROPERTY);

export const IMPORT_MAP_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Kartoteka import map',
  description: 'What the columns of a CSV file mean, for kartoteka import and export',
  type: 'object',
  required: ['columns'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    description: { type: 'string' },
    mode: {
      description: 'upsert (default with a key), create (default without), update: rows that are not there are errors',
      enum: ['create', 'update', 'upsert'],
    },
    key: {
      description:
        'Alternate key (or id) by which records are recognised: its name where name and property are the same',
      type: ['string', 'object'],
      if: { type: 'string' },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: PROPERTY,
      else: {
        required: ['name', 'properties'],
        additionalProperties: false,
        properties: { name: PROPERTY, properties: { type: 'array', minItems: 1, items: PROPERTY } },
      },
    },
    delimiter: { description: 'Found out from the file when left out', type: 'string', enum: [',', ';', '\t', '|'] },
    quote: { type: 'string', enum: ['"', "'"], default: '"' },
    encoding: { enum: [...ENCODING_NAMES] },
    columns: {
      description: 'Header of a column -> property, or several',
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: ['string', 'object', 'array'],
        if: { type: 'array' },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { minItems: 1, items: COLUMN },
        else: COLUMN,
      },
    },
    templates: {
      description:
        'Property -> text with {columns}; [parts] are left out when a column in them is empty; {column|slug}',
      type: 'object',
      propertyNames: PROPERTY,
      additionalProperties: textOr(target({ template: { type: 'string', minLength: 1 } }), { minLength: 1 }),
    },
    constants: {
      description: 'Property -> the value that every row has, or {"value": text} with a conversion',
      type: 'object',
      propertyNames: PROPERTY,
      additionalProperties: {
        type: ['string', 'number', 'boolean', 'null', 'array', 'object'],
        if: { type: 'object' },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: target({ value: { type: 'string' } }),
        else: SCALAR,
      },
    },
    ignore: { description: 'Columns that are left out on purpose', type: 'array', items: { type: 'string' } },
  },
};
