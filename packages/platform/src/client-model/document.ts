// The Model as one caller may see it, as data for applications that draw their pages from it: labels in all languages, fields with their
// options and controls, relations, views, forms, choices. What the caller may not read is not in it. It knows no entity by name.
import { setImmediate } from 'node:timers/promises';
import {
  type ClientChoice,
  type ClientEntity,
  type ClientField,
  type ClientModel,
  type ClientNavigation,
  type ClientValue,
  type ClientView,
  type EntityType,
  FIELD_TYPES,
  type Field,
  type Form,
  fieldContext,
  formOf,
  isWritable,
  type Model,
  type Navigation,
  PRIVILEGES,
  type Property,
  parseExpression,
} from '@kartoteka/metadata';
import type { Caller } from '../describe/types.ts';
import { mayUse } from '../plan/secured.ts';
import type { Principal } from '../security/types.ts';

/** What every caller with the same rights is told; who the caller is, is put in by answer.ts. */
export type SharedModel = Omit<ClientModel, 'user' | 'hash'>;

/** The document. Other requests are served while it is made: a thousand entities take a while. */
export async function sharedModel({ model, principal }: Caller): Promise<SharedModel> {
  const entities: Record<string, ClientEntity> = {};
  for (const entity of model.entities.values()) {
    if (!PRIVILEGES.some((privilege) => principal.access(entity.name, privilege).granted)) continue;
    entities[entity.name] = clientEntity(model, principal, entity);
    await setImmediate();
  }
  const { organization } = model;
  return {
    revision: model.revision,
    languages: organization.languages,
    organization: {
      currency: organization.baseCurrency,
      currencies: [...organization.rates.keys()],
      time_zone: organization.timeZone,
      locale: organization.locale,
      recycle_bin_days: organization.retention.recycleBinDays,
    },
    capabilities: [...principal.capabilities].sort(),
    entities,
    choices: usedChoices(model, entities),
  };
}

function clientEntity(model: Model, principal: Principal, entity: EntityType): ClientEntity {
  const mayRead = principal.access(entity.name, 'read').granted;
  const seen = mayRead ? readableProperties(principal, entity) : new Set<string>();
  const navigations = mayRead ? visibleNavigations(model, principal, entity, seen) : [];
  const fields = [...entity.fields.values()].filter((field) => mayKnow(principal, entity, field));
  return {
    name: entity.name,
    set: entity.set,
    label: entity.label,
    plural_label: entity.pluralLabel,
    ...(entity.description === undefined ? {} : { description: entity.description }),
    ...(entity.icon === undefined ? {} : { icon: entity.icon }),
    ...(entity.order === undefined ? {} : { order: entity.order }),
    display_property: entity.title,
    ownership: entity.ownership,
    keys: [...entity.keys.values()]
      .map(({ properties }) => properties)
      .filter((properties) => properties.every((name) => seen.has(name))),
    soft_delete: model.organization.retention.recycleBinDays > 0,
    history: [...entity.properties.values()].some(({ audit, field }) => field !== null && audit !== false),
    privileges: Object.fromEntries(
      PRIVILEGES.map((privilege) => [privilege, principal.access(entity.name, privilege).granted]),
    ) as ClientEntity['privileges'],
    fields: Object.fromEntries(fields.map((field) => [field.name, clientField(model, principal, entity, field)])),
    navigations: Object.fromEntries(navigations.map((each) => [each.name, clientNavigation(model, entity, each)])),
    views: mayRead ? viewsOf(model, principal, entity) : [],
    forms: formsOf(model, entity).map((form) => shownForm(form, entity, fields, navigations)),
  };
}

function readableProperties(principal: Principal, entity: EntityType): Set<string> {
  const properties = [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
  return new Set(properties.map(({ name }) => name));
}

function visibleNavigations(
  model: Model,
  principal: Principal,
  entity: EntityType,
  seen: ReadonlySet<string>,
): readonly Navigation[] {
  return [...entity.navigations.values()].filter(
    ({ target, collection, property }) =>
      model.entities.has(target) && principal.access(target, 'read').granted && (collection || seen.has(property)),
  );
}

function clientField(model: Model, principal: Principal, entity: EntityType, field: Field): ClientField {
  const { document } = field;
  const type = FIELD_TYPES.get(field.type);
  const own = field.properties.flatMap((name) => entity.properties.get(name) ?? []);
  const [main] = own;
  const secured = main?.secured === true;
  const { label: _, description, ...rest } = document;
  const options = Object.fromEntries(Object.entries(rest).filter(([name]) => !COMMON.has(name)));
  return {
    name: field.name,
    type: field.type,
    label: field.label,
    ...(description === undefined ? {} : { description }),
    options,
    control: type?.control(document, fieldContext(field.name, model)) ?? { widget: 'text', props: {} },
    required: field.required,
    read_only: own.length > 0 && own.every(({ readOnly }) => readOnly),
    ...(main?.readOnlyAfterCreate === true ? { read_only_after_create: true } : {}),
    ...(main !== undefined && secured
      ? {
          secured: {
            read: mayUse(principal, entity, main, 'read'),
            create: mayUse(principal, entity, main, 'create'),
            update: mayUse(principal, entity, main, 'update'),
          },
        }
      : {}),
    ...usesOf(main),
    ...(document.default === undefined ? {} : { default: document.default }),
    ...conditionsOf(document),
    properties: field.properties,
    values: Object.fromEntries(own.flatMap((property) => writtenValue(property))),
  };
}

/** What the document says of any field, and what is told beside the options here. */
const COMMON = new Set([
  'type',
  'required',
  'default',
  'read_only',
  'read_only_after_create',
  'required_when',
  'visible_when',
  'read_only_when',
  'secured',
]);

const CONDITIONS = ['required_when', 'visible_when', 'read_only_when'] as const;

function conditionsOf(document: Field['document']): Partial<Record<(typeof CONDITIONS)[number], string>> {
  return Object.fromEntries(
    CONDITIONS.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]] as const])),
  );
}

function writtenValue(property: Property): readonly [string, ClientValue][] {
  if (!isWritable(property, 'create')) return [];
  const value: ClientValue = {
    schema: property.valueSchema ?? {},
    nullable: property.nullable,
    ...(property.default === undefined ? {} : { has_default: true }),
    ...(isWritable(property, 'update') ? {} : { create_only: true }),
  };
  return [[property.name, value]];
}

function usesOf(property: Property | undefined): Pick<ClientField, 'sortable' | 'filterable' | 'searchable'> {
  return {
    sortable: property !== undefined && property.sortable !== false,
    filterable: property !== undefined && property.operators.size > 0,
    searchable: property?.search === true,
  };
}

function clientNavigation(model: Model, entity: EntityType, navigation: Navigation): ClientNavigation {
  const target = model.entities.get(navigation.target);
  // Of collections, those of many-to-many fields are called as these are.
  const field = entity.fields.get((navigation.collection ? navigation.name : navigation.field) ?? '');
  return {
    set: target?.set ?? '',
    entity: navigation.target,
    many: navigation.collection,
    property: navigation.property,
    label: field?.label ?? (navigation.collection ? target?.pluralLabel : target?.label) ?? {},
    ...(navigation.partner === null ? {} : { inverse: navigation.partner }),
    ...(navigation.junction === undefined && navigation.through === undefined ? {} : { links: true }),
    ...(navigation.through === undefined ? {} : { through: navigation.through.entity }),
    ...(navigation.discriminator === undefined ? {} : { discriminator: navigation.discriminator }),
  };
}

/** What the principal may name of an entity, step by step over lookups; what is no member of it is a variable of a lambda. */
function mayName(model: Model, principal: Principal, from: EntityType, path: readonly string[]): boolean {
  let entity = from;
  for (const name of path) {
    const navigation = entity.navigations.get(name);
    const property = entity.properties.get(
      navigation === undefined || navigation.collection ? name : navigation.property,
    );
    if (property !== undefined && !mayUse(principal, entity, property, 'read')) return false;
    if (navigation === undefined) return true;
    const target = model.entities.get(navigation.target);
    if (target === undefined || !principal.access(target.name, 'read').granted) return false;
    entity = target;
  }
  return true;
}

/** Paths that a filter names. */
function pathsOf(filter: string | null): readonly (readonly string[])[] {
  const parsed = filter === null ? undefined : parseExpression(filter);
  const paths: (readonly string[])[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node && node.kind === 'path' && 'segments' in node) paths.push(node.segments as readonly string[]);
    for (const part of Object.values(node)) visit(part);
  };
  if (parsed?.ok === true) visit(parsed.expression);
  return paths;
}

/** Views without what the caller may not see; one that cannot be asked without it is not offered. */
function viewsOf(model: Model, principal: Principal, entity: EntityType): readonly ClientView[] {
  const isShown = (path: string): boolean => mayName(model, principal, entity, path.split('/'));
  return [...model.views.values()]
    .filter(
      ({ entity: name, filter }) =>
        name === entity.name && pathsOf(filter).every((path) => mayName(model, principal, entity, path)),
    )
    .map((view) => ({
      ...view,
      columns: view.columns.filter(({ path }) => isShown(path)),
      sort: view.sort.filter(({ path }) => isShown(path)),
      grouping: view.grouping !== null && isShown(view.grouping) ? view.grouping : null,
    }));
}

/** A field that somebody may neither read nor write is none for him, as in `$metadata`. */
function mayKnow(principal: Principal, entity: EntityType, field: Field): boolean {
  const own = field.properties.flatMap((name) => entity.properties.get(name) ?? []);
  return own.length === 0 || own.some((property) => RIGHTS.some((right) => mayUse(principal, entity, property, right)));
}

const RIGHTS = ['read', 'create', 'update'] as const;

/** A form without what the caller may not know, and without sections that are empty then. */
function shownForm(form: Form, entity: EntityType, fields: readonly Field[], navigations: readonly Navigation[]): Form {
  const known = new Set([...fields, ...navigations].map(({ name }) => name));
  const isShown = ({ name }: { readonly name: string }): boolean => known.has(name) || !entity.fields.has(name);
  const sections = form.sections.map((section) => ({ ...section, fields: section.fields.filter(isShown) }));
  return {
    ...form,
    sections: sections.filter((section) => section.fields.length > 0),
    related: form.related.filter(({ navigation }) => known.has(navigation)),
  };
}

function formsOf(model: Model, entity: EntityType): readonly Form[] {
  const written = [...model.forms.values()].filter((form) => form.entity === entity.name);
  const standard = formOf(model, entity);
  return written.includes(standard) ? written : [standard, ...written];
}

/** The shared choices that fields in the document name. */
function usedChoices(model: Model, entities: Readonly<Record<string, ClientEntity>>): Record<string, ClientChoice> {
  const names = new Set(
    Object.values(entities).flatMap(({ fields }) => Object.values(fields).map(({ options }) => options.choice)),
  );
  return Object.fromEntries(
    [...model.choices.values()]
      .filter(({ name }) => names.has(name))
      .map(({ name, label, values }) => [
        name,
        { ...(label === undefined ? {} : { label }), values: Object.fromEntries(values) },
      ]),
  );
}
