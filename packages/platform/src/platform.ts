// Composition root: a database and documents become a running engine. It wires parts together and decides nothing.
import type { Model, SourceDocument } from '@kartoteka/metadata';
import { assignmentHooks } from './assignment/hook.ts';
import { ASSIGNMENT_SHAPES, assignmentOperations } from './assignment/operations.ts';
import { sqlState } from './database-errors.ts';
import { duplicateHooks } from './duplicates/hook.ts';
import { duplicateOperations } from './duplicates/operations.ts';
import { PlatformError } from './errors.ts';
import { enginesOf, innerRequest } from './extensions/engine.ts';
import { Extensions, serveWith } from './extensions/registry.ts';
import type { Engine, Engines, EngineTransaction, Extension } from './extensions/types.ts';
import { type Hook, HookRegistry } from './hooks.ts';
import { installJobs } from './jobs/boss.ts';
import { PlatformJobs } from './jobs/jobs.ts';
import { JOB_SHAPES, jobOperations } from './jobs/operations.ts';
import type { JobDefinition, Jobs } from './jobs/types.ts';
import { MERGE_SHAPES, mergeOperations } from './merge/operations.ts';
import { inOneTransaction } from './one-transaction.ts';
import type { OpenApiParts } from './openapi/types.ts';
import { PAST_SHAPES, pastOperations } from './past/operations.ts';
import { handleRequest, type PublishingNode, type RequestEnvironment } from './pipeline.ts';
import type { EngineRequest, EngineResponse, Log, Platform } from './platform-types.ts';
import { type Follower, followModel } from './publish/follow.ts';
import { publish } from './publish/publish.ts';
import { type StepRunner, startStepRunner } from './publish/step-runner.ts';
import { JoinedDatabase } from './repeat/joined-database.ts';
import { ACT_AS, Acting } from './security/acting.ts';
import { DIRECTORY, entityOf } from './security/directory.ts';
import { securityHooks } from './security/hooks.ts';
import { principals as createPrincipals, type Principals } from './security/principals.ts';
import type { Principal } from './security/types.ts';
import { directoryEventHooks } from './security-log/directory-events.ts';
import { LimitedEvents } from './security-log/limited.ts';
import type { RequestSource } from './security-log/record.ts';
import { STAY_SHAPES, stayOperations } from './stays/operations.ts';
import { connectDatabase, type DatabaseOptions } from './storage/database.ts';
import { migrate } from './storage/migrate.ts';
import type { Database } from './storage/types.ts';

export interface PlatformOptions {
  readonly databaseUrl: string;
  /** The base documents to publish at start; null: serve what the database holds. */
  readonly documents: readonly SourceDocument[] | null;
  /** Version of the product that ships `documents`. */
  readonly baseVersion?: string;
  /** What the packages above add: hooks, operations, jobs. */
  readonly extensions?: readonly Extension[];
  /** Further hooks. */
  readonly hooks?: readonly Hook[];
  /** Further kinds of jobs. They can be added at once; they are run after `platform.jobs.start()`. */
  readonly jobs?: readonly JobDefinition[];
  readonly log: Log;
  readonly database?: DatabaseOptions;
  /** What the OpenAPI document says of the service around the engine. */
  readonly openApi?: (caller: Principal) => OpenApiParts;
}

/** Connects, migrates, publishes the documents and follows the Model. Throws StartupError or PlatformError. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  await migrate(options.databaseUrl);
  const database = await connectDatabase(options.databaseUrl, options.database);
  try {
    await bringUp(database, options);
    await installJobs(options.databaseUrl, jobsOf(options), options.log);
    return await assemble(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Publishes the documents. What takes long runs while the service is there already. */
async function bringUp(database: Database, options: PlatformOptions): Promise<void> {
  const { documents, baseVersion, log } = options;
  if (documents === null) return;
  const version = baseVersion === undefined ? {} : { baseVersion };
  await publish(database, {
    documents,
    author: null,
    comment: 'Start of the service',
    background: true,
    log,
    ...version,
  });
}

function jobsOf({ extensions = [], jobs = [] }: PlatformOptions): readonly JobDefinition[] {
  return [...extensions.flatMap((extension) => extension.jobs ?? []), ...jobs];
}

/** What the platform does by the same means as packages above. */
const PLATFORM: Extension = {
  name: 'platform',
  operations: [
    ...assignmentOperations,
    ...duplicateOperations,
    ...mergeOperations,
    ...pastOperations,
    ...stayOperations,
    ...jobOperations,
  ],
  shapes: { ...ASSIGNMENT_SHAPES, ...MERGE_SHAPES, ...PAST_SHAPES, ...STAY_SHAPES, ...JOB_SHAPES },
};

async function assemble(database: Database, options: PlatformOptions): Promise<Platform> {
  const served: { model: Model | undefined } = { model: undefined };
  const model = (): Model => {
    if (served.model === undefined) throw new Error('no Model yet');
    return served.model;
  };
  const principals = createPrincipals(database, model);
  const extensions = new Extensions([PLATFORM, ...(options.extensions ?? [])]);
  const requests: { env?: Omit<RequestEnvironment, 'model' | 'principal' | 'request'> } = {};
  const hooks = new HookRegistry(({ model, principal, tx, request }) => {
    if (requests.env === undefined) throw new Error('the platform is not there yet');
    const within = new JoinedDatabase(tx, database);
    return enginesOf(
      {
        ...requests.env,
        hooks: hooks.of(model),
        database: within,
        model,
        principal,
        request: innerRequest(request),
      },
      handleRequest,
    );
  });
  const directory = new DirectoryWrites();
  hooks.register(...directoryEventHooks(), ...securityHooks(), ...directory.hooks());
  for (const extension of options.extensions ?? []) hooks.register(...(extension.hooks ?? []));
  hooks.register(...(options.hooks ?? []));
  hooks.registerMade(
    assignmentHooks,
    duplicateHooks,
    ...(options.extensions ?? []).flatMap(({ modelHooks = [] }) => modelHooks),
  );
  const running: { steps?: StepRunner } = {};
  const follower = await followModel(database, {
    onModel: (next) => {
      serveWith(next, extensions);
      served.model = next;
      running.steps?.wake();
    },
    onSecurity: () => principals.flush(),
    log: options.log,
  });
  const steps = startStepRunner(database, options.log);
  running.steps = steps;
  const events = new LimitedEvents(database, options.log);
  const node = publishingNode(follower, steps, options.log);
  const { openApi } = options;
  const { databaseUrl: url, log } = options;
  const definitions = jobsOf(options);
  const jobs = new PlatformJobs({ url, definitions, database, log, platform: () => platform });
  requests.env = { database, hooks, events, node, openApi, jobs };
  const services = { database, follower, steps, principals, hooks, directory, model, events, node, openApi, jobs };
  const parts = { ...services, extensions: options.extensions ?? [] };
  const platform: Platform = new RunningPlatform(parts);
  return platform;
}

/** What a publish by a request needs of this node. */
function publishingNode(follower: Follower, steps: StepRunner, log: Log): PublishingNode {
  return {
    log,
    async published(revision) {
      if (!(await follower.reach(revision)))
        log.warn({ revision }, 'the published model is not served by this node yet');
    },
    lookAfterSteps: () => steps.wake(),
  };
}

interface Parts {
  readonly database: Database;
  readonly follower: Follower;
  readonly steps: StepRunner;
  readonly principals: Principals;
  readonly hooks: HookRegistry;
  readonly directory: DirectoryWrites;
  readonly model: () => Model;
  readonly events: LimitedEvents;
  readonly node: PublishingNode;
  readonly openApi: PlatformOptions['openApi'];
  readonly jobs: Jobs;
  readonly extensions: readonly Extension[];
}

/** Counts the writes of users, teams, units and roles by this node, so that requests under which there were some can be told. */
class DirectoryWrites {
  count = 0;

  hooks(): readonly Hook[] {
    const operations = ['create', 'update', 'delete', 'restore'] as const;
    const after = async (): Promise<void> => {
      this.count += 1;
    };
    return Object.values(DIRECTORY).map((entity) => ({ entity, operations, after }));
  }
}

/** undefined_table, undefined_column */
const GONE: ReadonlySet<string> = new Set(['42P01', '42703']);

class RunningPlatform implements Platform {
  readonly database: Database;
  readonly principals: Principals;
  readonly model: () => Model;
  readonly events: LimitedEvents;
  readonly jobs: Jobs;
  readonly #follower: Follower;
  readonly #steps: StepRunner;
  readonly #hooks: HookRegistry;
  readonly #directory: DirectoryWrites;
  readonly #acting: Acting;
  readonly #node: PublishingNode;
  readonly #openApi: PlatformOptions['openApi'];
  readonly #extensions: readonly Extension[];

  constructor(parts: Parts) {
    this.database = parts.database;
    this.principals = parts.principals;
    this.model = parts.model;
    this.events = parts.events;
    this.jobs = parts.jobs;
    this.#follower = parts.follower;
    this.#steps = parts.steps;
    this.#hooks = parts.hooks;
    this.#directory = parts.directory;
    this.#openApi = parts.openApi;
    this.#node = parts.node;
    this.#extensions = parts.extensions;
    this.#acting = new Acting({ ...parts, mayRead: (caller, userId) => this.#mayRead(caller, userId) });
  }

  async handle(request: EngineRequest, principal: Principal): Promise<EngineResponse> {
    const { count } = this.#directory;
    try {
      const answer = await this.#serve(request, principal);
      // Who is told that somebody is cut off finds him cut off, at this node at once.
      if (count !== this.#directory.count) await this.#follower.check();
      return answer;
    } catch (error) {
      return this.#afterPublish(error, request, principal);
    }
  }

  #serve(request: EngineRequest, principal: Principal): Promise<EngineResponse> {
    const model = principal.model ?? this.model();
    const { database, events, jobs } = this;
    const hooks = this.#hooks.of(model);
    const env = { model, principal, database, hooks, events, jobs, node: this.#node, openApi: this.#openApi };
    return handleRequest({ ...env, request });
  }

  /**
   * What hidden data leaves behind is there for requests that are under way, but a purge, or a new table in the place of a removed
   * one, takes it from them: a read is served anew by the Model that is in force now; who writes is told to repeat it.
   */
  async #afterPublish(error: unknown, request: EngineRequest, principal: Principal): Promise<EngineResponse> {
    const state = sqlState(error);
    if (state === undefined || !GONE.has(state)) throw error;
    const { revision } = principal.model ?? this.model();
    await this.#follower.check();
    if (this.model().revision === revision) throw error;
    const isPlain = principal.kind === 'user' && principal.callerId === undefined;
    const reader = request.method === 'GET' && isPlain ? await this.principals.get(principal.id) : null;
    if (reader !== null) return this.#serve(request, reader);
    throw new PlatformError('conflict', { reason: 'The metadata has been changed meanwhile; repeat the request' });
  }

  engineFor(principal: Principal): Engine {
    return this.#engines(principal, this.database).engine;
  }

  transaction<T>(principal: Principal, work: (within: EngineTransaction) => Promise<T>): Promise<T> {
    return inOneTransaction(this.database, (joined, tx) => {
      const model = principal.model ?? this.model();
      return work({ ...this.#engines(principal, joined), tx, model });
    });
  }

  #engines(principal: Principal, database: Database): Engines {
    const model = principal.model ?? this.model();
    const { events, jobs } = this;
    const hooks = this.#hooks.of(model);
    const env = { model, principal, database, hooks, events, jobs, node: this.#node, openApi: this.#openApi };
    return enginesOf({ ...env, request: innerRequest() }, handleRequest);
  }

  unreadableRevision(): number | null {
    return this.#follower.unreadable;
  }

  actAs(caller: Principal, userId: string, source?: RequestSource): Promise<Principal> {
    return this.#acting.as(caller, userId, source);
  }

  /** Asked through the pipeline, as a client would: one rule for who sees whom. */
  async #mayRead(caller: Principal, userId: string): Promise<boolean> {
    const { set } = entityOf(caller.model ?? this.model(), DIRECTORY.user);
    const request = { method: 'GET', path: `/${set}(${userId})`, query: '$select=id', headers: {}, body: null };
    try {
      await this.handle({ ...request, baseUrl: '', client: null }, caller);
      return true;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (error.code === 'not_found') return false;
      throw error.with({ target: ACT_AS, details: [] });
    }
  }

  async close(): Promise<void> {
    await this.jobs.stop();
    for (const extension of this.#extensions) await extension.close?.();
    await this.#follower.stop();
    await this.#steps.stop();
    await this.events.flush();
    await this.database.close();
  }
}
