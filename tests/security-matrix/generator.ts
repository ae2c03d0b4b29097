// Payloads of records of any entity, made from the Model: the required properties, and as many of the others as the entity's rules
// turn out to ask for. What only a hook knows to be valid stands in HOOKED.
import { type EntityType, FIELD_TYPES, type Field, type Model, type Property } from '@kartoteka/metadata';
import { NOTHING } from './documents.ts';

export type Payload = Record<string, unknown>;

/** Values that a document cannot describe: hooks accept names of roles and entities, rules, time zones, and addresses of the public internet, only. */
const HOOKED: Readonly<Record<string, unknown>> = {
  'activity.recurrence': 'FREQ=DAILY',
  'activity.recurrence_time_zone': 'UTC',
  'message_template.record_type': 'lead',
  'role_assignment.role': NOTHING,
  'saved_view.definition': { columns: [], filter: '', sort: '' },
  'web_form.accepted_fields': { last_name: {} },
  'web_form.record_type': 'lead',
  'webhook.entity': 'lead',
  'webhook.url': 'https://1.1.1.1/hook',
};

let serial = 0;

/** A word that no other record holds. */
export function freshWord(): string {
  serial += 1;
  return `w${serial.toString(36).padStart(6, '0')}`;
}

/** A lookup that a client may set: its id property, that of its target's entity where there are several, and the targets. */
export interface Lookup {
  readonly field: Field;
  readonly id: string;
  readonly type: string | null;
  readonly targets: readonly string[];
}

export function lookupsOf(entity: EntityType): readonly Lookup[] {
  return [...entity.fields.values()].flatMap((field) => {
    const [id, type] = field.properties;
    const isLookup = id !== undefined && entity.properties.get(id)?.type === 'Edm.Guid';
    if (!isLookup) return [];
    return [{ field, id, type: type ?? null, targets: field.document.targets as readonly string[] }];
  });
}

/** What sets a lookup to a record. */
export function lookupValue({ id, type }: Lookup, target: string, targetId: string | null): Payload {
  return { [id]: targetId, ...(type === null ? {} : { [type]: targetId === null ? null : target }) };
}

export const requiredLookups = (entity: EntityType): readonly Lookup[] =>
  lookupsOf(entity).filter(({ field }) => field.required);

/** Properties with a value of their own that a client may give, in the order of the document. */
export function givable(entity: EntityType, on: 'create' | 'update'): readonly Property[] {
  const ids = new Set(lookupsOf(entity).flatMap(({ id, type }) => [id, type]));
  return [...entity.properties.values()].filter(
    (property) =>
      property.field !== null &&
      property.valueSchema !== undefined &&
      !property.readOnly &&
      !(on === 'update' && property.readOnlyAfterCreate) &&
      !ids.has(property.name),
  );
}

/** Values of the required properties, lookups aside, and of `more`. */
export function valuesOf(entity: EntityType, more: readonly string[] = []): Payload {
  const wanted = givable(entity, 'create').filter(
    (property) =>
      more.includes(property.name) ||
      (entity.fields.get(property.field ?? '')?.required === true &&
        property.default === undefined &&
        !property.nullable),
  );
  return Object.fromEntries(wanted.map((property) => [property.name, sampleOf(entity, property)]));
}

/** A value of the property, of its own where the type has room for one. */
export function sampleOf(entity: EntityType, property: Property): unknown {
  const hooked = HOOKED[`${entity.name}.${property.name}`];
  if (hooked !== undefined) return hooked;
  if (property.values !== undefined) {
    const [value] = property.values;
    return property.type.startsWith('Collection') ? [value] : value;
  }
  const type = entity.fields.get(property.field ?? '')?.type ?? '';
  const special = SPECIAL[type]?.();
  if (special !== undefined) return special;
  if (property.type === 'Edm.String') return freshWord();
  // The last of the examples: those before it are chosen to be at an edge.
  const found = FIELD_TYPES.get(type)?.examples[0]?.valid.find((value) => value !== null);
  return GENERAL[property.type] ?? found;
}

/** Types whose texts have a form. */
const SPECIAL: Readonly<Record<string, () => unknown>> = {
  email: () => `${freshWord()}@example.com`,
  url: () => `https://example.com/${freshWord()}`,
  phone: () => '+12025550101',
};

const GENERAL: Readonly<Record<string, unknown>> = {
  'Edm.Int64': 7,
  'Edm.Decimal': 7,
  'Edm.Boolean': true,
  'Edm.Date': '2026-01-02',
  'Edm.DateTimeOffset': '2026-01-02T03:04:05Z',
  'Edm.Duration': 'PT1H',
};

/** Everything a record of the entity can be asked to hold beside what is required: candidates for `more`. */
export function optional(entity: EntityType): readonly string[] {
  const required = new Set(Object.keys(valuesOf(entity)));
  return givable(entity, 'create').flatMap(({ name }) => (required.has(name) ? [] : [name]));
}

export function entityNamed(model: Model, name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`there is no entity ${name}`);
  return entity;
}
