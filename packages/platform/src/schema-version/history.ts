// Which version the schema of a Model has, and what programs that were made for earlier versions cannot go on with. It is read along
// with the Model and then asked without a database; who may know of what is decided by check.ts.
import {
  type ChangedItem,
  changedItems,
  differingShapes,
  type Model,
  type SchemaBreak,
  type SchemaShape,
  schemaBreak,
  schemaShape,
  schemaVersion,
  splitSchemaPath,
} from '@kartoteka/metadata';
import type { SchemaChange } from '../publish/store.ts';

/** An item that programs made for an earlier version know otherwise than it is. */
export interface Broken extends ChangedItem {
  readonly reason: SchemaBreak;
}

export interface SchemaHistory {
  /** Of the Model. */
  readonly version: string;
  /** What is in the way of programs made for a version; undefined where that is not known. */
  since(version: string): readonly Broken[] | undefined;
}

const kept = new WeakMap<Model, readonly SchemaChange[]>();
const histories = new WeakMap<Model, SchemaHistory>();

/** Keeps what was read with a Model until somebody asks for it. */
export function keepSchemaChanges(model: Model, changes: readonly SchemaChange[]): void {
  kept.set(model, changes);
}

/** Of a Model that was linked from files alone it holds the one version. */
export function schemaHistory(model: Model): SchemaHistory {
  let history = histories.get(model);
  if (history === undefined) {
    history = historyOf(model, kept.get(model) ?? []);
    histories.set(model, history);
  }
  return history;
}

function historyOf(model: Model, changes: readonly SchemaChange[]): SchemaHistory {
  const version = changes.at(-1)?.after ?? schemaVersion(model);
  // What has come back since meets only the changes after its latest time.
  const latest = new Map(changes.map(({ before }, at) => [before, at]));
  // Programs in use know few versions; only those that are asked for are worked out.
  const known = new Map<string, readonly Broken[]>([[version, []]]);
  return {
    version,
    since(asked) {
      const at = latest.get(asked);
      if (known.has(asked) || at === undefined) return known.get(asked);
      const broken = brokenSince(schemaShape(model), changes.slice(at));
      known.set(asked, broken);
      return broken;
    },
  };
}

/** Of several changes of an item the earliest counts: from the latest back. */
function brokenSince(shape: SchemaShape, changes: readonly SchemaChange[]): readonly Broken[] {
  const broken = new Map<string, Broken>();
  for (const { changes: items } of [...changes].reverse()) {
    for (const item of items) {
      const reason = schemaBreak(item.before ?? undefined, shape.get(item.path));
      if (reason === null) broken.delete(item.path);
      else broken.set(item.path, { ...item, reason });
      if (item.before === null && splitSchemaPath(item.path).name === '') forget(broken, item.path);
    }
  }
  return told(broken);
}

/** Who knows no such set yet cannot miss what was in it later. */
function forget(broken: Map<string, Broken>, set: string): void {
  for (const path of broken.keys()) if (splitSchemaPath(path).set === set) broken.delete(path);
}

/** Of a set that is gone there is nothing more to tell. */
function told(broken: ReadonlyMap<string, Broken>): readonly Broken[] {
  return [...broken.values()].filter(({ path }) => {
    const { set } = splitSchemaPath(path);
    return path === set || broken.get(set)?.reason !== 'removed';
  });
}

/** What a publish records of the schema; null where its version stays. */
export function schemaChange(before: Model, after: Model, changes: readonly SchemaChange[]): SchemaChange | null {
  // Compared and not by their versions: how one is made of the other may differ between releases of the product.
  const [old, next] = [schemaVersion(before), schemaVersion(after)];
  if (old === next) return null;
  const shapes = differingShapes(before, after);
  return {
    revision: after.revision,
    before: changes.at(-1)?.after ?? old,
    after: next,
    changes: changedItems(shapes.before, shapes.after),
  };
}
