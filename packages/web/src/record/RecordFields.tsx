// The sections of a record's form: every field by its control, shown, demanded and locked as the conditions of the document say now.
import type { ClientEntity } from '@kartoteka/metadata';
import { useFormContext, useWatch } from 'react-hook-form';
import { useText } from '../data/model.tsx';
import { FieldInput } from '../fields/FieldInput.tsx';
import { controlOf } from '../fields/registry.ts';
import { hasConditions, stateOf, useConditionContext } from './conditions.ts';
import type { LaidField, LaidSection } from './layout.ts';
import classes from './record.module.css';

interface FieldsProps {
  readonly entity: ClientEntity;
  readonly fields: readonly LaidField[];
  readonly columns: number;
  /** The record may not be changed at all. */
  readonly readOnly: boolean;
}

export function RecordSections(
  props: Omit<FieldsProps, 'fields' | 'columns'> & { readonly sections: readonly LaidSection[] },
) {
  const text = useText();
  const { entity, readOnly, sections } = props;
  return sections.map(({ name, label, columns, fields }) => (
    <section key={name} className={classes.section} aria-label={text(label) || text(entity.label)}>
      {label === undefined ? null : <h2 className={classes.heading}>{text(label)}</h2>}
      <FieldGrid {...{ entity, fields, columns, readOnly }} />
    </section>
  ));
}

export function FieldGrid({ entity, fields, columns, readOnly }: FieldsProps) {
  return (
    <div className={classes.grid} data-columns={columns}>
      {fields.map((each) => {
        const Field = hasConditions(each.field) ? ConditionalField : PlainField;
        return (
          <Field
            key={each.field.name}
            {...each}
            entity={entity}
            readOnly={readOnly || each.readOnly}
            columns={columns}
          />
        );
      })}
    </div>
  );
}

type FieldProps = LaidField & { readonly entity: ClientEntity; readonly columns: number };

function PlainField({
  entity,
  field,
  span,
  readOnly,
  columns,
  required,
}: FieldProps & { readonly required?: boolean }) {
  const isWide = span >= columns || controlOf(field).isWide === true;
  return (
    <div className={isWide ? classes.wide : undefined} data-field={field.name}>
      <FieldInput {...{ entity, field, readOnly }} {...(required === undefined ? {} : { required })} />
    </div>
  );
}

/** Looks at all that is typed, since any of it may stand in its conditions. */
function ConditionalField(props: FieldProps) {
  const { entity, field, readOnly } = props;
  const { control, getValues } = useFormContext();
  const context = useConditionContext();
  useWatch({ control });
  const state = stateOf(entity, field, getValues(), context);
  if (!state.visible) return null;
  return <PlainField {...props} required={state.required} readOnly={readOnly || state.readOnly} />;
}
