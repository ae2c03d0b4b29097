// The properties that every record has, as fields: forms and columns may name them (`owner_id`, `created_on`). Their labels are the
// application's, since no document gives them any.
import type { ClientEntity, ClientField } from '@kartoteka/metadata';

interface SystemField {
  readonly widget: string;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly isWritable?: boolean;
}

const PRINCIPALS = { targets: ['user', 'team'] };
const USERS = { targets: ['user'] };
const SYSTEM: Readonly<Record<string, SystemField>> = {
  id: { widget: 'text' },
  owner_id: { widget: 'lookup', props: PRINCIPALS, isWritable: true },
  owning_business_unit_id: { widget: 'lookup', props: { targets: ['business_unit'] } },
  created_on: { widget: 'datetime' },
  created_by_id: { widget: 'lookup', props: USERS },
  modified_on: { widget: 'datetime' },
  modified_by_id: { widget: 'lookup', props: USERS },
  version: { widget: 'integer', props: { min: null, max: null } },
  deleted_on: { widget: 'datetime' },
  deleted_by_id: { widget: 'lookup', props: USERS },
};

const LABELS: Readonly<Record<string, { readonly en: string; readonly ru: string }>> = {
  id: { en: 'Id', ru: 'Идентификатор' },
  owner_id: { en: 'Owner', ru: 'Ответственный' },
  owning_business_unit_id: { en: 'Business unit', ru: 'Подразделение' },
  created_on: { en: 'Created', ru: 'Создано' },
  created_by_id: { en: 'Created by', ru: 'Кем создано' },
  modified_on: { en: 'Changed', ru: 'Изменено' },
  modified_by_id: { en: 'Changed by', ru: 'Кем изменено' },
  version: { en: 'Version', ru: 'Версия' },
  deleted_on: { en: 'Deleted', ru: 'Удалено' },
  deleted_by_id: { en: 'Deleted by', ru: 'Кем удалено' },
};

/** The field of a system property; undefined for a name that is none, or that this entity's records do not have. */
export function systemField(entity: ClientEntity, name: string): ClientField | undefined {
  const known = SYSTEM[name];
  if (known === undefined) return undefined;
  if (name === 'owner_id' && !['user', 'parent'].includes(entity.ownership)) return undefined;
  if (name === 'owning_business_unit_id' && entity.ownership === 'organization') return undefined;
  const isWritable =
    (name === 'owner_id' && entity.ownership === 'user') ||
    (name === 'owning_business_unit_id' && entity.ownership === 'business_unit');
  return {
    name,
    type: known.widget,
    label: LABELS[name] ?? { en: name },
    options: {},
    control: { widget: known.widget, props: known.props ?? {} },
    required: false,
    read_only: !isWritable,
    sortable: true,
    filterable: true,
    searchable: false,
    properties: [name],
  } as unknown as ClientField;
}

/** A field of an entity by name, a system property's among them. */
export const fieldOf = (entity: ClientEntity, name: string): ClientField | undefined =>
  entity.fields[name] ?? systemField(entity, name);

/** The field that a property belongs to (`company_id` to `company`), a system property's among them. */
export function fieldOfProperty(entity: ClientEntity, property: string): ClientField | undefined {
  const own = Object.values(entity.fields).find(({ properties }) => properties.includes(property));
  return own ?? systemField(entity, property);
}
