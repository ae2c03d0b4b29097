// How a field will look to who fills it in: the application's own control, over the options as they are typed. What is entered goes nowhere.

import { FIELD_TYPES, type FieldDocument } from '@kartoteka/metadata';
import { Alert, Paper, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Component, type ReactNode, useMemo } from 'react';
import { FormProvider, useForm } from 'react-hook-form';
import { useModel } from '../../../data/model.tsx';
import { FieldInput } from '../../../fields/FieldInput.tsx';
import { attempt, contextOf, type EditedModel } from '../logic/scope.ts';
import classes from './FieldPreview.module.css';

/** A control that cannot be drawn from half-typed options is no reason to lose the form. */
class Guard extends Component<
  { readonly children: ReactNode; readonly otherwise: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}

export function FieldPreview(props: {
  readonly entity: string;
  readonly name: string;
  readonly field: FieldDocument;
  readonly model: EditedModel;
}) {
  const t = useTranslate();
  const client = useModel();
  const form = useForm();
  const { name, field, model } = props;
  const { type, label, description, ...options } = field;
  const entity = client.entities[props.entity] ?? Object.values(client.entities)[0];
  const drawn = useMemo(() => {
    const context = contextOf(model, name);
    const found = FIELD_TYPES.get(type);
    const control = attempt(() => found?.control(field, context));
    const properties = attempt(() => found?.properties(field, context).map((each) => each.name));
    return control === undefined || properties === undefined ? undefined : { control, properties };
  }, [model, name, field, type]);
  const none = (
    <Text size="sm" c="dimmed">
      {t('model.preview.none')}
    </Text>
  );
  return (
    <Paper withBorder p="md" className={classes.preview ?? ''} component="aside" aria-label={t('model.preview.title')}>
      <Stack gap="sm">
        <Text size="xs" fw={600} c="dimmed">
          {t('model.preview.title')}
        </Text>
        {drawn === undefined || entity === undefined ? (
          none
        ) : (
          <Guard key={JSON.stringify(field)} otherwise={none}>
            <FormProvider {...form}>
              <FieldInput
                entity={entity}
                field={{
                  ...{ name, type, options, label: label ?? { en: name }, properties: drawn.properties, values: {} },
                  ...{ control: drawn.control, description, required: field.required === true, read_only: false },
                  ...{ sortable: false, filterable: false, searchable: false },
                }}
              />
            </FormProvider>
          </Guard>
        )}
        {field.secured === true ? <Alert variant="light">{t('model.preview.secured')}</Alert> : null}
      </Stack>
    </Paper>
  );
}
