// The operations and structures of all extensions, looked up by name. It runs nothing.
import type { EntityType, Model } from '@kartoteka/metadata';
import { SHAPES } from '../describe/shapes.ts';
import type { Operation, Shape } from '../describe/types.ts';
import type { Extension, MergedValues, OperationDefinition } from './types.ts';

/** Names of operations, as of fields. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** What the platform serves under these names, beside the sets. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['assign', 'share', 'modify', 'revoke', 'shares', 'restore', 'redact', 'hand_over', 'bulk', 'deleted', 'changes'],
  ...['timeline', 'explain_access', 'preview_role_change', 'security_events', 'who_am_i', 'metadata'],
]);

export class Extensions {
  readonly operations: readonly OperationDefinition[];
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly #mergedValues: readonly MergedValues[];
  /** By binding and name. */
  readonly #found = new Map<string, readonly OperationDefinition[]>();

  /** Throws an Error for names that are not valid, or given twice. */
  constructor(extensions: readonly Extension[]) {
    this.operations = extensions.flatMap(({ operations }) => operations ?? []);
    this.#mergedValues = extensions.flatMap(({ mergedValues }) => mergedValues ?? []);
    const shapes = extensions.flatMap((extension) => Object.entries(extension.shapes ?? {}));
    this.shapes = Object.fromEntries(shapes);
    const taken = (name: string, at: number, all: readonly string[]) =>
      all.indexOf(name) < at || Object.hasOwn(SHAPES, name);
    const twice = shapes.map(([name]) => name).find(taken);
    if (twice !== undefined) throw new Error(`There are two structures ${twice}`);
    // In $metadata structures and operations are called by their names alone.
    const both = this.operations.find(({ name }) => Object.hasOwn(this.shapes, name));
    if (both !== undefined) throw new Error(`An operation and a structure are called ${both.name}`);
    for (const operation of this.operations) this.#add(operation);
  }

  #add(operation: OperationDefinition): void {
    const { name, binding } = operation;
    if (!NAME.test(name) || TAKEN.has(name)) throw new Error(`${name} cannot be the name of an operation`);
    const key = `${binding} ${name}`;
    const others = this.#found.get(key) ?? [];
    if (others.some(({ entity }) => entity === undefined || operation.entity === undefined))
      throw new Error(`Two extensions have an operation ${name}`);
    this.#found.set(key, [...others, operation]);
  }

  /** The operation of this name that the entity (null: the service) has. */
  find(
    model: Model,
    entity: EntityType | null,
    binding: Operation['binding'],
    name: string,
  ): OperationDefinition | undefined {
    return this.#found.get(`${binding} ${name}`)?.find((each) => hasOperation(each, entity, model));
  }

  /** What a record gets in a merge unless whoever merges says something else; of two extensions that name a property the later counts. */
  readonly mergedValues: MergedValues = (...merged) =>
    Object.assign({}, ...this.#mergedValues.map((values) => values(...merged)));

  /** Those of an entity, or (null) of the service. */
  of(model: Model, entity: EntityType | null): readonly OperationDefinition[] {
    return this.operations.filter((each) => hasOperation(each, entity, model));
  }
}

/** What documents name comes first: a field may be added later under the name of an operation, which is not there then. */
function hasOperation({ name, binding, entity }: OperationDefinition, on: EntityType | null, model: Model): boolean {
  if ((binding === 'service') !== (on === null)) return false;
  if (on === null) return !model.sets.has(name);
  if (binding === 'record' && (on.properties.has(name) || on.navigations.has(name))) return false;
  // What is in the recycle bin is read and brought back, and no more.
  return on.records !== 'deleted' && (entity === undefined || entity(on, model));
}

const NONE = new Extensions([]);
const byModel = new WeakMap<Model, Extensions>();

/** A Model that is served with extensions: whatever is derived from it knows their operations. */
export function serveWith(model: Model, extensions: Extensions): void {
  byModel.set(model, extensions);
}

export function extensionsOf(model: Model): Extensions {
  return byModel.get(model) ?? NONE;
}

/** A structure of the platform, or of an extension that the Model is served with. */
export function shapeOf(model: Model, name: string): Shape | undefined {
  return SHAPES[name] ?? extensionsOf(model).shapes[name];
}
