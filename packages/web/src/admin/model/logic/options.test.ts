import { entityDocumentSchema, FIELD_TYPES } from '@kartoteka/metadata';
import { describe, expect, it } from 'vitest';
import { fieldTypes, options } from '../../../i18n/en/model-options.ts';
import { commonOptionSchemas, type OptionField, optionsOf } from './options.ts';
import { optionProblems } from './schema-check.ts';

const COMMON = commonOptionSchemas(entityDocumentSchema());
const allOf = (type: string) => [...optionsOf(type, COMMON).values()].flat();

describe('the form of a field type', () => {
  it('has every option of every type, and no other', () => {
    const schema = entityDocumentSchema() as { $defs: Record<string, { properties: object }> };
    for (const type of FIELD_TYPES.keys()) {
      const expected = Object.keys(schema.$defs[`field_${type}`]?.properties ?? {});
      expect([...allOf(type).map(({ name }) => name), 'description', 'label', 'type'].sort()).toEqual(expected.sort());
    }
  });

  it('takes editors from schemas where they tell enough', () => {
    const editors = Object.fromEntries(allOf('money').map(({ name, editor }) => [name, editor]));
    expect(editors).toMatchObject({ scale: 'number', min: 'exact_number', currencies: 'codes', required: 'switch' });
    expect(editors).toMatchObject({ audit: 'inherited_switch', required_when: 'condition', default: 'value' });
    const lookup = new Map(allOf('lookup').map((option) => [option.name, option]));
    expect(lookup.get('targets')).toMatchObject({ editor: 'entities', required: true });
    expect(lookup.get('cascade')?.members.map(({ name, editor }) => [name, editor])).toContainEqual([
      'assign',
      'select',
    ]);
  });
});

describe('options that are typed', () => {
  const problems = (field: { type: string } & Record<string, unknown>) => optionProblems(allOf(field.type), field);
  it('are all told what is wrong, at their edges', () => {
    expect(problems({ type: 'text', max_length: 10_000 })).toEqual([]);
    expect(problems({ type: 'text', max_length: 10_001, min_length: -1 })).toEqual([
      { option: 'max_length', code: 'maximum', limit: '10000' },
      { option: 'min_length', code: 'minimum', limit: '0' },
    ]);
    expect(problems({ type: 'text', max_length: 1.5 })).toEqual([{ option: 'max_length', code: 'type' }]);
  });
  it('are asked for what is required, and looked at within lists and objects', () => {
    expect(problems({ type: 'lookup' })).toEqual([{ option: 'targets', code: 'required' }]);
    expect(problems({ type: 'lookup', targets: [] })).toEqual([{ option: 'targets', code: 'minItems', limit: '1' }]);
    expect(problems({ type: 'money', currencies: ['EUR', 'euro'] })).toEqual([
      { option: 'currencies', code: 'pattern' },
    ]);
    expect(problems({ type: 'lookup', targets: ['a'], cascade: { assign: 'some' } })).toEqual([
      { option: 'cascade/assign', code: 'enum' },
    ]);
    expect(problems({ type: 'money', min: 'a lot' })).toEqual([{ option: 'min', code: 'exactDecimal' }]);
  });
});

describe('texts', () => {
  it('are there for every type, option and value that an option may have', () => {
    const texts = options as unknown as Record<
      string,
      { label?: string; help?: string; values?: Record<string, string> }
    >;
    const missing: string[] = [];
    const check = ({ name, schema, members }: OptionField): void => {
      if (!texts[name]?.label || !texts[name]?.help) missing.push(name);
      const values = (schema.enum ?? (schema.items as { enum?: unknown } | undefined)?.enum ?? []) as readonly string[];
      // Codes of countries speak for themselves.
      if (values.length < 100)
        missing.push(...values.filter((value) => !texts[name]?.values?.[value]).map((value) => `${name}: ${value}`));
      members.forEach(check);
    };
    for (const type of FIELD_TYPES.keys()) {
      if (!Object.hasOwn(fieldTypes, type)) missing.push(type);
      allOf(type).forEach(check);
    }
    expect([...new Set(missing)]).toEqual([]);
  });
});
