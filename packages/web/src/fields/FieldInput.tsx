// One field of the surrounding form (react-hook-form): its input, or its value with the reason why nobody writes it here.
import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useFormContext, useWatch } from 'react-hook-form';
import { useText } from '../data/model.tsx';
import { FieldValue } from './FieldValue.tsx';
import classes from './fields.module.css';
import { controlOf } from './registry.ts';
import { mainProperty } from './types.ts';

export interface FieldInputProps {
  readonly entity: ClientEntity;
  readonly field: ClientField;
  /** As conditions of the document say now; the field's own where left out. */
  readonly required?: boolean;
  /** Shown, not edited, whatever the field allows. */
  readonly readOnly?: boolean;
  readonly disabled?: boolean;
  readonly hideLabel?: boolean;
  readonly autoFocus?: boolean;
}

export function FieldInput(props: FieldInputProps) {
  const { entity, field, readOnly, required = field.required, disabled, hideLabel, autoFocus } = props;
  const text = useText();
  const { Input } = controlOf(field);
  const description = text(field.description);
  if (Input === undefined || readOnly === true || field.read_only) {
    return <ReadOnlyField entity={entity} field={field} hideLabel={hideLabel === true} />;
  }
  return (
    <Input
      {...{ entity, field, required }}
      label={text(field.label) || field.name}
      {...(description === '' ? {} : { description })}
      {...(disabled === undefined ? {} : { disabled })}
      {...(hideLabel === undefined ? {} : { hideLabel })}
      {...(autoFocus === undefined ? {} : { autoFocus })}
    />
  );
}

interface ReadOnlyProps {
  readonly entity: ClientEntity;
  readonly field: ClientField;
  readonly hideLabel: boolean;
}

function ReadOnlyField({ entity, field, hideLabel }: ReadOnlyProps) {
  const text = useText();
  const { getValues, control } = useFormContext();
  useWatch({ control, name: field.properties as string[] });
  return (
    <div className={classes.readonly} data-field={mainProperty(field)}>
      {hideLabel ? null : (
        <div className={classes.label}>
          {text(field.label) || field.name}
          <Explanation field={field} />
        </div>
      )}
      <div className={classes.value}>
        <FieldValue entity={entity} field={field} record={getValues()} />
      </div>
    </div>
  );
}

/** Why nobody writes the field, and what it is made of. */
function Explanation({ field }: { readonly field: ClientField }) {
  const translate = useTranslate();
  const text = useText();
  const options = field.options as { expression?: string; pattern?: string; relation?: string; aggregate?: string };
  const { widget } = field.control;
  const why =
    widget === 'auto_number'
      ? translate('record.field.numbered', { pattern: options.pattern ?? '' })
      : options.expression !== undefined
        ? translate('record.field.formula', { expression: options.expression })
        : options.relation !== undefined
          ? translate('record.field.rollup', { aggregate: options.aggregate ?? '', relation: options.relation })
          : undefined;
  if (why === undefined) return null;
  const label = [text(field.description), why].filter((each) => each !== '').join('. ');
  return (
    <Tooltip label={label} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <UnstyledButton className={classes.help} aria-label={label}>
        <IconInfoCircle size={14} aria-hidden="true" />
      </UnstyledButton>
    </Tooltip>
  );
}
