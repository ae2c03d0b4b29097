// The first question about a new field: what it holds. Every registered type, each with a sentence.

import { FIELD_TYPES } from '@kartoteka/metadata';
import { SimpleGrid, Text, UnstyledButton } from '@mantine/core';
import { useTranslate } from 'ra-core';
import classes from './TypePicker.module.css';

export function TypePicker(props: {
  readonly types: readonly string[] | undefined;
  readonly onPick: (type: string) => void;
}) {
  const t = useTranslate();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs" component="section" aria-label={t('model.type.choose')}>
      {[...(props.types ?? FIELD_TYPES.keys())].map((type) => (
        <UnstyledButton key={type} className={classes.type ?? ''} onClick={() => props.onPick(type)}>
          <Text size="sm" fw={600}>
            {t(`model.type.${type}.label`, { _: type })}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`model.type.${type}.help`, { _: '' })}
          </Text>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}
