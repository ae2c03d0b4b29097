// Executes a write: hooks, validation, the one statement, the verdict. The only entry to changing records; it prints no SQL.
import { randomUUIDv7 } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import { type Hook, type HookContext, type PendingWrite, refuseWrite, type WrittenRecord } from '../hooks.ts';
import { ruledOwner, trustedProperties } from '../plan/secured.ts';
import { targetTypes } from '../plan/write.ts';
import { requirePrivilege } from '../plan/write-authorize.ts';
import { bindStatement } from '../sql/bind.ts';
import type { Executor, Row } from '../storage/types.ts';
import { Cascade, imageOf } from './cascade.ts';
import { withRetries } from './database-errors.ts';
import { executeDelete } from './delete.ts';
import { linkRecords, printRecord } from './link.ts';
import { followOwner, movedRecord } from './owners.ts';
import { compiledWrite } from './plan-cache.ts';
import type { CreateRequest, UpdateRequest, WriteEnvironment, WriteRequest, WriteResult } from './request.ts';
import { executeRestore } from './restore.ts';
import { columnValues } from './values.ts';
import { verdictError } from './verdict.ts';
import { versionList } from './version-list.ts';

/**
 * Creates, updates, deletes or restores one record: one statement and one round trip unless hooks, or relations of a deleted
 * record, need a transaction (a restore always does). Throws PlatformError: missing_privilege, secured_property, validation_failed (with every finding),
 * not_found, missing_privilege_on_record, precondition_failed, duplicate_key, still_referenced, not_deleted, target_deleted, conflict.
 */
export async function executeWrite(environment: WriteEnvironment, request: WriteRequest): Promise<WriteResult> {
  const { model } = environment;
  return withRetries(model, request.entity, () => {
    if (request.operation === 'delete') return executeDelete(environment, request);
    if (request.operation === 'restore') return executeRestore(environment, request);
    const id = request.operation === 'update' ? request.id : newId(request);
    const hooks = environment.hooks.for(request.entity.name, request.operation);
    if (hooks.length > 0 || hasLinks(request)) return writeInSteps(environment, request, id);
    return writeRecord(environment, null, request, { id, values: request.values, images: false }).then(
      ({ result }) => result,
    );
  });
}

/** A client may choose the id of a new record; whether it is one is validated with the other values. */
function newId(request: CreateRequest): string {
  const { id } = request.values;
  return request.id ?? (typeof id === 'string' ? id.toLowerCase() : randomUUIDv7());
}

interface RecordWrite {
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly images: boolean;
}

const hasLinks = ({ links }: CreateRequest | UpdateRequest): boolean => links !== undefined && links.length > 0;

/** A write with hooks, or with links that are made when the record is there. */
async function writeInSteps(
  environment: WriteEnvironment,
  request: CreateRequest | UpdateRequest,
  id: string,
): Promise<WriteResult> {
  const { entity, operation, principal } = request;
  requirePrivilege(principal, entity, operation === 'create' ? 'create' : 'write');
  const hooks = environment.hooks.for(entity.name, operation);
  const pending = { id, values: { ...request.values } };
  const { model, database } = environment;
  const concerned = (): readonly Hook[] =>
    hooks.filter((hook) => needsTransaction(hook, { model, operation, principal }, pending));
  const run = async (tx: Executor | null): Promise<WriteResult> => {
    const annotations: Record<string, unknown> = {};
    const context: HookContext = {
      model,
      principal,
      operation,
      entity: entity.name,
      tx: tx ?? database,
      engines: () => environment.hooks.enginesWithin({ model, principal, tx, request: environment.request }),
      request: environment.request,
      refuse: refuseWrite,
      annotate: (_record, name, value) => {
        annotations[name] = value;
      },
    };
    for (const hook of hooks) await hook.before?.(context, [pending]);
    const write = { id, values: pending.values };
    const acting = concerned().filter((hook) => hook.after !== undefined);
    const result = await writeActing(environment, context, tx, request, write, acting);
    return Object.keys(annotations).length === 0 ? result : { ...result, annotations };
  };
  return hasLinks(request) || concerned().length > 0 ? database.transaction(run) : run(null);
}

/** The write and the hooks after it: what hooks before have patched may be what concerns these, and then needs a transaction. */
async function writeActing(
  environment: WriteEnvironment,
  context: HookContext,
  tx: Executor | null,
  request: CreateRequest | UpdateRequest,
  pending: Omit<RecordWrite, 'images'>,
  acting: readonly Hook[],
): Promise<WriteResult> {
  const { database, hooks } = environment;
  if (tx === null && acting.length > 0) {
    return database.transaction((opened) => {
      const engines = () => hooks.enginesWithin({ ...context, tx: opened });
      return writeActing(environment, { ...context, tx: opened, engines }, opened, request, pending, acting);
    });
  }
  const write = { ...pending, images: acting.length > 0 };
  const { result, record } = hasLinks(request)
    ? await writeLinked(environment, tx ?? database, request, write)
    : await writeRecord(environment, tx, request, write);
  if (record !== null) for (const hook of acting) await hook.after?.(context, [record]);
  return result;
}

/** Asked before the hooks run: one that only looks at payloads, or that such payloads do not concern, leaves the write its one statement. */
function needsTransaction(
  hook: Hook,
  { model, operation, principal }: Pick<HookContext, 'model' | 'operation' | 'principal'>,
  pending: PendingWrite,
): boolean {
  if (hook.before === undefined && hook.after === undefined) return false;
  return hook.needsTransaction?.(model, operation, [pending], principal) ?? true;
}

interface Written {
  readonly result: WriteResult;
  /** Images for after-hooks, when they were asked for and something was written. */
  readonly record: WrittenRecord | null;
}

/**
 * A record and its links, which are judged by the record as it is in the database: as it was before an update, as it has become by
 * a create. What is answered is printed last, so that an expand shows them.
 */
async function writeLinked(
  environment: WriteEnvironment,
  tx: Executor,
  request: CreateRequest | UpdateRequest,
  write: RecordWrite,
): Promise<Written> {
  const { entity, principal, client, representation, links = [] } = request;
  const linking = { cascade: new Cascade(environment, principal, tx), entity, id: write.id, client };
  const link = async (): Promise<void> => {
    for (const change of links) await linkRecords(linking, change);
  };
  if (request.operation === 'update') {
    await link();
    return writeRecord(environment, tx, request, write);
  }
  const written = await writeRecord(environment, tx, { ...request, representation: null }, write);
  await link();
  const body = representation === null ? null : await printRecord(linking, representation);
  return { ...written, result: { ...written.result, body } };
}

/** `tx`: the transaction that the write is part of; null: none, unless the write needs one itself. */
async function writeRecord(
  environment: WriteEnvironment,
  tx: Executor | null,
  request: CreateRequest | UpdateRequest,
  write: RecordWrite,
): Promise<Written> {
  const { model, database } = environment;
  const { entity, operation, principal, representation } = request;
  const values = columnValues({ entity, operation, principal, values: write.values, sent: request.values });
  const versions = request.operation === 'update' ? versionList(request.ifMatch) : null;
  const shape = {
    entity,
    operation,
    names: Object.keys(values),
    trusted: [
      ...trustedProperties(entity, values, request.values),
      ...ruledOwner(entity, operation, values, request.values),
    ],
    types: targetTypes(entity, values),
    versioned: versions !== null,
    representation,
    images: write.images,
  };
  const compiled = compiledWrite(model, principal, shape);
  values.id = write.id;
  values['@if_match'] = versions;
  values['@client'] = request.client;
  const parameters = bindStatement(compiled.statement, { model, principal, literals: [], values });
  const { hasty } = compiled;
  const run = async (executor: Executor): Promise<Row> => {
    const { text } = compiled.statement;
    const rows =
      hasty !== null && executor === database
        ? await database.runTogether({ text, hasty, isDone }, parameters)
        : await executor.run(text, parameters, { prepare: true });
    const [row] = rows;
    if (row === undefined) throw new PlatformError('not_found');
    if (row.failed !== '')
      throw verdictError(compiled.checks, String(row.failed), operation === 'update' ? write.id : undefined);
    return row;
  };
  const row = compiled.followed
    ? await withFollowers(environment, tx, request, write.id, run)
    : await run(tx ?? database);
  return writtenOf(write.id, write.images, row);
}

/**
 * Runs the statement of an update, and in the same transaction brings along what follows the record's owner. The answer may
 * show what followed, so that it is printed after.
 */
function withFollowers(
  environment: WriteEnvironment,
  tx: Executor | null,
  { entity, principal, client, representation }: CreateRequest | UpdateRequest,
  id: string,
  run: (executor: Executor) => Promise<Row>,
): Promise<Row> {
  const both = async (executor: Executor): Promise<Row> => {
    const row = await run(executor);
    if (row.moved !== true) return row;
    const cascade = new Cascade(environment, principal, executor);
    await followOwner(cascade, { entity, records: [movedRecord(id, row)] }, client);
    if (representation === null) return row;
    return { ...row, body: await printRecord({ cascade, entity, id, client }, representation) };
  };
  return tx === null ? environment.database.transaction(both) : both(tx);
}

function writtenOf(id: string, images: boolean, row: Row): Written {
  const changed = row.changed === true;
  const body = typeof row.body === 'string' ? row.body : null;
  const record = images && changed ? { id, before: imageOf(row.before), after: imageOf(row.after) } : null;
  return { result: { id, version: String(row.version), changed, body }, record };
}

/** Whether the statement did what was asked; what it passed over because others had it may have been in the way. */
function isDone([row]: readonly Row[]): boolean {
  return row?.failed === '';
}
