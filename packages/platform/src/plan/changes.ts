// Second stage of reading the change log: the request's $filter becomes conditions over a change, with every name resolved.
// The filter is a small one on purpose: conditions that the log's indexes or a walk along them can serve, joined by `and`.
import {
  type EntityType,
  type ExpressionType,
  isStored,
  type Navigation,
  type Property,
  type ResolvedPath,
  type Scope,
  type TypedExpression,
} from '@kartoteka/metadata';
import { LOGGED_OPERATIONS } from '../change-log.ts';
import { PlatformError } from '../errors.ts';
import { planScoped } from './expression.ts';

/** What is asked of the log of an entity's records. */
export interface ChangesPlan {
  readonly kind: 'changes';
  /** Whose records' changes; of the recycle bin its own type (recycleBinOf). */
  readonly entity: EntityType;
  /** True: of one record, whose id is a value of the request. False: of all records that the reader may read. */
  readonly single: boolean;
  /** Conditions over `changed_on`, `actor_id` and `operation` of a change. */
  readonly tests: readonly TypedExpression[];
  /** Only changes of one of these are shown, one list per condition. */
  readonly touching: readonly (readonly ChangedName[])[];
  /** The page begins after another change. */
  readonly continues: boolean;
}

/** What a change can name: a property, or a many-to-many relation. */
export type ChangedName =
  | { readonly property: Property; readonly navigation: null }
  | { readonly property: null; readonly navigation: Navigation };

const path = (property: string, type: ExpressionType, operators: readonly string[]): ResolvedPath => ({
  navigations: [],
  property,
  type,
  nullable: property === 'actor_id',
  operators: new Set(operators),
});

const PATHS: ReadonlyMap<string, ResolvedPath> = new Map([
  ['changed_on', path('changed_on', 'datetime', ['gt', 'ge', 'lt', 'le'])],
  ['actor_id', path('actor_id', 'guid', ['eq', 'in'])],
  ['operation', { ...path('operation', 'string', ['eq', 'in']), values: LOGGED_OPERATIONS }],
  ['property', path('property', 'string', ['eq', 'in'])],
]);

const SCOPE: Scope = {
  entity: 'change',
  resolve: (segments) => (segments.length === 1 ? PATHS.get(segments[0] ?? '') : undefined),
};

/** The conditions of a $filter. Throws invalid_expression and its kin, unknown_property, not_supported. */
export function planChangesFilter(
  entity: EntityType,
  filter: string | undefined,
): Pick<ChangesPlan, 'tests' | 'touching'> {
  const tests: TypedExpression[] = [];
  const touching: (readonly ChangedName[])[] = [];
  const terms = filter === undefined ? [] : conjuncts(planScoped(SCOPE, filter, '$filter', 'boolean'));
  for (const term of terms) {
    const { name, values } = condition(term);
    if (name === 'property') touching.push(values.map((value) => changedName(entity, value)));
    else tests.push(term);
  }
  return { tests, touching };
}

function conjuncts(expression: TypedExpression): TypedExpression[] {
  const terms: TypedExpression[] = [];
  let left = expression;
  while (left.kind === 'logical' && left.op === 'and') {
    terms.push(left.right);
    left = left.left;
  }
  return [...terms, left].flatMap((term) => (term.kind === 'logical' && term.op === 'and' ? conjuncts(term) : [term]));
}

/** A name of the change compared with values. */
function condition(term: TypedExpression): { name: string; values: readonly TypedExpression[] } {
  if (term.kind === 'compare' && term.left.kind === 'path' && isValue(term.right))
    return { name: term.left.property, values: [term.right] };
  if (term.kind === 'in' && term.operand.kind === 'path' && term.list.every(isValue))
    return { name: term.operand.property, values: term.list };
  const what =
    'A $filter of changes other than changed_on, actor_id, operation and property compared with values, joined by and,';
  throw new PlatformError('not_supported', { what }, { target: '$filter' });
}

const isValue = ({ kind }: TypedExpression): boolean => kind === 'literal' || kind === 'call';

function changedName(entity: EntityType, value: TypedExpression): ChangedName {
  const name = value.kind === 'literal' && typeof value.value === 'string' ? value.value : '';
  const property = entity.properties.get(name);
  if (property !== undefined && isStored(property)) return { property, navigation: null };
  const navigation = loggedLinks(entity).find((link) => link.name === name);
  if (navigation !== undefined) return { property: null, navigation };
  throw new PlatformError('unknown_property', { name, entity: entity.name }, { target: '$filter' });
}

/** Relations whose links are logged as changes of the record. */
export function loggedLinks(entity: EntityType): readonly Navigation[] {
  return [...entity.navigations.values()].filter(({ junction }) => junction?.audit === true);
}
