// The choices that an entity's fields take their values from: shared ones, and a field's own.
import { Accordion, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useText } from '../../../data/model.tsx';
import { EmptyState } from '../../../ui/index.ts';
import { useDraft } from '../data/draft.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { originOf } from '../logic/layered.ts';
import { isObject } from '../logic/paths.ts';
import { ChoiceEditor } from '../ui/ChoiceEditor.tsx';
import { type ChoiceValue, ChoiceValues } from '../ui/ChoiceValues.tsx';
import { fieldsOf } from './FieldsTab.tsx';

export function ChoicesTab(props: TabProps) {
  const t = useTranslate();
  const say = useText();
  const { edit } = useDraft();
  const { document } = props;
  const chosen = Object.entries(fieldsOf(props)).filter(
    ([, { choice, values }]) => typeof choice === 'string' || isObject(values),
  );
  if (chosen.length === 0) return <EmptyState title={t('model.choice.none')} text={t('model.choice.none_text')} />;
  return (
    <Accordion variant="separated">
      {chosen.map(([name, field]) => (
        <Accordion.Item key={name} value={name}>
          <Accordion.Control>
            <Text size="sm" fw={500} span>
              {say(field.label) || name}
            </Text>{' '}
            <Text size="xs" c="dimmed" span>
              {typeof field.choice === 'string'
                ? t('model.choice.shared', { name: field.choice })
                : t('model.choice.own')}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>
            {typeof field.choice === 'string' ? (
              <ChoiceEditor name={field.choice} />
            ) : (
              <ChoiceValues
                values={field.values as Readonly<Record<string, ChoiceValue>>}
                prefixed={originOf(document, ['fields', name]).layer !== 'custom'}
                originOf={(value) => originOf(document, ['fields', name, 'values', value])}
                onChange={(changes) =>
                  void edit(
                    document,
                    changes.map(({ way, value }) => ({ way: ['fields', name, 'values', ...way], value })),
                  )
                }
              />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
