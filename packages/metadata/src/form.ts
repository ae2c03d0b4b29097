// The form of an entity for which nobody wrote one. Pure: Model in, form out.
import { FORM_COLUMNS } from './link-form.ts';
import type { EntityType, Form, Model } from './model.ts';

/** The default form of an entity: the one written, else the derived one. */
export function formOf(model: Model, entity: EntityType): Form {
  const written = [...model.forms.values()].find((form) => form.default && form.entity === entity.name);
  return written ?? derivedForm(entity);
}

/** One section with every field that has a value, in document order, and every list of related records. */
export function derivedForm(entity: EntityType): Form {
  const fields = [...entity.fields.values()].filter(({ properties }) => properties.length > 0);
  const lists = [...entity.navigations.values()].filter(({ collection }) => collection);
  return {
    name: entity.name,
    entity: entity.name,
    label: entity.label,
    default: true,
    sections: [
      {
        name: 'fields',
        label: entity.label,
        columns: FORM_COLUMNS,
        fields: fields.map(({ name }) => ({ name, span: 1, readOnly: false })),
      },
    ],
    related: lists.map(({ name }) => ({ navigation: name, view: null })),
  };
}
