// One rollup field -> what it aggregates and the property that shows it. The properties of the related entity that it names are
// linked by now.
import { expressionType } from './entity-scope.ts';
import type { TypedExpression } from './expression/types.ts';
import type { RollupSpec } from './field-type.ts';
import { type ExpressionEntity, isBrokenName, linkStoredCondition } from './link-condition.ts';
import type { EntityDraft } from './link-entity.ts';
import type { Aggregate, Navigation, Property, RollupValue } from './model.ts';
import { OPERATORS } from './operators.ts';
import { readsRecords } from './stored-properties.ts';

/** Reports a finding about one option of the rollup. */
export type ReportOption = (
  option: 'relation' | 'field' | 'filter' | 'aggregate',
  reason: string,
  hint?: string,
) => void;

export interface LinkedRollup {
  readonly value: RollupValue;
  /** What the property is, besides what its document says. */
  readonly shape: Partial<Property> & Pick<Property, 'type' | 'sqlType' | 'operators' | 'nullable'>;
  /** Properties of the related entity that the value depends on. */
  readonly named: readonly Property[];
  /** The values are amounts, in the base currency. */
  readonly money: boolean;
}

/** The collection that a rollup reads, or null after reporting why there is none. */
export function rollupNavigation(spec: RollupSpec, draft: EntityDraft, report: ReportOption): Navigation | null {
  const navigation = draft.navigations.get(spec.relation);
  if (navigation?.collection) return navigation;
  const collections = [...draft.navigations.values()].filter(({ collection }) => collection).map(({ name }) => name);
  const hint = collections.length === 0 ? undefined : `Collections are ${collections.join(', ')}`;
  const reason =
    navigation === undefined
      ? `${draft.name} has no collection ${spec.relation}`
      : `${spec.relation} leads to one record: a rollup reads a collection`;
  report('relation', reason, hint);
  return null;
}

/** The linked rollup over the related entity, or null after reporting what is wrong with it. */
export function linkRollup(
  spec: RollupSpec,
  navigation: Navigation,
  related: ExpressionEntity & Pick<EntityDraft, 'fields'>,
  report: ReportOption,
): LinkedRollup | null {
  const source = spec.field === null ? undefined : sourceOf(spec.field, spec.aggregate, related, report);
  const filter =
    spec.filter === null
      ? undefined
      : linkStoredCondition(spec.filter, related, (reason, hint) => report('filter', reason, hint));
  if (source === null || filter === null) return null;
  const shape = SHAPES[spec.aggregate](source);
  return {
    value: {
      kind: 'rollup',
      navigation: navigation.name,
      aggregate: spec.aggregate,
      value: source === undefined ? null : aggregated(source),
      filter: filter?.expression ?? null,
      scale: spec.aggregate === 'average' ? (shape.scale ?? 0) : 0,
      reads: [navigation.target, ...(navigation.through === undefined ? [] : [navigation.through.entity])],
    },
    shape,
    named: [...(source === undefined ? [] : [source]), ...(filter?.named ?? [])],
    money: source?.money !== undefined && spec.aggregate !== 'count_distinct',
  };
}

/** The property whose values are aggregated: of an amount its value in the base currency. */
function sourceOf(
  name: string,
  aggregate: Aggregate,
  related: ExpressionEntity & Pick<EntityDraft, 'fields'>,
  report: ReportOption,
): Property | null {
  const property = related.properties.get(name);
  if (isBrokenName(related, name)) return null;
  if (property === undefined) {
    const owned = related.fields.find((field) => field.name === name)?.properties;
    const hint = owned === undefined ? undefined : `The field ${name} has the properties ${owned.join(', ')}`;
    report('field', `There is no property ${name} on ${related.name}`, hint);
    return null;
  }
  if (readsRecords(property)) {
    report('field', `${name} is a rollup, or reads one: a rollup reads what related records themselves hold`);
    return null;
  }
  const needed = OPERATOR_OF[aggregate];
  if (!property.operators.has(needed)) {
    report('field', `${aggregate} cannot be applied to ${name}`);
    return null;
  }
  return property.money === undefined ? property : (related.properties.get(property.money.base) ?? null);
}

/** The operator that values must have for an aggregate to mean something; numbers alone have `mod`. */
const OPERATOR_OF: Readonly<Record<Aggregate, string>> = {
  count: 'eq',
  count_distinct: 'in',
  sum: 'mod',
  average: 'mod',
  min: 'lt',
  max: 'lt',
};

function aggregated(source: Property): TypedExpression {
  const { computed, name, type } = source;
  if (computed?.kind === 'formula') return computed.expression;
  return { kind: 'path', type: expressionType(type), navigations: [], property: name, nullable: true };
}

type Shape = LinkedRollup['shape'];

const NUMBERS: ReadonlySet<string> = new Set(OPERATORS.number);
const MOST_PRECISION = 60;
/** Digits that a sum may have more than its terms. */
const MORE_DIGITS = 19;
/** Digits after the point of an average, unless the values have more. */
const AVERAGE_SCALE = 4;

const counted: Shape = { type: 'Edm.Int64', sqlType: 'bigint', operators: NUMBERS, nullable: false };

function decimal(source: Property | undefined, scale: number, nullable: boolean): Shape {
  const precision = Math.min(MOST_PRECISION, (source?.precision ?? MORE_DIGITS) + MORE_DIGITS);
  return { type: 'Edm.Decimal', sqlType: 'numeric', operators: NUMBERS, nullable, precision, scale };
}

function sameAs(source: Property | undefined): Shape {
  if (source === undefined) return counted;
  const { type, sqlType, operators, maxLength, precision, scale, values, normalize } = source;
  const options = Object.entries({ maxLength, precision, scale, values, normalize });
  const given = options.filter(([, option]) => option !== undefined);
  return { type, sqlType, operators, nullable: true, ...Object.fromEntries(given) };
}

/** The property that shows an aggregate of a property. A sum of whole numbers may be larger than they can. */
const SHAPES: Readonly<Record<Aggregate, (source: Property | undefined) => Shape>> = {
  count: () => counted,
  count_distinct: () => counted,
  sum: (source) => decimal(source, source?.scale ?? 0, false),
  average: (source) => decimal(source, Math.max(AVERAGE_SCALE, source?.scale ?? 0), true),
  min: sameAs,
  max: sameAs,
};
