// Field type `long_text`: text of many lines, plain or Markdown. It must not normalise or render: what is sent is what is
// stored, and whoever shows it makes it safe. Too long to be sorted by or to stand in an index.
import type { FieldDocument } from '../documents.ts';
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

const DEFAULT_MAX_LENGTH = 10_000;
/** A request of the default size (1 MiB) carries this many characters of any script but the rarest. */
const LARGEST_MAX_LENGTH = 250_000;
const MEDIA_TYPES: Readonly<Record<string, string>> = { plain: 'text/plain', markdown: 'text/markdown' };

const maxLengthOf = (field: FieldDocument): number => (field.max_length as number | undefined) ?? DEFAULT_MAX_LENGTH;
const formatOf = (field: FieldDocument): string => (field.format as string | undefined) ?? 'plain';

export const fieldType: FieldType = {
  name: 'long_text',
  options: {
    max_length: { type: 'integer', minimum: 1, maximum: LARGEST_MAX_LENGTH, default: DEFAULT_MAX_LENGTH },
    format: {
      type: 'string',
      enum: Object.keys(MEDIA_TYPES),
      default: 'plain',
      description: 'How it is written and shown; the value is text either way',
    },
  },
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.String',
      sqlType: 'text collate "und-x-icu"',
      maxLength: maxLengthOf(field),
      sortable: false,
      prose: true,
      check: (column) => `char_length(${column}) <= ${maxLengthOf(field)}`,
    },
  ],
  valueSchema: (field, context) => ({
    [context.field]: {
      type: 'string',
      wellFormed: true,
      maxLength: maxLengthOf(field),
      contentMediaType: MEDIA_TYPES[formatOf(field)],
    },
  }),
  operators: OPERATORS.text,
  control: (field) => ({ widget: 'long_text', props: { maxLength: maxLengthOf(field), format: formatOf(field) } }),
  examples: [
    {
      field: { type: 'long_text' },
      valid: [
        '',
        ' ',
        'One line',
        'Two\nlines\r\nand\ta tab',
        '\'\\%_"<script>',
        'Ünïcödé 😀 текст',
        'x'.repeat(10_000),
      ],
      invalid: ['x'.repeat(10_001), 'a\u0000b', '\ud83d', 1, true, {}, []],
    },
    {
      field: { type: 'long_text', format: 'markdown', max_length: 20 },
      valid: ['# Title\n\n- *item*', '😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀'],
      invalid: ['x'.repeat(21), '😀'.repeat(21)],
    },
  ],
};
