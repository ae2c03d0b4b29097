// What people call the columns of an export: the labels of fields, along the path to them. Names that have no label stay as they are.
import { type EntityType, type LabelDocument, labelText, type Navigation, type Property } from '@kartoteka/metadata';

/** The service's own properties have no document to label them. */
const SYSTEM: ReadonlyMap<string, LabelDocument> = new Map([
  ['id', { en: 'Id', ru: 'Идентификатор' }],
  ['owner_id', { en: 'Owner (id)', ru: 'Ответственный (id)' }],
  ['owner', { en: 'Owner', ru: 'Ответственный' }],
  ['owning_business_unit_id', { en: 'Business unit (id)', ru: 'Подразделение (id)' }],
  ['owning_business_unit', { en: 'Business unit', ru: 'Подразделение' }],
  ['created_on', { en: 'Created on', ru: 'Создано' }],
  ['created_by_id', { en: 'Created by (id)', ru: 'Кем создано (id)' }],
  ['created_by', { en: 'Created by', ru: 'Кем создано' }],
  ['modified_on', { en: 'Changed on', ru: 'Изменено' }],
  ['modified_by_id', { en: 'Changed by (id)', ru: 'Кем изменено (id)' }],
  ['modified_by', { en: 'Changed by', ru: 'Кем изменено' }],
  ['version', { en: 'Version', ru: 'Версия' }],
]);

const BETWEEN = ' / ';

/** Titles joined along a path. */
export const joinedTitle = (titles: readonly string[]): string => titles.join(BETWEEN);

/** `Amount`; of a further property of a field `Amount (currency)`. */
export function propertyTitle(entity: EntityType, { name, field }: Pick<Property, 'name' | 'field'>, language: string) {
  return fieldTitle(entity, name, field, language);
}

export function navigationTitle(entity: EntityType, { name, field }: Navigation, language: string): string {
  return fieldTitle(entity, name, field, language);
}

function fieldTitle(entity: EntityType, name: string, field: string | null, language: string): string {
  const label = field === null ? SYSTEM.get(name) : entity.fields.get(field)?.label;
  const text = label === undefined ? '' : labelText(label, language);
  if (text === '') return name;
  const part = field !== null && name.startsWith(`${field}_`) ? name.slice(field.length + 1) : '';
  return part === '' ? text : `${text} (${part})`;
}

/** Of a path of names as a grouped row has them: what is no property of the records keeps its name. */
export function pathTitle(
  entities: (name: string) => EntityType | undefined,
  entity: EntityType,
  path: readonly string[],
  language: string,
): string {
  const titles: string[] = [];
  let at: EntityType | undefined = entity;
  for (const name of path) {
    const navigation: Navigation | undefined = at?.navigations.get(name);
    const property = at?.properties.get(name);
    if (at === undefined || (navigation === undefined && property === undefined)) titles.push(name);
    else
      titles.push(
        navigation === undefined
          ? propertyTitle(at, property as Property, language)
          : navigationTitle(at, navigation, language),
      );
    at = navigation === undefined ? undefined : entities(navigation.target ?? '');
  }
  return joinedTitle(titles);
}
