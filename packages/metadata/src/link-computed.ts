// Formulas and rollups of all entities, each after what it reads, whatever the order of the documents; what goes in circles is
// refused. It runs when navigations are known and before conditions are linked, which may name formulas.

import { EXPRESSION_LIMITS } from './expression/limits.ts';
import type { FormulaSpec, RollupSpec } from './field-type.ts';
import { pointerTo } from './json-pointer.ts';
import type { LinkContext, Report } from './link.ts';
import type { ExpressionEntity } from './link-condition.ts';
import { type EntityDraft, type FieldDraft, isNameFree } from './link-entity.ts';
import { linkFormula } from './link-formula.ts';
import { isLostNavigation } from './link-path.ts';
import { linkRollup, rollupNavigation } from './link-rollup.ts';
import type { Navigation, Property } from './model.ts';
import { currencyProperty } from './names.ts';
import { OPERATORS } from './operators.ts';
import type { Steps } from './steps.ts';

/** Completes the computed properties of every draft. Reports what is wrong with them; such fields are broken then. */
export function* linkComputed(drafts: ReadonlyMap<string, EntityDraft>, context: LinkContext): Steps<void> {
  yield* new ComputedLinker(drafts, context).linkAll();
}

/** As deep as an expression may nest. */
const DEEPEST_CHAIN = EXPRESSION_LIMITS.depth;

/** A computed field on the way to being linked. */
interface Open {
  readonly draft: EntityDraft;
  readonly field: FieldDraft;
}

class ComputedLinker {
  readonly #drafts: ReadonlyMap<string, EntityDraft>;
  readonly #context: LinkContext;
  /** Computed fields by name. */
  readonly #computed: ReadonlyMap<EntityDraft, ReadonlyMap<string, FieldDraft>>;
  readonly #done = new Set<FieldDraft>();
  readonly #open: Open[] = [];

  constructor(drafts: ReadonlyMap<string, EntityDraft>, context: LinkContext) {
    this.#drafts = drafts;
    this.#context = context;
    this.#computed = new Map(
      [...drafts.values()].map((draft) => {
        const fields = draft.fields.filter(({ type }) => type.computed !== undefined);
        return [draft, new Map(fields.map((field) => [field.name, field]))];
      }),
    );
  }

  *linkAll(): Steps<void> {
    for (const [draft, fields] of this.#computed) {
      for (const field of fields.values()) this.#link(draft, field);
      yield;
    }
  }

  /** Links a field after those it reads; at most once. */
  #link(draft: EntityDraft, field: FieldDraft): void {
    if (this.#done.has(field)) return;
    const start = this.#open.findIndex((open) => open.field === field);
    if (start >= 0) {
      this.#refuseCircle(this.#open.slice(start));
      return;
    }
    if (this.#open.length >= DEEPEST_CHAIN) {
      const reason = `More than ${DEEPEST_CHAIN} computed fields read one another in a row`;
      this.#report(draft, field, '', 'limit_exceeded', reason);
      draft.broken.add(field.name);
      this.#done.add(field);
      return;
    }
    this.#open.push({ draft, field });
    const [spec] = field.specs;
    const linked =
      spec?.computed?.kind === 'rollup' ? this.#rollup(draft, field, spec.computed) : this.#formula(draft, field);
    if (!linked) draft.broken.add(field.name);
    this.#open.pop();
    this.#done.add(field);
  }

  #refuseCircle(circle: readonly Open[]): void {
    const [first] = circle;
    if (first === undefined || first.draft.broken.has(first.field.name)) return;
    const names = [...circle, first].map(({ draft, field }) => `${draft.name}.${field.name}`);
    this.#report(first.draft, first.field, '', 'circular_formula', `It is computed from itself: ${names.join(' -> ')}`);
    first.draft.broken.add(first.field.name);
  }

  #formula(draft: EntityDraft, field: FieldDraft): boolean {
    const specs = field.specs.map(({ computed }) => computed as FormulaSpec);
    const { baseCurrency } = this.#context.organization;
    const linked = linkFormula(specs, this.#entity(draft), baseCurrency, (reason, hint) =>
      this.#report(draft, field, '/expression', 'invalid_formula', reason, hint),
    );
    if (linked === null) return false;
    for (const [index, { name }] of field.specs.entries()) {
      const property = draft.properties.get(name);
      const computed = linked.values[index];
      if (property?.field !== field.name || computed === undefined) return false;
      const money = property.money === undefined ? {} : { money: linked.inBase ? inBase(name) : property.money };
      draft.properties.set(name, { ...property, ...marksOf(property, linked.named), ...money, computed });
    }
    return true;
  }

  #rollup(draft: EntityDraft, field: FieldDraft, spec: RollupSpec): boolean {
    const report = (option: string, reason: string, hint?: string): void =>
      this.#report(draft, field, `/${option}`, 'invalid_rollup', reason, hint);
    if (!draft.navigations.has(spec.relation) && this.#mayBeBroken(draft, spec.relation)) return false;
    const navigation = rollupNavigation(spec, draft, report);
    const target = navigation === null ? undefined : this.#drafts.get(navigation.target);
    if (navigation === null || target === undefined) return false;
    const linked = linkRollup(spec, navigation, this.#entity(target), report);
    const property = draft.properties.get(field.name);
    if (linked === null || property?.field !== field.name) return false;
    const named = [...linked.named, ...holdersOf(navigation, target, this.#drafts)];
    const money = linked.money ? { money: inBase(field.name) } : {};
    const { value: computed, shape } = linked;
    draft.properties.set(field.name, { ...property, ...shape, ...marksOf(property, named), ...money, computed });
    return !linked.money || this.#currency(draft, field);
  }

  /** An amount of money says in which currency it is. */
  #currency(draft: EntityDraft, field: FieldDraft): boolean {
    const amount = draft.properties.get(field.name);
    if (amount === undefined) return false;
    const { baseCurrency } = this.#context.organization;
    const { audit, secured, personalData } = amount;
    const currency: Property = {
      name: currencyProperty(field.name),
      field: field.name,
      type: 'Edm.String',
      column: '',
      sqlType: 'text collate "C"',
      nullable: false,
      readOnly: true,
      readOnlyAfterCreate: false,
      secured,
      operators: new Set(OPERATORS.identifier),
      maxLength: 3,
      values: [baseCurrency],
      ...(audit === undefined ? {} : { audit }),
      ...(personalData === undefined ? {} : { personalData }),
      computed: {
        kind: 'formula',
        expression: { kind: 'literal', type: 'string', value: baseCurrency, index: null },
        reads: [],
        rollups: 0,
      },
    };
    return addPropertyAfter(draft, field, currency, this.#context.report);
  }

  /** Whether a collection is missing only because the field that makes it could not be linked. */
  #mayBeBroken(draft: EntityDraft, relation: string): boolean {
    return draft.broken.has(relation) || isLostNavigation(relation, this.#drafts, this.#context.documents);
  }

  /** The entity as expressions see it: what they name is linked before they are. */
  #entity(draft: EntityDraft): ExpressionEntity & Pick<EntityDraft, 'fields'> {
    const get = (name: string): Property | undefined => {
      const field = this.#computed.get(draft)?.get(draft.properties.get(name)?.field ?? '');
      if (field !== undefined) this.#link(draft, field);
      return draft.properties.get(name);
    };
    const { name, broken, navigations, fields } = draft;
    return { name, broken, navigations, fields, properties: { get } };
  }

  #report(draft: EntityDraft, field: FieldDraft, option: string, code: string, reason: string, hint?: string): void {
    this.#context.report('entity', draft.name, pointerTo('fields', field.name) + option, code, reason, hint);
  }
}

/** Adds a property that was not known before its field was linked, behind the field's others. Reports a name that is taken. */
function addPropertyAfter(draft: EntityDraft, field: FieldDraft, property: Property, report: Report): boolean {
  const { properties, navigations, document } = draft;
  const lower = property.name.toLowerCase();
  const navigation = [...navigations.keys()].find((name) => name.toLowerCase() === lower);
  if (navigation !== undefined) {
    const reason = `The field ${field.name} makes the property ${property.name}, and there is a navigation ${navigation}`;
    report('entity', document.name, pointerTo('fields', field.name), 'duplicate_name', reason);
    return false;
  }
  if (!isNameFree(document, field.name, property.name, properties, report)) return false;
  const ordered = [...properties].flatMap(([name, other]): [string, Property][] =>
    name === field.properties.at(-1)
      ? [
          [name, other],
          [property.name, property],
        ]
      : [[name, other]],
  );
  properties.clear();
  for (const [name, each] of ordered) properties.set(name, each);
  field.properties.push(property.name);
  return true;
}

const inBase = (name: string): Property['money'] => ({ currency: null, base: name });

/** What is computed from secured or personal data is secured or personal itself. */
function marksOf(property: Property, named: readonly Property[]): Pick<Property, 'secured' | 'personalData'> {
  return {
    secured: property.secured || named.some(({ secured }) => secured),
    personalData: property.personalData === true || named.some(({ personalData }) => personalData === true),
  };
}

/** Properties that say which records the collection holds: of the related entity, or of the records that link to it. */
function holdersOf(
  { property, through }: Navigation,
  target: EntityDraft,
  drafts: ReadonlyMap<string, EntityDraft>,
): readonly Property[] {
  const names = through === undefined ? [property] : [through.own, through.other];
  const holder = through === undefined ? target : drafts.get(through.entity);
  return names.flatMap((name) => holder?.properties.get(name) ?? []);
}
