// Where the database is: the server of DATABASE_URL, or the embedded one of the data folder, which is started here unless
// a running service has it already.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectDatabase, startEmbeddedPostgres } from '@kartoteka/platform';
import type { Settings } from './config.ts';
import type { Log } from './log.ts';

export interface DatabaseServer {
  readonly url: string;
  /** Stops the server if it was started here. */
  stop(): Promise<void>;
}

/** The database for a service, which has the data folder for itself. Throws StartupError. */
export async function ownDatabaseServer(settings: Settings, log: Log): Promise<DatabaseServer> {
  if (settings.databaseUrl !== null) {
    // Asked before anything is written to it: a server that cannot be used is named with the reason.
    await (await connectDatabase(settings.databaseUrl, { poolSize: 1 })).close();
    return { url: settings.databaseUrl, stop: async () => {} };
  }
  const { url, stop } = await startEmbeddedPostgres({ dataDir: settings.dataFolder, log });
  return { url, stop };
}

/** The database for a command that may run beside a service. Throws StartupError. */
export async function anyDatabaseServer(settings: Settings, log: Log): Promise<DatabaseServer> {
  const running = settings.databaseUrl === null ? runningEmbedded(settings.dataFolder) : null;
  if (running !== null && (await answers(running))) return { url: running, stop: async () => {} };
  return ownDatabaseServer(settings, log);
}

/** Address of the server that the data folder names as running; it may be long gone. */
function runningEmbedded(dataFolder: string): string | null {
  try {
    const port = readFileSync(join(dataFolder, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3];
    const password = readFileSync(join(dataFolder, 'password'), 'utf8').trim();
    return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  } catch {
    return null;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await connectDatabase(url, { poolSize: 1, connectTimeout: 2000 })).close();
    return true;
  } catch {
    return false;
  }
}
