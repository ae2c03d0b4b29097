// Prisma's schema engine as WebAssembly over the pg driver adapter: no native binary, nothing downloaded. It is loaded only
// when there is something to do. It must not decide what to apply: it is given the list.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { type Migration, PLATFORM_SCHEMA } from './migrations.ts';

const NO_FILTERS = { externalTables: [], externalEnums: [] };
const LOCKFILE = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };

interface Engine {
  applyMigrations(input: object): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: object): Promise<{ stdout: string | null }>;
  free(): void;
}

interface Glue {
  readonly SchemaEngine: { new: (options: object, log: () => void, adapter: object) => Promise<Engine> };
  __wbg_set_wasm(exports: object): void;
}

/** Applies the migrations that the database lacks, writing Prisma's own `_prisma_migrations`. Returns their names. */
export async function applyMigrations(url: string, migrations: readonly Migration[]): Promise<string[]> {
  return withEngine(url, undefined, async (engine) => {
    const migrationDirectories = migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    }));
    const migrationsList = { baseDir: '.', lockfile: LOCKFILE, shadowDbInitScript: '', migrationDirectories };
    return (await engine.applyMigrations({ migrationsList, filters: NO_FILTERS })).appliedMigrationNames;
  });
}

/** SQL that brings the database to a Prisma schema; how a migration is authored. `-- This is an empty migration.` when equal. */
export async function diffToSchema(url: string, schema: string): Promise<string> {
  return withEngine(url, schema, async (engine) => {
    const files = [{ path: 'schema.prisma', content: schema }];
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
      shadowDatabaseUrl: null,
    });
    return stdout ?? '';
  });
}

async function withEngine<T>(
  url: string,
  schema: string | undefined,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const glue = await loadGlue();
  const { factory, failure, dispose } = scriptingFactory(url);
  try {
    const datamodels = [['schema.prisma', schema ?? 'datasource db {\n  provider = "postgresql"\n}\n']];
    const engine = await glue.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
    try {
      return await work(engine);
    } catch (error) {
      // The engine tells where it was, and not what the database said.
      throw failure() ?? error;
    } finally {
      engine.free();
    }
  } finally {
    await dispose();
  }
}

/**
 * The driver adapter, but with scripts sent whole: PostgreSQL then runs one in one transaction. The adapter's own way is to cut
 * it at every semicolon, in comments too, and to send the pieces one by one.
 */
function scriptingFactory(url: string): {
  factory: SqlMigrationAwareDriverAdapterFactory;
  /** What the database said about the script that failed. */
  failure(): unknown;
  dispose(): Promise<void>;
} {
  // The engine names its own table without a schema, so the search path decides where it is.
  const options = `-c search_path=${PLATFORM_SCHEMA}`;
  const inner = new PrismaPg({ connectionString: url, max: 1, options }, { schema: PLATFORM_SCHEMA });
  const adapters: { dispose(): Promise<void> }[] = [];
  let failed: unknown;
  const connect = async () => {
    const adapter = await inner.connect();
    adapters.push(adapter);
    adapter.executeScript = async (script) => {
      await adapter
        .underlyingDriver()
        .query(script)
        .catch((error: unknown) => {
          failed = error;
          throw error;
        });
    };
    readCatalogChars(adapter);
    return adapter;
  };
  const { provider, adapterName } = inner;
  const factory: SqlMigrationAwareDriverAdapterFactory = { provider, adapterName, connect, connectToShadowDb: connect };
  return {
    factory,
    failure: () => failed,
    dispose: async () => {
      for (const adapter of adapters) await adapter.dispose();
    },
  };
}

/**
 * Lets the engine read columns of the catalogue's one-byte type "char" (number 18), which the adapter refuses: they pass it as
 * char[] (1002), a type that the engine's questions do not ask for, and leave it as single characters.
 */
function readCatalogChars(adapter: PgAdapter): void {
  const pool = adapter.underlyingDriver() as unknown as PatchablePool;
  const query = pool.query.bind(pool);
  pool.query = async (...given) => {
    const result = await query(...given);
    for (const field of result.fields ?? []) if (field.dataTypeID === 18) field.dataTypeID = 1002;
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (question) => {
    const result = await queryRaw(question);
    const { Character, CharacterArray } = ColumnTypeEnum;
    return { ...result, columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)) };
  };
}

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>;

interface PatchablePool {
  query(...given: unknown[]): Promise<{ fields?: { dataTypeID: number }[] }>;
}

/** The part of the WebAssembly interface that is used; neither TypeScript's `es` libraries nor @types/node declare it. */
interface WebAssemblyApi {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: { __wbindgen_start?: () => void } } }>;
}
const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

let loaded: Promise<Glue> | undefined;

function loadGlue(): Promise<Glue> {
  loaded ??= (async () => {
    const directory = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
    const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as Glue;
    const bytes = readFileSync(join(directory, 'schema_engine_bg.wasm'));
    const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start?.();
    return glue;
  })();
  return loaded;
}
