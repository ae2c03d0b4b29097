// What the columns of a file can become: the properties of an entity, with all that is needed to suggest and convert. Pure; it knows the
// client model and no screen.
import type { ClientEntity, ClientField, ClientModel, Text } from '@kartoteka/metadata';

/** A set whose records a lookup can lead to. */
export interface LookupChoice {
  readonly set: string;
  readonly entity: string;
  /** Properties by which records can be found: what one calls them first, then keys, then other texts. */
  readonly by: readonly string[];
}

export interface Target {
  readonly property: string;
  /** Field that it belongs to; null: of the record itself. */
  readonly field: ClientField | null;
  readonly label: Text;
  readonly widget: string;
  readonly required: boolean;
  /** Not empty: the property holds the id of a record of one of these. */
  readonly lookups: readonly LookupChoice[];
  /** Of a lookup with several targets: the property that names the entity. */
  readonly typeProperty: string | null;
}

/** Widgets whose values are made by the service, or are no values of one cell. */
const WITHOUT_CELL: ReadonlySet<string> = new Set(['computed', 'links', 'auto_number']);

/** Properties that a file can give, in the order of fields; `id` and what `system` names go last. */
export function importTargets(entity: ClientEntity, model: ClientModel): Target[] {
  const targets = Object.values(entity.fields).flatMap((field) =>
    field.read_only || WITHOUT_CELL.has(field.control.widget) ? [] : fieldTargets(field, model),
  );
  return [...targets, ...systemTargets(entity, model)];
}

function fieldTargets(field: ClientField, model: ClientModel): Target[] {
  const { widget } = field.control;
  const common = { field, widget, typeProperty: null, lookups: [] as LookupChoice[] };
  const lookups = lookupChoices(field, model);
  if (lookups.length > 0) {
    const [property = `${field.name}_id`, type] = field.properties;
    const typeProperty = lookups.length > 1 ? (type ?? null) : null;
    return [{ ...common, property, label: field.label, required: isNeeded(field), lookups, typeProperty }];
  }
  const many = field.properties.length > 1;
  return field.properties.map((property) => ({
    ...common,
    property,
    label: many ? partLabel(field, property) : field.label,
    required: !many && isNeeded(field),
  }));
}

const isNeeded = ({ required, default: given }: ClientField): boolean => required && given === undefined;

/** `Address: city` of `address_city`. */
function partLabel({ name, label }: ClientField, property: string): Text {
  const part = property.startsWith(`${name}_`) ? property.slice(name.length + 1).replaceAll('_', ' ') : property;
  if (property === name) return label;
  return Object.fromEntries(Object.entries(label).map(([language, text]) => [language, `${text}: ${part}`]));
}

function lookupChoices(field: ClientField, model: ClientModel): LookupChoice[] {
  const { targets } = field.control.props as { targets?: unknown };
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((name) => {
    const entity = typeof name === 'string' ? model.entities[name] : undefined;
    return entity === undefined ? [] : [lookupChoice(entity)];
  });
}

/** Widgets whose values are texts that people give their records. */
const SPOKEN: ReadonlySet<string> = new Set(['text', 'email', 'phone', 'url', 'auto_number']);

function lookupChoice({ name, set, display_property, fields, keys }: ClientEntity): LookupChoice {
  const texts = Object.values(fields).filter(({ control }) => SPOKEN.has(control.widget));
  const single = keys.filter(({ length }) => length === 1).flat();
  const readable = new Set(texts.flatMap(({ properties }) => properties));
  const by = [display_property, ...single.filter((key) => readable.has(key)), ...readable];
  return { set, entity: name, by: [...new Set(by.filter((property) => property !== ''))] };
}

/** What records have besides fields and files may give. */
function systemTargets(entity: ClientEntity, model: ClientModel): Target[] {
  const common = { field: null, required: false, typeProperty: null } as const;
  const id: Target = {
    ...common,
    property: 'id',
    label: { en: 'Record id', ru: 'Идентификатор записи' },
    widget: 'id',
    lookups: [],
  };
  const user = model.entities.user;
  if (entity.ownership !== 'user' || user === undefined) return [id];
  const label = { en: 'Owner', ru: 'Владелец' };
  return [{ ...common, property: 'owner_id', label, widget: 'lookup', lookups: [lookupChoice(user)] }, id];
}
