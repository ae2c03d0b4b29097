// A whole service from settings to an open port, and back: database, platform, first user, HTTP. The order of stopping is
// the reverse of the order of starting.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crmExtension, mailExtension, webhookExtension } from '@kartoteka/crm';
import {
  createPlatform,
  createPrismaClient,
  JOB_CONNECTIONS,
  type Platform,
  readDocumentFolder,
  startPurging,
  systemPrincipal,
} from '@kartoteka/platform';
import { type Credentials, createCredentials } from './auth/credentials.ts';
import { type Administrator, ensureAdministrator, setFirstPassword } from './bootstrap.ts';
import type { Settings } from './config.ts';
import { ownDatabaseServer } from './database-server.ts';
import { loadDemo } from './demo/load.ts';
import type { DemoLanguage } from './demo/words.ts';
import { startHttpService } from './http-service.ts';
import type { Log } from './log.ts';
import { authParts } from './openapi/auth-parts.ts';

/** The documents that ship with the product. */
export const SHIPPED_DOCUMENTS = fileURLToPath(new URL('../../../metadata', import.meta.url));

/** Connections of a node for records, metadata and jobs together. */
const ENGINE_CONNECTIONS = 10;

export interface RunningService {
  readonly address: string;
  readonly administrator: Administrator;
  /** The administrator's password if it was made by this start; shown once. */
  readonly newPassword: string | null;
  readonly platform: Platform;
  /** Requests in flight are ended, then everything that was started. */
  stop(): Promise<void>;
}

/** Version of the product, which the base documents carry in the database. */
export function productVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/**
 * Starts everything. Throws StartupError, SettingsError, DocumentFileError or PlatformError with what was started
 * stopped again.
 */
export async function startService(
  settings: Settings,
  log: Log,
  options: { demo: DemoLanguage | null },
): Promise<RunningService> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.reverse().splice(0)) await end();
  };
  try {
    const server = await ownDatabaseServer(settings, log);
    stops.push(server.stop);
    const documents = await readDocumentFolder(SHIPPED_DOCUMENTS);
    const mail = { smtpUrl: settings.smtpUrl, from: settings.mailFrom, publicUrl: settings.publicUrl };
    const platform = await createPlatform({
      databaseUrl: server.url,
      documents,
      baseVersion: productVersion(),
      extensions: [crmExtension, webhookExtension({ networks: settings.webhookNetworks }), mailExtension(mail)],
      log,
      openApi: authParts(productVersion()),
      database: { poolSize: ENGINE_CONNECTIONS - (settings.runsJobs ? JOB_CONNECTIONS : 0) },
    });
    stops.push(() => platform.close());
    const purging = startPurging(platform.database, platform.model, log);
    stops.push(() => purging.stop());
    const prisma = createPrismaClient(server.url);
    stops.push(() => prisma.$disconnect());
    const credentials = createCredentials(platform, prisma);
    const administrator = await ensureAdministrator(platform, settings.adminEmail);
    if (options.demo !== null) await addDemo(platform, administrator, credentials, options.demo);
    // Whoever finds the port open can sign in with the password that was given.
    if (settings.adminPassword !== null) await setFirstPassword(credentials, administrator, settings.adminPassword);
    const http = await startHttpService(settings, log, platform, prisma);
    stops.push(http.stop);
    if (settings.runsJobs) await platform.jobs.start();
    stops.push(() => platform.jobs.stop());
    // Last of all, so that a password is never made by a start that fails before it could be shown.
    const newPassword = await setFirstPassword(credentials, administrator, null);
    return { address: http.address, administrator, newPassword, platform, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addDemo(
  platform: Platform,
  administrator: Administrator,
  credentials: Credentials,
  language: DemoLanguage,
): Promise<void> {
  const principal = await platform.principals.get(administrator.id);
  if (principal === null) throw new Error(`The demo needs the administrator ${administrator.email}, who is not there`);
  // Users of other units are made before anybody could have been given the right to: the product's own work.
  await loadDemo(
    platform,
    systemPrincipal({ id: principal.id, businessUnitId: principal.businessUnitId }),
    credentials,
    language,
  );
}
