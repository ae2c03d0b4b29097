// What a Model consists of, as items that can be compared: each with a key, its aspects, and what it means to add, change or
// remove it. Tables for diff.ts.
import type { ChangeEffect } from './diff.ts';
import type { DocumentKind } from './documents.ts';
import { printExpression } from './expression/print.ts';
import type { TypedExpression } from './expression/types.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import type {
  AssignmentRule,
  DuplicateRule,
  EntityType,
  Field,
  Form,
  Junction,
  LinkRecords,
  Mapping,
  Model,
  Property,
  View,
} from './model.ts';
import { isStored } from './stored-properties.ts';

/** One property of an item, and what a change of it does. */
export interface Aspect {
  readonly value: unknown;
  readonly effect: (before: unknown, after: unknown) => ChangeEffect;
}

/** Kinds of documents, each an item by itself. */
type DiffSubject = DocumentKind;

export interface DiffItem {
  readonly what: DiffSubject | 'field' | 'key' | 'index' | 'rule' | 'choice_value';
  readonly subject: string;
  readonly name: string;
  /** How a sentence begins: `The field deal.amount`. */
  readonly title: string;
  readonly aspects: Readonly<Record<string, Aspect>>;
  readonly whenAdded: ChangeEffect;
  readonly whenRemoved: ChangeEffect;
}

const metadataOnly = (): ChangeEffect => 'metadata_only';
const destructive = (): ChangeEffect => 'destructive';
const additive = (): ChangeEffect => 'additive';

const described = (value: unknown): Aspect => ({ value, effect: metadataOnly });
const fixed = (value: unknown): Aspect => ({ value, effect: destructive });
const physical = (value: unknown): Aspect => ({ value, effect: additive });

/** Another type leaves the stored values behind; what was computed had none. */
const fieldType = (name: string): Aspect => ({
  value: name,
  effect: (before) => (FIELD_TYPES.get(String(before))?.computed !== undefined ? 'additive' : 'destructive'),
});

/** Smaller or absent-to-present is a loss, larger is not. */
const limit = (value: number | undefined): Aspect => ({
  value,
  effect: (before, after) =>
    after === undefined || (before !== undefined && Number(after) >= Number(before)) ? 'additive' : 'destructive',
});

/** Values taken away may be stored somewhere, which refuses the publish; values added are not. */
const values = (list: readonly string[] | undefined): Aspect => ({
  value: list,
  effect: (before, after) => {
    const next = new Set((after as readonly string[] | undefined) ?? []);
    return ((before as readonly string[] | undefined) ?? []).some((value) => !next.has(value))
      ? 'restrictive'
      : 'additive';
  },
});

/** True is a demand on stored records. */
const demand = (value: boolean): Aspect => ({
  value,
  effect: (_before, after) => (after === true ? 'restrictive' : 'additive'),
});

const sorted = (items: readonly object[]): readonly object[] => {
  const texts = items.map((item) => ({ item, text: JSON.stringify(item) }));
  return texts.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ item }) => item);
};

/** Entities, choices, roles, views, forms, rules, mappings and settings, without what is inside an entity. */
export function* describeModel(model: Model): Generator<DiffItem> {
  for (const entity of model.entities.values()) yield entityItem(entity);
  for (const choice of model.choices.values()) {
    const title = `The choice ${choice.name}`;
    yield {
      what: 'choice',
      subject: choice.name,
      name: '',
      title,
      aspects: { label: described(choice.label) },
      whenAdded: 'metadata_only',
      whenRemoved: 'metadata_only',
    };
    for (const [name, { active, ...rest }] of choice.values) {
      yield {
        what: 'choice_value',
        subject: choice.name,
        name,
        title: `The value ${choice.name}.${name}`,
        aspects: { active: physical(active), description: described(rest) },
        whenAdded: 'additive',
        whenRemoved: 'restrictive',
      };
    }
  }
  for (const role of model.roles.values()) {
    const title = `The role ${role.name}`;
    // In an order of their own: that of the documents is no property of the role.
    const grants = sorted(role.grants.map(({ when, ...grant }) => ({ ...grant, when: conditionText(when) })));
    const { label, description } = role.document;
    const aspects = {
      grants: described(grants),
      fields: described(sorted(role.fieldPermissions)),
      capabilities: described([...role.capabilities].sort()),
      label: described(label),
      description: described(description),
    };
    yield {
      what: 'role',
      subject: role.name,
      name: '',
      title,
      aspects,
      whenAdded: 'metadata_only',
      whenRemoved: 'metadata_only',
    };
  }
  for (const view of model.views.values()) yield presentationItem('view', view);
  for (const form of model.forms.values()) yield presentationItem('form', form);
  for (const rule of model.duplicateRules.values())
    yield ruleItem('duplicate_rule', rule, { match: physical(rule.match) });
  for (const rule of model.assignmentRules.values()) yield ruleItem('assignment_rule', rule);
  for (const mapping of model.mappings.values()) {
    const fields = mapping.fields.map((each) =>
      'expression' in each ? { ...each, expression: printExpression(each.expression) } : each,
    );
    yield ruleItem('mapping', mapping, { fields: described(sorted(fields)) });
  }
  const settings = Object.entries(model.organization).map(([name, value]) => [name, described(value)] as const);
  yield {
    what: 'organization',
    subject: 'organization',
    name: '',
    title: 'The organization settings',
    aspects: Object.fromEntries(settings),
    whenAdded: 'metadata_only',
    whenRemoved: 'metadata_only',
  };
}

/** Views and forms hold no data: what they show changes with no record. */
function presentationItem(what: 'view' | 'form', { name, ...members }: View | Form): DiffItem {
  return {
    what,
    subject: name,
    name: '',
    title: `The ${what} ${name}`,
    aspects: Object.fromEntries(Object.entries(members).map(([member, value]) => [member, described(value)])),
    whenAdded: 'metadata_only',
    whenRemoved: 'metadata_only',
  };
}

/** Rules and mappings hold no data either. `aspects` takes the place of what is said of members of the same name. */
function ruleItem(
  what: 'duplicate_rule' | 'assignment_rule' | 'mapping',
  { name, ...members }: DuplicateRule | AssignmentRule | Mapping,
  aspects: DiffItem['aspects'] = {},
): DiffItem {
  const shown = Object.entries(members).map(([member, value]) => {
    const text = member === 'when' ? conditionText(value as TypedExpression | null) : value;
    return [member, described(text)] as const;
  });
  return {
    what,
    subject: name,
    name: '',
    title: `The ${what.replace('_', ' ')} ${name}`,
    aspects: { ...Object.fromEntries(shown), ...aspects },
    whenAdded: 'metadata_only',
    whenRemoved: 'metadata_only',
  };
}

function entityItem(entity: EntityType): DiffItem {
  const aspects = {
    set: fixed(entity.set),
    ownership: fixed(entity.ownership),
    parent: fixed(entity.parent),
    label: described(entity.label),
    plural_label: described(entity.pluralLabel),
    title: described(entity.title),
    timeline: described(entity.timeline),
    icon: described(entity.icon),
    order: described(entity.order),
  };
  const title = `The entity ${entity.name}`;
  return {
    what: 'entity',
    subject: entity.name,
    name: '',
    title,
    aspects,
    whenAdded: 'additive',
    whenRemoved: 'destructive',
  };
}

/** Fields, keys, indexes and rules of an entity. */
export function* describeEntity(entity: EntityType): Generator<DiffItem> {
  for (const field of entity.fields.values()) yield fieldItem(entity, field);
  for (const key of entity.keys.values()) {
    const aspects = { properties: fixed(key.properties) };
    yield item(entity, 'key', key.name, aspects, 'additive', 'additive');
  }
  for (const index of entity.indexes.values()) {
    yield item(entity, 'index', index.name, { properties: physical(index.properties) }, 'additive', 'additive');
  }
  for (const rule of entity.rules) {
    const aspects = { condition: described(conditionText(rule.invalidWhen)), error: described(rule.error) };
    yield item(entity, 'rule', rule.name, aspects, 'metadata_only', 'metadata_only');
  }
}

function item(
  entity: EntityType,
  what: DiffItem['what'],
  name: string,
  aspects: DiffItem['aspects'],
  whenAdded: ChangeEffect,
  whenRemoved: ChangeEffect,
): DiffItem {
  const title = `The ${what} ${entity.name}.${name}`;
  return { what, subject: entity.name, name, title, aspects, whenAdded, whenRemoved };
}

function fieldItem(entity: EntityType, field: Field): DiffItem {
  const properties = field.properties.flatMap((name) => entity.properties.get(name) ?? []);
  const { type: _type, label: _label, required: _required, ...options } = field.document;
  const aspects: Record<string, Aspect> = {
    type: fieldType(field.type),
    required: demand(field.required),
    label: described(field.label),
    options: described(options),
  };
  // What is computed holds nothing that could be lost.
  if (properties.length > 0 && !properties.some(isStored)) {
    return item(entity, 'field', field.name, aspects, 'additive', 'metadata_only');
  }
  for (const property of properties) Object.assign(aspects, propertyAspects(property));
  const { target, junction, through } = entity.navigations.get(field.name) ?? {};
  if (junction !== undefined || through !== undefined) Object.assign(aspects, linkAspects(target, junction, through));
  return item(entity, 'field', field.name, aspects, 'additive', 'destructive');
}

/** Where links are stored, and what they lead to: links of before are not found there. */
function linkAspects(target?: string, junction?: Junction, through?: LinkRecords): Record<string, Aspect> {
  return { target: fixed(target), table: fixed(junction?.table), through: fixed(through) };
}

function propertyAspects(property: Property): Record<string, Aspect> {
  const { name, maxLength, precision, scale } = property;
  return {
    [`${name} values`]: values(property.values),
    [`${name} max_length`]: limit(maxLength),
    [`${name} scale`]: limit(scale),
    [`${name} digits`]: limit(precision === undefined ? undefined : precision - (scale ?? 0)),
  };
}

const conditionText = (condition: TypedExpression | null): string | null =>
  condition === null ? null : printExpression(condition);
