// One entity document -> EntityType: its fields, properties, keys, indexes and conditions. What connects entities is
// link-navigations.ts.

import { contentHash } from './content-hash.ts';
import type { EntityDocument, FieldDocument, LabelDocument } from './documents.ts';
import { fieldContext } from './field-context.ts';
import type { AssociationSpec, FieldContext, FieldType, JsonSchema, PropertySpec, RelationSpec } from './field-type.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { checkFieldValue } from './field-value.ts';
import { pointerTo } from './json-pointer.ts';
import type { LinkContext, Report } from './link.ts';
import { isBrokenName, linkCondition } from './link-condition.ts';
import { checkDerived } from './link-derived.ts';
import { linkIndexes, linkKeys } from './link-keys.ts';
import { linkProcess } from './link-process.ts';
import { checkSearch } from './link-search.ts';
import { linkTimeline } from './link-timeline.ts';
import type { Dependency, EntityType, Field, Navigation, Property, Reference, Rule } from './model.ts';
import { columnName, MAX_IDENTIFIER_BYTES, tableName } from './names.ts';
import { reservedFieldName } from './reserved-names.ts';
import { isSearchable } from './search-text.ts';
import { systemProperties } from './system-properties.ts';

/** A field with what its type makes of it. */
export interface FieldDraft {
  readonly name: string;
  readonly type: FieldType;
  readonly document: FieldDocument;
  /** A rollup of amounts gets its currency's when it is linked. */
  readonly properties: string[];
  readonly specs: readonly PropertySpec[];
  readonly relations: readonly RelationSpec[];
  readonly associations: readonly AssociationSpec[];
}

/** An entity while the others are not known yet; navigations and references are filled in by linkNavigations. */
export interface EntityDraft {
  readonly name: string;
  readonly document: EntityDocument;
  readonly table: string;
  readonly fields: readonly FieldDraft[];
  /** Fields that could not be linked: what names them is not wrong because of that. */
  readonly broken: Set<string>;
  readonly properties: Map<string, Property>;
  readonly navigations: Map<string, Navigation>;
  /** By field; filled in by linkDependencies. */
  readonly dependencies: Map<string, Dependency>;
  readonly referencedBy: Reference[];
}

const operatorSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** One set per list of operators, shared by all properties that have it. */
function operatorSet(operators: readonly string[]): ReadonlySet<string> {
  const set = operatorSets.get(operators) ?? new Set(operators);
  operatorSets.set(operators, set);
  return set;
}

/** Resolves fields to properties. Reports findings of the field types, bad defaults, and names that do not work. */
export function draftEntity(document: EntityDocument, context: LinkContext): EntityDraft {
  const properties = new Map(systemProperties(document.ownership).map((property) => [property.name, property]));
  const fields: FieldDraft[] = [];
  const broken = new Set(context.documents.brokenFields(document.name));
  for (const [name, field] of Object.entries(document.fields)) {
    const type = FIELD_TYPES.get(field.type);
    if (type === undefined) continue;
    const own = fieldContext(name, context);
    const findings = type.verify?.(field, own) ?? [];
    for (const { pointer, reason, hint } of findings) {
      if (namesBroken(field[pointer.slice(1)], context)) continue;
      context.report('entity', document.name, pointerTo('fields', name) + pointer, 'invalid_option', reason, hint);
    }
    if (findings.length > 0) {
      broken.add(name);
      continue;
    }
    const specs = type.properties(field, own);
    const schemas = type.valueSchema(field, own);
    const linked = specs.map((spec, index) =>
      linkProperty(document, name, index === 0, spec, type, schemas[spec.name], context),
    );
    for (const property of linked)
      if (isNameFree(document, name, property.name, properties, context.report))
        properties.set(property.name, property);
    checkSearch(document.name, name, field, linked, context.report);
    checkDefault(document.name, name, field, type, own, context.report);
    const relations = type.relations?.(field, own) ?? [];
    const associations = type.associations?.(field, own) ?? [];
    const owned = specs.map((spec) => spec.name);
    fields.push({ name, type, document: field, properties: owned, specs, relations, associations });
  }
  checkColumns(document, properties, context.report);
  const table = tableName(document.name);
  if (table.length > MAX_IDENTIFIER_BYTES) {
    const reason = `${table} is longer than ${MAX_IDENTIFIER_BYTES} bytes`;
    context.report('entity', document.name, '/name', 'name_too_long', reason);
  }
  return {
    ...{ name: document.name, document, table, fields, broken, properties },
    ...{ navigations: new Map(), dependencies: new Map(), referencedBy: [] },
  };
}

/** Whether an option names a choice that has errors of its own. */
function namesBroken(option: unknown, context: LinkContext): boolean {
  return typeof option === 'string' && context.documents.isBroken('choice', option);
}

function linkProperty(
  entity: EntityDocument,
  field: string,
  main: boolean,
  spec: PropertySpec,
  type: FieldType,
  valueSchema: JsonSchema | undefined,
  context: LinkContext,
): Property {
  const document = entity.fields[field] as FieldDocument;
  const value = main ? (document.default ?? spec.default) : spec.default;
  const { name, sqlType, maxLength, precision, scale, values, derived, normalize, sortable, index, money } = spec;
  const { numbering, closed, staleAfter, prose } = spec;
  const stored = spec.computed === undefined;
  const property: Property = {
    name,
    field,
    type: spec.type,
    column: stored ? (context.storage?.column(entity.name, name) ?? columnName(name)) : '',
    sqlType,
    nullable: spec.nullable ?? !(main && document.required === true),
    readOnly: !stored || spec.readOnly === true || document.read_only === true,
    readOnlyAfterCreate: document.read_only_after_create === true,
    secured: document.secured === true,
    operators: operatorSet(spec.operators ?? type.operators),
    audit: document.audit ?? entity.audit ?? true,
    personalData: document.personal_data === true,
    search: document.search === true && isSearchable(spec),
  };
  const limits = { maxLength, precision, scale, values, closed, staleAfter };
  const optional = {
    ...limits,
    derived,
    numbering,
    normalize,
    sortable,
    prose,
    index,
    money,
    valueSchema,
    default: value,
  };
  return { ...property, ...Object.fromEntries(Object.entries(optional).filter(([, option]) => option !== undefined)) };
}

/** Names of properties differ in more than case, are no system names, and fit an identifier. */
export function isNameFree(
  entity: EntityDocument,
  field: string,
  name: string,
  taken: ReadonlyMap<string, Property>,
  report: Report,
): boolean {
  const pointer = pointerTo('fields', field);
  const reserved = reservedFieldName(name);
  if (reserved !== undefined) {
    report('entity', entity.name, pointer, 'reserved_name', reserved);
    return false;
  }
  if (name.length > MAX_IDENTIFIER_BYTES) {
    const reason = `The property ${name} is longer than ${MAX_IDENTIFIER_BYTES} bytes`;
    report('entity', entity.name, pointer, 'name_too_long', reason);
  }
  const other = [...taken.values()].find((property) => property.name.toLowerCase() === name.toLowerCase());
  if (other === undefined) return true;
  const owner = other.field === null ? 'every record' : `the field ${other.field}`;
  const reason = `The field ${field} makes the property ${name}, and ${owner} has ${other.name}`;
  report('entity', entity.name, pointer, 'duplicate_name', reason);
  return false;
}

function checkColumns(entity: EntityDocument, properties: ReadonlyMap<string, Property>, report: Report): void {
  const columns = new Map<string, string>();
  for (const property of properties.values()) {
    if (property.column === '') continue;
    const other = columns.get(property.column);
    if (other !== undefined) {
      const pointer = pointerTo('fields', property.field ?? '');
      const reason = `The properties ${property.name} and ${other} have the same column ${property.column}`;
      report('entity', entity.name, pointer, 'duplicate_column', reason);
    }
    columns.set(property.column, property.name);
  }
}

function checkDefault(
  entity: string,
  name: string,
  field: FieldDocument,
  type: FieldType,
  context: FieldContext,
  report: Report,
): void {
  if (field.default === undefined) return;
  const main = type.properties(field, context)[0]?.name ?? name;
  const schema = type.valueSchema(field, context)[main];
  const reason = schema === undefined ? 'cannot be given' : checkFieldValue(schema, field.default);
  if (reason === undefined) return;
  report('entity', entity, pointerTo('fields', name, 'default'), 'invalid_default', `The default ${reason}`);
}

/** The entity with its keys, indexes and conditions checked. Navigations are linked by now. */
export function finishEntity(draft: EntityDraft, context: LinkContext): EntityType {
  const { document, properties, navigations, referencedBy } = draft;
  const report = (pointer: string, code: string, reason: string, hint?: string): void =>
    context.report('entity', document.name, pointer, code, reason, hint);
  if (!properties.has(document.title) && !isBrokenName(draft, document.title)) {
    report('/title', 'unknown_property', `There is no property ${document.title}`);
  }
  checkDerived(draft, report);
  const fields = draft.fields.map((field) => linkField(draft, field, context, report));
  const timeline = linkTimeline(draft, report);
  const entity = {
    name: document.name,
    set: document.set,
    label: document.label,
    pluralLabel: document.plural_label,
    ...(document.description === undefined ? {} : { description: document.description }),
    ...(document.icon === undefined ? {} : { icon: document.icon }),
    ...(document.order === undefined ? {} : { order: document.order }),
    ownership: document.ownership,
    ...(document.parent === undefined ? {} : { parent: document.parent }),
    title: document.title,
    ...(timeline === undefined ? {} : { timeline }),
    table: draft.table,
    fields: new Map(fields.map((field) => [field.name, field])),
    properties,
    navigations,
    keys: linkKeys(draft, report),
    indexes: linkIndexes(draft, report),
    rules: linkRules(draft, report),
    referencedBy,
  };
  return { ...entity, hash: hashEntity(entity, draft) };
}

/** Reports a finding about the entity at hand. */
export type ReportHere = (pointer: string, code: string, reason: string, hint?: string) => void;

function linkField(draft: EntityDraft, field: FieldDraft, context: LinkContext, report: ReportHere): Field {
  const { name, document } = field;
  const condition = (option: 'required_when' | 'read_only_when' | 'visible_when') => {
    const text = document[option];
    if (text === undefined) return null;
    const pointer = pointerTo('fields', name, option);
    return linkCondition(text, draft, (reason, hint) => report(pointer, 'invalid_condition', reason, hint));
  };
  const dependency = draft.dependencies.get(name);
  const process = linkProcess(draft, field, report);
  return {
    ...(dependency === undefined ? {} : { dependency }),
    ...(process === undefined ? {} : { process }),
    name,
    type: field.type.name,
    document,
    properties: field.properties,
    required: document.required === true,
    requiredWhen: condition('required_when'),
    readOnlyWhen: condition('read_only_when'),
    visibleWhen: condition('visible_when'),
    label: document.label ?? labelFromName(name, context.organization.languages[0] ?? 'en'),
  };
}

/** `close_date` -> Close date, in the first language, for a field that says nothing. */
function labelFromName(name: string, language: string): LabelDocument {
  const words = name.replace(/^x_/, '').replaceAll('_', ' ');
  return { [language]: words.charAt(0).toUpperCase() + words.slice(1) };
}

function linkRules(draft: EntityDraft, report: ReportHere): readonly Rule[] {
  return Object.entries(draft.document.rules ?? {}).flatMap(([name, rule]) => {
    const pointer = pointerTo('rules', name, 'invalid_when');
    const invalidWhen = linkCondition(rule.invalid_when, draft, (reason, hint) =>
      report(pointer, 'invalid_condition', reason, hint),
    );
    return invalidWhen === null ? [] : [{ name, invalidWhen, error: rule.error }];
  });
}

/**
 * All that compilers read: the document, and what field types, choices, settings and storage make of it. Members of
 * documents count in their order, so that native JSON will do.
 */
function hashEntity(entity: Omit<EntityType, 'hash'>, draft: EntityDraft): string {
  const properties = [...entity.properties.values()].map(({ name, column, sqlType, valueSchema, derived, ...rest }) => [
    ...[name, column, sqlType, valueSchema, rest.values, rest.default, derived?.sql((property) => property)],
    ...[rest.computed, rest.money, rest.secured, rest.closed, rest.numbering?.sql('n', 'at')],
  ]);
  const checks = draft.fields.flatMap(({ specs }) =>
    specs.map((spec) => spec.check?.(spec.name, (property) => property)),
  );
  const relations = [[...entity.navigations.values()], entity.referencedBy];
  const dependencies = [...draft.dependencies].map(([name, { parents }]) => [name, [...parents]]);
  return contentHash(JSON.stringify([draft.document, properties, checks, relations, dependencies]));
}
