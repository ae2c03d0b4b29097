// Editors that rules and mappings have and fields do not: conditions over a list, and values that are an expression or fixed.
import { Fieldset, Select, Stack } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { isObject } from '../logic/paths.ts';
import { ExpressionInput } from './ExpressionInput.tsx';
import { type Editor, JsonEditor, text } from './option-editors.tsx';
import { useOptionTexts } from './option-texts.ts';

/** In the language of $filter, over the entity that stands beside it, else the document's. */
export const ListConditionEditor: Editor = ({ option, value, onChange, error, around }) => (
  <ExpressionInput
    {...useOptionTexts(option)}
    value={text(value)}
    entities={around.entities}
    error={error}
    rules={{ entity: text(around.field.entity) || around.entity, place: 'list', expects: 'boolean' }}
    onChange={(typed) => onChange(typed === '' ? undefined : typed)}
  />
);

/** An expression over the record that is mapped, or `{ "value": ... }`. */
export const MappedEditor: Editor = ({ option, value, onChange, error, around }) => {
  const t = useTranslate();
  const isFixed = isObject(value);
  return (
    <Fieldset legend={option.name}>
      <Stack gap="xs">
        <Select
          label={t('model.document.taken_from')}
          allowDeselect={false}
          data={['expression', 'fixed'].map((kind) => ({ value: kind, label: t(`model.document.${kind}`) }))}
          value={isFixed ? 'fixed' : 'expression'}
          onChange={(kind) => onChange(kind === 'fixed' ? { value: null } : '')}
        />
        {isFixed ? (
          <JsonEditor
            option={{ ...option, name: t('model.document.fixed'), schema: {} }}
            value={value.value}
            error={error}
            around={around}
            onChange={(next) => onChange({ value: next ?? null })}
          />
        ) : (
          <ExpressionInput
            label={t('model.document.expression')}
            value={text(value)}
            entities={around.entities}
            error={error}
            rules={{ entity: around.source ?? around.entity, place: 'record' }}
            onChange={onChange}
          />
        )}
      </Stack>
    </Fieldset>
  );
};
