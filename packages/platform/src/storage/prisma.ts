// Prisma Client for credentials, sessions, API keys and settings, on connections of its own. It must not be used for what
// has to commit together with records or DDL: that goes through database.ts. Never pass a request's body into it.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/prisma/client.ts';
import type { StorageLog } from './types.ts';

export type { Prisma, PrismaClient } from './generated/prisma/client.ts';

/** Times are milliseconds. */
export interface PrismaOptions {
  /** Connections at most; 3 when not given. */
  readonly poolSize?: number;
  readonly applicationName?: string;
  readonly statementTimeout?: number;
  /** How long a call waits for a connection before it fails. */
  readonly waitTimeout?: number;
  readonly log?: StorageLog;
}

/** A client on the platform tables. Connects at the first use; close it with `$disconnect()`. */
export function createPrismaClient(url: string, options: PrismaOptions = {}): PrismaClient {
  const { waitTimeout = 5_000, statementTimeout = 30_000 } = options;
  const config = {
    connectionString: url,
    max: options.poolSize ?? 3,
    application_name: `${options.applicationName ?? 'kartoteka'} prisma`,
    statement_timeout: statementTimeout,
    connectionTimeoutMillis: waitTimeout,
    options: '-c timezone=UTC',
  };
  // A broken idle connection is replaced at the next use; without these callbacks it would end the process.
  const onError = (error: Error) =>
    options.log?.warn({ code: (error as { code?: string }).code }, 'a database connection broke');
  const adapter = new PrismaPg(config, { onPoolError: onError, onConnectionError: onError });
  // Prisma's own limits (2 s and 5 s) are shorter than those of a single statement.
  return new PrismaClient({ adapter, transactionOptions: { maxWait: waitTimeout, timeout: statementTimeout } });
}
