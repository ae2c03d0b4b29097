// Runs an operation of an extension: its capability, the record it is bound to, its arguments; an action in one transaction. What
// it does is judged by the requests that it makes.
import { type EntityType, exactJsonText } from '@kartoteka/metadata';
import { exportFigures } from '../export/figures.ts';
import type { FailedJobs } from '../jobs/types.ts';
import { NAMESPACE } from '../namespace.ts';
import { inOneTransaction } from '../one-transaction.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { requireCapability } from '../plan/authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { JoinedDatabase } from '../repeat/joined-database.ts';
import { parseExportFormat } from '../request/export-format.ts';
import { type Format, parseFormat } from '../request/headers.ts';
import { contextUrl, header, jsonHeaders, noContent } from '../shape.ts';
import type { Database } from '../storage/types.ts';
import { argumentsOf } from './arguments.ts';
import { enginesOf, type Handle, readingEnginesOf } from './engine.ts';
import { extensionsOf } from './registry.ts';
import type { Arguments, OperationContext, OperationDefinition } from './types.ts';

/** The operation that a path names, and on what. */
export interface Called {
  readonly definition: OperationDefinition;
  readonly entity: EntityType | null;
  readonly id: string;
  /** What stood in its parentheses; null: there were none. */
  readonly given: string | null;
}

/** 200 with what the operation answers, as a file where one is asked for and it is a table, or 204. Throws its refusals, and what its arguments are refused with. */
export async function runExtension(env: RequestEnvironment, called: Called, handle: Handle): Promise<EngineResponse> {
  const { definition } = called;
  const { request, model, principal, database } = env;
  if (definition.capability !== undefined) requireCapability(principal, definition.capability);
  const { args, options } = argumentsOf(request, definition, extensionsOf(model).shapes, called.given);
  const file = definition.kind === 'function' ? parseExportFormat(header(request, 'accept'), options.format) : null;
  if (file !== null) {
    const exported = await exportFigures(env, file, {
      ...called,
      args,
      run: (given: Arguments) =>
        asked(definition, database, (within) => carryOut({ ...env, database: within }, called, given, handle)),
    });
    if (exported !== null) return exported;
  }
  const format = parseFormat(header(request, 'accept'), options.format);
  const run = (within: Database): Promise<unknown> => carryOut({ ...env, database: within }, called, args, handle);
  const answer =
    definition.kind === 'action' ? await inOneTransaction(database, run) : await asked(definition, database, run);
  return definition.returns === null ? noContent(request, {}) : answered(env, called, format, answer);
}

/** Several requests of a function see the same moment where it says so. */
function asked<T>(
  { snapshot }: OperationDefinition,
  database: Database,
  run: (within: Database) => Promise<T>,
): Promise<T> {
  if (snapshot !== true || database.inTransaction === true) return run(database);
  return database.snapshot((tx) => run(new JoinedDatabase(tx, database)));
}

/** Of engines without a job queue. */
const NO_JOBS: FailedJobs = { deadLetters: async () => [], replay: async () => 0 };

async function carryOut(
  env: RequestEnvironment,
  { definition, entity, id }: Called,
  args: Arguments,
  handle: Handle,
): Promise<unknown> {
  const { model, principal, request, database, jobs } = env;
  const engines = (definition.kind === 'action' ? enginesOf : readingEnginesOf)(env, handle);
  // A record that is hidden is missing.
  if (entity !== null && definition.binding === 'record') await engines.engine.get(`/${entity.set}(${id})?$select=id`);
  const context: OperationContext = {
    model,
    principal,
    request,
    entity,
    id,
    database,
    jobs: jobs?.within(database) ?? NO_JOBS,
    ...engines,
  };
  return definition.run(context, args);
}

function answered(
  { request }: RequestEnvironment,
  { definition }: Called,
  format: Format,
  answer: unknown,
): EngineResponse {
  const { shape = '', collection } = definition.returns ?? {};
  const type = collection === true ? `Collection(${NAMESPACE}.${shape})` : `${NAMESPACE}.${shape}`;
  const context = contextUrl(request, format, type);
  const members = (collection === true && Array.isArray(answer) ? { value: answer } : answer) as object;
  const body = exactJsonText({ ...(context === null ? {} : { '@odata.context': context }), ...members });
  return { status: 200, headers: jsonHeaders(request, format.metadata, format.ieee754), body };
}
