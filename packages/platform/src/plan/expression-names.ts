// What an expression names, entity by entity: properties over to-one navigations, and the collections whose records it asks for.
// It judges nothing: authorization and limits each ask it for their own ends.
import {
  childrenOf,
  type EntityType,
  type Model,
  type Navigation,
  type RecordsSource,
  THIS,
  type TypedExpression,
} from '@kartoteka/metadata';
import { entityAt } from './path.ts';
import { targetOf } from './targets.ts';

type Path = Extract<TypedExpression, { kind: 'path' }>;

export interface NamesVisitor {
  /** A property of `entity`, or of what the path's navigations lead to from there. */
  readonly path: (entity: EntityType, path: Path) => void;
  /** A collection of `entity`, or of what the navigations lead to from there. */
  readonly records?: (entity: EntityType, source: RecordsSource, navigation: Navigation) => void;
}

/** Tells the visitor everything that the expression names, each mention once, in order of appearance. */
export function visitNames(model: Model, entity: EntityType, expression: TypedExpression, visitor: NamesVisitor): void {
  visit(model, entity, new Map(), expression, visitor);
}

type Variables = ReadonlyMap<string, EntityType>;

function visit(
  model: Model,
  entity: EntityType,
  variables: Variables,
  node: TypedExpression,
  visitor: NamesVisitor,
): void {
  const rootOf = (variable: string | undefined): EntityType => {
    const root = variable === undefined ? entity : variables.get(variable);
    if (root === undefined) throw new Error(`there is no variable ${variable}`);
    return root;
  };
  let inside = variables;
  if (node.kind === 'path') visitor.path(rootOf(node.variable), node);
  if (node.kind === 'records_lambda' || node.kind === 'records_count') {
    const { variable, navigations, navigation: name } = node.source;
    const root = rootOf(variable);
    const navigation = entityAt(model, root, navigations, '$filter').navigations.get(name);
    if (navigation === undefined) throw new Error(`there is no navigation ${name}`);
    visitor.records?.(root, node.source, navigation);
    const own = node.kind === 'records_count' ? THIS : (node.variable ?? '');
    inside = new Map([...variables, [own, targetOf(model, navigation)]]);
  }
  for (const child of childrenOf(node)) visit(model, entity, inside, child, visitor);
}
