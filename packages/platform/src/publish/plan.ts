// What a publish will do, worked out from what is stored and what is asked: parse, link, assign columns, diff, DDL. Pure, so
// that all of it happens before any lock is taken.
import {
  atOnce,
  compileSteps,
  type DocumentKind,
  diffModels,
  type Model,
  type ModelChange,
  type Property,
  polymorphicLookups,
  type SourceDocument,
  type Steps,
  type StorageRecord,
  type TableShape,
  tableShapeSteps,
} from '@kartoteka/metadata';
import { schemaChange } from '../schema-version/history.ts';
import { type DdlPlan, type DdlPrecondition, type DdlStep, ddlForChange } from '../sql/ddl.ts';
import { fillingSteps } from '../sql/ddl-rows.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import { ColumnAllocator, recordedColumns, retypedProperties, storageRecord } from './columns.ts';
import { type Conversion, conversionsOf } from './conversions.ts';
import { faultPoint } from './fault.ts';
import { ownershipsOf, refuseOwnershipChange, requireOwnersOfKept } from './fixed-ownership.ts';
import type { HiddenTable } from './hidden/tables.ts';
import { InvalidDocuments } from './invalid-documents.ts';
import { requireComplete } from './package-alone.ts';
import { installedManifests, type PackageEffect } from './package-change.ts';
import type { Remains, StoredPackage } from './package-store.ts';
import { MetadataMemory } from './read-stored.ts';
import { NOTHING_LEFT, openedProperties, type Revived, remainsOf, revive, withoutReplaced } from './remains.ts';
import { looseLookups, withoutLooseLinks, withReturning } from './returning.ts';
import { isSameBody, type SchemaChange, type Stored, type StoredColumn, storedDocument } from './store.ts';

/** One document to put into a layer or to take out of it (`body` null). */
export interface DocumentChange {
  readonly kind: DocumentKind;
  readonly name: string;
  /** `custom` unless given; `base` belongs to the shipped files. */
  readonly layer?: SourceDocument['layer'];
  readonly body: unknown;
}

export interface PublishPlan {
  readonly documents: readonly SourceDocument[];
  readonly columns: readonly StoredColumn[];
  /** What is published now; null before the first publish. */
  readonly before: Model | null;
  /** Linked with the next revision's number. */
  readonly model: Model;
  readonly changes: readonly ModelChange[];
  readonly ddl: DdlPlan;
  /** Values that a background step brings over to another type. */
  readonly conversions: readonly Conversion[];
  /** Null where programs know the Model as it was before. */
  readonly schemaChange: SchemaChange | null;
  /** The registry of packages afterwards; null where it stays as it is. */
  readonly packages: readonly StoredPackage[] | null;
  /** Tables, and columns as `table.column`, whose kept values are reached again. */
  readonly restored: readonly string[];
  /** Tables that are taken up again, as they were found. */
  readonly revived: readonly TableShape[];
  /** Tables that nobody reaches any more. */
  readonly hidden: readonly HiddenTable[];
}

/**
 * The documents after the change: `documents` replaces the base layer as a whole, `changes` single documents. Returns null
 * when nothing changes.
 */
export function nextDocuments(
  stored: readonly SourceDocument[],
  asked: { readonly documents?: readonly SourceDocument[]; readonly changes?: readonly DocumentChange[] },
): SourceDocument[] | null {
  const kept = asked.documents === undefined ? stored : stored.filter((document) => document.layer !== 'base');
  const next = new Map([...(asked.documents ?? []), ...kept].map((document) => [keyOf(document), document]));
  for (const change of asked.changes ?? []) {
    const { kind, name, layer = 'custom', body } = change;
    const document = storedDocument({ kind, name, layer, body });
    if (body === null) next.delete(keyOf(document));
    else next.set(keyOf(document), document);
  }
  const before = new Map(stored.map((document) => [keyOf(document), document]));
  const same = before.size === next.size && [...next].every(([key, document]) => isSameBody(before.get(key), document));
  return same ? null : [...next.values()];
}

/**
 * Works out a publish; with `effect` that of a package. Throws PlatformError `invalid_documents` with one detail per finding
 * (target = source#pointer).
 */
export function planPublish(
  stored: Stored,
  documents: readonly SourceDocument[],
  effect: PackageEffect | null = null,
): PublishPlan {
  return atOnce(planSteps(stored, documents, effect, new MetadataMemory()));
}

/** As planPublish, in pieces; what the memory holds is not built again. */
export function* planSteps(
  stored: Stored,
  documents: readonly SourceDocument[],
  effect: PackageEffect | null,
  memory: MetadataMemory,
): Steps<PublishPlan> {
  faultPoint('before_parse');
  const { before, model, known } = yield* linkBoth(stored, documents, effect, memory);
  if (effect !== null && effect.to !== null)
    yield* requireComplete(documents, installedManifests(effect.packages), effect.name);
  faultPoint('after_parse');
  refuseOwnershipChange(before, model);
  const shapes = yield* tableShapeSteps(model);
  const old = stillWanted(known, shapes);
  const ddl = withReturning(ddlForChange(before === null ? null : old, shapes), known, { model, shapes });
  yield;
  const columns = recordedColumns(known.columns, old, shapes);
  yield;
  const changes = diffModels(before, model);
  yield;
  const conversions = conversionsOf(before, model, stored.former);
  yield;
  return {
    documents,
    columns,
    before,
    model,
    conversions,
    changes,
    schemaChange: before === null ? null : schemaChange(before, model, stored.schemaChanges),
    ddl: {
      steps: [
        ...moveAside(stored, old, shapes),
        ...withConversions(ddl.steps, conversions),
        ...defaultsOfRestored(known, shapes),
      ],
      preconditions: [
        ...moreTargets(before, model),
        ...conversions.flatMap(({ preconditions }) => preconditions),
        ...ddl.preconditions,
      ],
      // What was not reached before is not lost.
      losses: ddl.losses.filter((loss) => !isRevived(loss, known)),
    },
    packages: packagesAfter(stored, effect, before, old, shapes),
    restored: restoredOf(known, shapes),
    revived: known.shapes.filter(({ name }) => known.offered.has(name)),
    hidden: hiddenBy(before, old, shapes),
  };
}

/** Before whatever else runs in the background: texts are made of the values, and keys are over them. */
function withConversions(steps: readonly DdlStep[], conversions: readonly Conversion[]): DdlStep[] {
  const inside = steps.filter(({ phase }) => phase === 'transaction');
  const after = steps.filter(({ phase }) => phase === 'after');
  return [...inside, ...conversions.map(({ step }) => step), ...after];
}

/** Records that were made while a column was hidden have no value in it. */
function defaultsOfRestored({ offered }: Revived, shapes: readonly TableShape[]): DdlStep[] {
  if (offered.size === 0) return [];
  return shapes.flatMap((shape) =>
    shape.columns.flatMap((column) => {
      const { name, type, property, fill } = column;
      if (fill === undefined || !offered.has(`${shape.name}.${name}`)) return [];
      return fillingSteps(shape, { ...column, derived: fill }, { name, type, property, notNull: false });
    }),
  );
}

function restoredOf({ offered }: Revived, shapes: readonly TableShape[]): string[] {
  if (offered.size === 0) return [];
  return shapes.flatMap(({ name, columns }) =>
    [name, ...columns.map((column) => `${name}.${column.name}`)].filter((each) => offered.has(each)),
  );
}

function hiddenBy(model: Model | null, before: readonly TableShape[], after: readonly TableShape[]): HiddenTable[] {
  const left = before.filter(({ name }) => !after.some((table) => table.name === name));
  const ownerships = ownershipsOf(model, left);
  return left.map((table) => ({ shape: { ...table, foreignKeys: [] }, ownership: ownerships[table.name] ?? null }));
}

/** Kept tables that the new Model has no use for stay out of sight. */
function stillWanted({ shapes, offered }: Revived, after: readonly TableShape[]): TableShape[] {
  return shapes.filter(({ name }) => !offered.has(name) || after.some((table) => table.name === name));
}

function isRevived(loss: string, { shapes, offered }: Revived): boolean {
  return shapes.some(({ name, entity, columns }) =>
    columns.some(
      (column) =>
        `${entity}.${column.property ?? column.name}` === loss &&
        (offered.has(name) || offered.has(`${name}.${column.name}`)),
    ),
  );
}

function packagesAfter(
  stored: Stored,
  effect: PackageEffect | null,
  model: Model | null,
  before: readonly TableShape[],
  after: readonly TableShape[],
): readonly StoredPackage[] | null {
  const packages = effect?.packages ?? stored.packages;
  const next = withoutReplaced(packages, before, after).map((each) =>
    effect?.action === 'uninstall' && each.manifest.name === effect.name
      ? { ...each, remains: remainsOf(model, before, after) }
      : each,
  );
  const same = next.length === stored.packages.length && next.every((each, at) => each === stored.packages[at]);
  return same ? null : next;
}

/** The Model of stored documents. Throws PlatformError `invalid_documents`, for example on documents of a newer version. */
export function modelOf(stored: Stored): Model {
  return atOnce(modelSteps(stored, new MetadataMemory()));
}

/** As modelOf, in pieces; what the memory holds is not built again. */
export function modelSteps(stored: Stored, memory: MetadataMemory): Steps<Model> {
  return link(stored.documents, stored, stored.revision, storageRecord(stored.columns), memory);
}

/**
 * A lookup with one target has not stored whose id it holds, and filling that in would hold up every writer of a large table:
 * it gets further targets only while no record has a value.
 */
function moreTargets(before: Model | null, after: Model): DdlPrecondition[] {
  return [...after.entities.values()].flatMap((entity) => {
    const old = before?.entities.get(entity.name);
    if (old === undefined || old === entity) return [];
    const isStored = (property: string): boolean =>
      old.properties.get(property)?.column === entity.properties.get(property)?.column;
    const single = polymorphicLookups(entity).filter(({ id, type }) => isStored(id) && !isStored(type));
    return single.map(({ id }) => {
      const { field, column } = entity.properties.get(id) as Property;
      const name = `${entity.name}.${field}`;
      const reason = `${name} has one target in stored records and cannot get several; add another lookup for that`;
      const sql = `select 1 as found from data.${quoteIdentifier(entity.table)} where ${quoteIdentifier(column)} is not null limit 1`;
      return { sql, reason, underLock: true };
    });
  });
}

function* linkBoth(
  stored: Stored,
  documents: readonly SourceDocument[],
  effect: PackageEffect | null,
  memory: MetadataMemory,
): Steps<{ before: Model | null; model: Model; known: Revived }> {
  const before = stored.revision === 0 ? null : yield* modelSteps(stored, memory);
  const shapes = before === null ? [] : yield* tableShapeSteps(before);
  let offer = offeredTo(stored, effect);
  let known = revive(stored.columns, shapes, offer);
  const columns = new ColumnAllocator(known.columns, known.shapes);
  const packages = effect?.packages ?? stored.packages;
  const linkNext = (): Steps<Model> => link(documents, { packages }, stored.revision + 1, columns, memory);
  const model = yield* linkNext();
  const next = yield* tableShapeSteps(model);
  offer = withoutLooseLinks(offer, known, next);
  known = revive(stored.columns, shapes, offer);
  requireOwnersOfKept(offer, known, model);
  const retyped = retypedProperties(known.shapes, next);
  const released = [...retyped, ...openedProperties(offer, model), ...looseLookups(known, model)];
  if (released.length === 0) return { before, model, known };
  for (const { entity, property } of released) columns.release(entity, property);
  return { before, model: yield* linkNext(), known };
}

/** What a package left comes back with it, and other hidden columns where that was asked for. */
function offeredTo({ restorable }: Stored, effect: PackageEffect | null): Remains {
  const [left, asked] = [effect?.revived ?? NOTHING_LEFT, restorable ?? NOTHING_LEFT];
  const isLeft = ({ table, column }: Remains['columns'][number]): boolean =>
    left.columns.some((each) => each.table === table && each.column.property === column.property);
  const columns = [...left.columns, ...asked.columns.filter((each) => !isLeft(each))];
  const tables = [
    ...left.tables,
    ...asked.tables.filter(({ name }) => !left.tables.some((each) => each.name === name)),
  ];
  return {
    ...{ tables, columns, secured: [...left.secured, ...asked.secured] },
    ownerships: { ...asked.ownerships, ...left.ownerships },
  };
}

function* link(
  documents: readonly SourceDocument[],
  { packages }: Pick<Stored, 'packages'>,
  revision: number,
  storage: StorageRecord,
  memory: MetadataMemory,
): Steps<Model> {
  const options = { revision, storage, packages: installedManifests(packages) };
  const linked = yield* compileSteps(documents, options, memory.build);
  if (!linked.ok) throw new InvalidDocuments(linked.errors);
  memory.build = linked.memory;
  return linked.model;
}

/** The table kept for a removed entity makes room for a new one of its name; its indexes move with it. */
function moveAside(stored: Stored, before: readonly TableShape[], after: readonly TableShape[]): DdlStep[] {
  const kept = new Set(stored.columns.map((column) => column.table));
  const schema = `hidden_${stored.revision + 1}`;
  const moved = after.filter((table) => kept.has(table.name) && !before.some((other) => other.name === table.name));
  const step = (sql: string, description: string, table?: string): DdlStep => ({
    ...(table === undefined ? {} : { table }),
    sql,
    description,
    phase: 'transaction',
    lock: 'access exclusive, short',
    additive: true,
  });
  if (moved.length === 0) return [];
  return [
    step(`create schema ${schema}`, `schema ${schema} for the tables of removed entities`),
    ...moved.map(({ name }) =>
      step(`alter table data.${quoteIdentifier(name)} set schema ${schema}`, `the old table ${name} makes room`, name),
    ),
  ];
}

const keyOf = (document: Pick<SourceDocument, 'kind' | 'name' | 'layer'>): string =>
  `${document.layer} ${document.kind} ${document.name}`;
