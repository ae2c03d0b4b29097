// What programs that were made for a Model rely on, as items that can be compared: entity sets, properties, navigations, keys. Labels,
// rights, limits and conditions are no part of it. Pure; which version a request names is the platform's to look at.
import { canonicalJson, contentHash } from './content-hash.ts';
import type { EntityType, Model, Navigation, Property } from './model.ts';
import { isWritable, payloadSchema } from './payload-schema.ts';

/** One thing that a program may name. Its path: `deals`, `deals/amount`, `deals/company`, `deals#number`. */
export interface SchemaItem {
  readonly kind: 'set' | 'property' | 'navigation' | 'key';
  /** Of a set its entity, of a property its EDM type, of a navigation the set it leads to (with `[]` where to many), of a key its properties. */
  readonly type: string;
  readonly nullable?: true;
  /** A create cannot do without it. */
  readonly needed?: true;
  /** Clients write it: at create only, or later as well. */
  readonly written?: 'create' | 'always';
  /** All that a record may hold, and those of them that may be written. */
  readonly values?: readonly string[];
  readonly taken?: readonly string[];
  readonly secured?: true;
}

/** Items by path, in the order of their paths. */
export type SchemaShape = ReadonlyMap<string, SchemaItem>;

/** Why programs made for one state of an item do not fit another one. */
export type SchemaBreak = 'removed' | 'retyped' | 'narrowed' | 'required' | 'read_only' | 'may_be_null' | 'never_null';

/** An item as it was before it changed; null where there was none. */
export interface ChangedItem {
  readonly path: string;
  readonly before: SchemaItem | null;
}

export function schemaShape(model: Model): SchemaShape {
  return new Map(setsOf(model).flatMap(({ items }) => items));
}

/** The version of a Model's shape: 16 hex digits, equal for equal shapes, whoever publishes them in whatever revision. */
export function schemaVersion(model: Model): string {
  return contentHash(setsOf(model).map(({ set, hash }) => [set, hash])).slice(0, 16);
}

/** The shapes of two Models without the sets that are the same in both. */
export function differingShapes(
  before: Model,
  after: Model,
): { readonly before: SchemaShape; readonly after: SchemaShape } {
  const [old, next] = [setsOf(before), setsOf(after)];
  const without = (sets: readonly SetShape[], others: readonly SetShape[]): SchemaShape => {
    const hashes = new Map(others.map(({ set, hash }) => [set, hash]));
    return new Map(sets.flatMap(({ set, hash, items }) => (hashes.get(set) === hash ? [] : items)));
  };
  return { before: without(old, next), after: without(next, old) };
}

/** Everything that is named below a set, in the order of the paths. */
interface SetShape {
  readonly set: string;
  /** Sets that its navigations lead to. */
  readonly targets: string;
  readonly items: readonly (readonly [string, SchemaItem])[];
  readonly hash: string;
}

const known = new WeakMap<EntityType, SetShape>();

/** In the order of their paths: those of a set stand together, because names hold nothing that sorts before `#` and `/`. */
function setsOf(model: Model): readonly SetShape[] {
  const shapes = [...model.entities.values()].map((entity) => setShape(model, entity));
  return shapes.sort((a, b) => (a.set < b.set ? -1 : 1));
}

/** Worked out once, because revisions share entities; only the names of other sets may differ then. */
function setShape(model: Model, entity: EntityType): SetShape {
  const targets = [...entity.navigations.values()].map(({ target }) => model.entities.get(target)?.set).join();
  const found = known.get(entity);
  if (found?.targets === targets) return found;
  const items = itemsOf(model, entity).sort(([a], [b]) => (a < b ? -1 : 1));
  const shape = { set: entity.set, targets, items, hash: contentHash(items) };
  known.set(entity, shape);
  return shape;
}

/** The set that a path is of, and what it names in it ('' for the set itself). */
export function splitSchemaPath(path: string): { readonly set: string; readonly name: string } {
  const [set = '', name = ''] = path.split(/[/#]/);
  return { set, name };
}

/** Why the item does not do any more for programs that know it as `before`; null where it does. Undefined: there is none. */
export function schemaBreak(before: SchemaItem | undefined, after: SchemaItem | undefined): SchemaBreak | null {
  if (before === undefined) return after?.needed === true ? 'required' : null;
  if (after === undefined) return 'removed';
  return CHECKS.find(([, isBroken]) => isBroken(before, after))?.[0] ?? null;
}

const CHECKS: readonly (readonly [SchemaBreak, (before: SchemaItem, after: SchemaItem) => boolean])[] = [
  ['retyped', (before, after) => before.kind !== after.kind || before.type !== after.type],
  ['read_only', (before, after) => WRITTEN[before.written ?? 'never'] > WRITTEN[after.written ?? 'never']],
  ['narrowed', (before, after) => isNarrower(before.values, after.values) || isNarrower(before.taken, after.taken)],
  ['required', (before, after) => before.needed !== true && after.needed === true],
  ['may_be_null', (before, after) => before.nullable !== true && after.nullable === true],
  ['never_null', (before, after) => before.nullable === true && after.nullable !== true && after.written !== undefined],
];

const WRITTEN = { never: 0, create: 1, always: 2 } as const;

/** Whether a value that there was is none any more. Undefined: every value is one. */
function isNarrower(before: readonly string[] | undefined, after: readonly string[] | undefined): boolean {
  if (after === undefined) return false;
  return before === undefined || before.some((value) => !after.includes(value));
}

/** The items that differ, by path. Of a set that is new there is itself alone. */
export function changedItems(before: SchemaShape, after: SchemaShape): ChangedItem[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.flatMap((path) => {
    const { set } = splitSchemaPath(path);
    const [old, next] = [before.get(path), after.get(path)];
    if (canonicalJson(old) === canonicalJson(next) || (path !== set && !before.has(set))) return [];
    return [{ path, before: old ?? null }];
  });
}

function itemsOf(model: Model, entity: EntityType): [string, SchemaItem][] {
  const needed = new Set(payloadSchema(entity, 'create').required as readonly string[]);
  return [
    [entity.set, { kind: 'set', type: entity.name }],
    ...[...entity.properties.values()].map((property): [string, SchemaItem] => [
      `${entity.set}/${property.name}`,
      propertyItem(property, needed.has(property.name)),
    ]),
    ...[...entity.navigations.values()].map((navigation): [string, SchemaItem] => [
      `${entity.set}/${navigation.name}`,
      navigationItem(model, navigation),
    ]),
    ...[...entity.keys.values()].map(({ name, properties }): [string, SchemaItem] => [
      `${entity.set}#${name}`,
      { kind: 'key', type: properties.join(',') },
    ]),
  ];
}

function propertyItem(property: Property, needed: boolean): SchemaItem {
  const { type, nullable, values, secured } = property;
  const written = isWritable(property, 'update') ? 'always' : isWritable(property, 'create') ? 'create' : undefined;
  const taken = written === undefined ? undefined : takenValues(property);
  return {
    kind: 'property',
    type,
    ...(nullable ? { nullable } : {}),
    ...(needed ? { needed } : {}),
    ...(written === undefined ? {} : { written }),
    ...(values === undefined ? {} : { values: [...values].sort() }),
    ...(taken === undefined ? {} : { taken: [...taken].sort() }),
    ...(secured ? { secured } : {}),
  };
}

/** The closed set of values that a client may write, of an array the members. */
function takenValues({ valueSchema }: Property): readonly string[] | undefined {
  const items = valueSchema?.items as { readonly enum?: unknown } | undefined;
  const values = valueSchema?.enum ?? items?.enum;
  return Array.isArray(values) ? (values as string[]) : undefined;
}

function navigationItem(model: Model, { target, collection }: Navigation): SchemaItem {
  const set = model.entities.get(target)?.set ?? target;
  return { kind: 'navigation', type: collection ? `${set}[]` : set };
}
