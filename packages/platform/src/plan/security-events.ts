// Second stage of reading security events: the request's $filter as conditions over an event. It knows the properties of events
// and nothing of entities.
import type { ExpressionType, ResolvedPath, Scope, TypedExpression } from '@kartoteka/metadata';
import { SECURITY_EVENT_KINDS } from '../security-log/kinds.ts';
import { planScoped } from './expression.ts';

export interface SecurityEventsPlan {
  readonly kind: 'security_events';
  readonly filter: TypedExpression | null;
  /** The page begins after another event. */
  readonly continues: boolean;
}

const EQUALITY = ['eq', 'ne', 'in'];
const NOTHING: readonly string[] = [];

const path = (property: string, type: ExpressionType, operators: readonly string[]): [string, ResolvedPath] => [
  property,
  { navigations: [], property, type, nullable: property !== 'occurred_on', operators: new Set(operators) },
];

/** What an index, or a walk along one, can serve. Texts that clients choose are looked through elsewhere. */
const PATHS: ReadonlyMap<string, ResolvedPath> = new Map([
  path('occurred_on', 'datetime', ['gt', 'ge', 'lt', 'le']),
  ['kind', { ...path('kind', 'string', EQUALITY)[1], nullable: false, values: Object.keys(SECURITY_EVENT_KINDS) }],
  path('actor_id', 'guid', EQUALITY),
  path('caller_id', 'guid', EQUALITY),
  path('client', 'string', EQUALITY),
  path('address', 'string', EQUALITY),
  path('target_entity', 'string', EQUALITY),
  path('target_id', 'guid', EQUALITY),
  path('user_agent', 'string', NOTHING),
  path('details', 'json', NOTHING),
]);

const SCOPE: Scope = {
  entity: 'security_event',
  resolve: (segments) => (segments.length === 1 ? PATHS.get(segments[0] ?? '') : undefined),
};

/** Throws invalid_expression and its kin, unknown_property, operator_not_applicable. */
export function planSecurityEvents(filter: string | undefined, continues: boolean): SecurityEventsPlan {
  const expression = filter === undefined ? null : planScoped(SCOPE, filter, '$filter', 'boolean');
  return { kind: 'security_events', filter: expression, continues };
}
