// Paths of columns, filters and orders, followed through the client model: which entity and field they end at, and what can be asked of
// it. Pure. A path that leads nowhere for this person is undefined: views are written for everybody.
import type { ClientEntity, ClientField, ClientModel, Text } from '@kartoteka/metadata';
import { fieldOfProperty, systemField } from '../../fields/system-fields.ts';
import type { FilterKind } from '../filters/operators.ts';

type Entities = Pick<ClientModel, 'entities'>;

/** Where a path ends. */
export interface Place {
  readonly path: string;
  /** Over which navigations. */
  readonly steps: readonly string[];
  /** Whose property it is. */
  readonly entity: ClientEntity;
  readonly field: ClientField;
  readonly property: string;
  /** Labels of the navigations and of the field, in order. */
  readonly labels: readonly Text[];
  readonly kind: FilterKind | undefined;
}

/** Which questions the values of a widget can be asked. */
const KINDS: Readonly<Record<string, FilterKind>> = {
  ...{
    text: 'text',
    long_text: 'text',
    email: 'text',
    phone: 'text',
    url: 'text',
    auto_number: 'text',
    address: 'text',
  },
  ...{ integer: 'number', decimal: 'number', money: 'number', switch: 'boolean' },
  ...{ date: 'date', datetime: 'datetime', duration: 'duration' },
  ...{ select: 'choice', multi_select: 'choices', lookup: 'lookup', links: 'links', json: 'presence' },
};

/** What formulas and rollups say of their result; numbers where they say nothing else (a count, a sum). */
const RESULTS: Readonly<Record<string, FilterKind>> = {
  ...{ text: 'text', boolean: 'boolean', date: 'date', datetime: 'datetime' },
  ...{ integer: 'number', decimal: 'number', money: 'number' },
  ...{ count: 'number', count_distinct: 'number', sum: 'number', avg: 'number' },
};

/** Of which kind a property's values are. */
export function valueKind(field: ClientField, property: string): FilterKind | undefined {
  if (property === 'owner_id') return 'owner';
  const { widget, props } = field.control;
  if (widget === 'computed') {
    const { result, aggregate } = props as { result?: string; aggregate?: string };
    return RESULTS[result ?? aggregate ?? ''] ?? 'presence';
  }
  if (property !== (field.properties[0] ?? field.name))
    return SIDE_KINDS.find(([ending]) => property.endsWith(ending))?.[1] ?? 'text';
  return KINDS[widget];
}

/** The same, undefined also where nothing may be asked. */
const kindOf = (field: ClientField, property: string): FilterKind | undefined =>
  field.filterable && field.secured?.read !== false ? valueKind(field, property) : undefined;

/** Properties that stand beside a field's value. */
const SIDE_KINDS: readonly (readonly [string, FilterKind])[] = [
  ['_base', 'number'],
  ['_currency', 'text'],
  ['_type', 'text'],
];

/** Follows a path from an entity. A collection of links is a place itself. */
export function placeOf(model: Entities, entity: ClientEntity, path: string): Place | undefined {
  const segments = path.split('/');
  const name = segments.at(-1) ?? '';
  const steps = segments.slice(0, -1);
  const labels: Text[] = [];
  let at = entity;
  for (const step of steps) {
    const navigation = at.navigations[step];
    const next = navigation === undefined || navigation.many ? undefined : model.entities[navigation.entity];
    if (navigation === undefined || next === undefined) return undefined;
    // The owner is called so whether he is a user or a team.
    labels.push(systemField(at, navigation.property ?? '')?.label ?? navigation.label);
    at = next;
  }
  const field = at.fields[name]?.control.widget === 'links' ? at.fields[name] : fieldOfProperty(at, name);
  if (field === undefined) return undefined;
  return {
    path,
    steps,
    entity: at,
    field,
    property: name,
    labels: [...labels, field.label],
    kind: kindOf(field, name),
  };
}

/** Whether the values of a place have an order. */
export const isSortable = (place: Place): boolean => place.field.sortable && place.field.secured?.read !== false;

/** Properties and, one step over each lookup, those of related records, that a list can show or ask for. */
export function placesOf(model: Entities, entity: ClientEntity): { own: readonly Place[]; related: readonly Place[] } {
  const own = ownPlaces(model, entity, '');
  const related = Object.entries(entity.navigations).flatMap(([step, navigation]) => {
    const target = model.entities[navigation.entity];
    return navigation.many || target === undefined ? [] : ownPlaces(model, entity, `${step}/`, target);
  });
  return { own, related };
}

const SYSTEM = ['owner_id', 'owning_business_unit_id', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id'];

function ownPlaces(model: Entities, entity: ClientEntity, prefix: string, of: ClientEntity = entity): readonly Place[] {
  const names = Object.values(of.fields).flatMap(namesOf);
  const system = prefix === '' ? SYSTEM : [];
  return [...names, ...system].flatMap((name) => {
    const place = placeOf(model, entity, `${prefix}${name}`);
    return place === undefined ? [] : [place];
  });
}

/** The property a field is shown and asked by; each part of an address. */
function namesOf(field: ClientField): readonly string[] {
  if (field.control.widget === 'links') return [field.name];
  return field.control.widget === 'address' ? field.properties : field.properties.slice(0, 1);
}
