// Puts the HTTP service together: server, authentication, health and the API, over a platform that runs already.
import fastifyJwt from '@fastify/jwt';
import type { Platform, PrismaClient } from '@kartoteka/platform';
import type { FastifyInstance } from 'fastify';
import { addApiRoute } from './api-route.ts';
import { AccessTokens, jwtOptions } from './auth/access-token.ts';
import { createApiKeys } from './auth/api-keys.ts';
import { addAuthRoutes } from './auth/auth-routes.ts';
import { createAuthenticator } from './auth/authenticate.ts';
import { createCredentials } from './auth/credentials.ts';
import { jwtSecret } from './auth/jwt-secret.ts';
import { createKeySignIn } from './auth/key-sign-in.ts';
import { createLoginThrottle, forgetOldAttempts } from './auth/login-throttle.ts';
import { RevokedSessions } from './auth/revoked-sessions.ts';
import { createSessions } from './auth/sessions.ts';
import { SignInEvents } from './auth/sign-in-events.ts';
import { userByEmail } from './auth/users.ts';
import type { Settings } from './config.ts';
import { addDocsRoutes } from './docs/docs-routes.ts';
import { addHealthRoutes } from './health.ts';
import type { Log } from './log.ts';
import { addCalendarRoutes } from './public/calendar-routes.ts';
import { addFormRoutes } from './public/form-routes.ts';
import { addInvitationRoutes } from './public/invitation-routes.ts';
import { addUnsubscribeRoutes } from './public/unsubscribe-routes.ts';
import { createServer } from './server.ts';
import { addWebRoutes } from './web/web-routes.ts';

export interface HttpService {
  /** e.g. `http://127.0.0.1:3000` */
  readonly address: string;
  readonly server: FastifyInstance;
  /** Stops accepting, lets requests in flight end within the settings' time, then cuts what is left. */
  stop(): Promise<void>;
}

const SWEEP_MS = 3_600_000;
const READY_TIMEOUT_MS = 2000;
const IDLE_CHECK_MS = 50;

/** Starts to listen; the platform and the Prisma client stay the caller's to close. */
export async function startHttpService(
  settings: Settings,
  log: Log,
  platform: Platform,
  prisma: PrismaClient,
): Promise<HttpService> {
  const { database, principals } = platform;
  const server = createServer(settings, log);
  const secret = await jwtSecret(database, settings.jwtSecret);
  await server.register(fastifyJwt, jwtOptions(secret));
  const events = new SignInEvents(platform.events, secret);
  const tokens = new AccessTokens(server.jwt);
  const sessions = createSessions(prisma, secret);
  const credentials = createCredentials(platform, prisma);
  const throttle = createLoginThrottle(database);
  const revoked = await RevokedSessions.watch(database, log);
  const keys = createApiKeys(prisma);
  const keySignIn = createKeySignIn({
    keys,
    revoked,
    throttle: createLoginThrottle(database, 'key'),
    userByEmail: (email) => userByEmail(platform, email),
    events,
    log,
  });
  const authenticator = createAuthenticator(tokens, revoked, keySignIn, platform, events);
  const state = { stopping: false };
  addDocsRoutes(server);
  addHealthRoutes(server, async () => ({ reason: await readiness(platform, state), warning: warningOf(platform) }));
  const signIn = { throttle, keySignIn, authenticator, events };
  addAuthRoutes(server, { platform, principals, tokens, sessions, credentials, keys, ...signIn }, log);
  addFormRoutes(server, platform, secret);
  const links = createLoginThrottle(database, 'link');
  addInvitationRoutes(server, platform, links);
  addUnsubscribeRoutes(server, platform, links);
  addCalendarRoutes(server, platform, links, settings.publicUrl);
  addWebRoutes(server);
  addApiRoute(server, platform, authenticator, settings.bulkBodyLimit, log);
  const sweep = setInterval(() => {
    Promise.all([sessions.forgetOld(), forgetOldAttempts(database)]).catch((error: unknown) =>
      log.warn({ error }, 'Old sessions could not be deleted'),
    );
  }, SWEEP_MS).unref();
  const address = await server.listen({ port: settings.port, host: settings.host });
  const stop = async (): Promise<void> => {
    state.stopping = true;
    clearInterval(sweep);
    await closeServer(server, settings.stopTimeout);
    revoked.stop();
  };
  return { address, server, stop };
}

/** Closes connections as soon as they are idle, and all of them after `timeout` milliseconds. */
async function closeServer(server: FastifyInstance, timeout: number): Promise<void> {
  const http = server.server;
  const idle = setInterval(() => http.closeIdleConnections(), IDLE_CHECK_MS);
  const cut = setTimeout(() => http.closeAllConnections(), timeout);
  await server.close();
  clearInterval(idle);
  clearTimeout(cut);
}

/** A node of an older version of the product, during an upgrade, goes on with the metadata that it understands. */
function warningOf(platform: Platform): string | null {
  const unreadable = platform.unreadableRevision();
  if (unreadable === null) return null;
  return `revision ${unreadable} of the metadata needs a newer version of the product; revision ${platform.model().revision} is served`;
}

async function readiness(platform: Platform, state: { readonly stopping: boolean }): Promise<string | null> {
  if (state.stopping) return 'stopping';
  if (platform.model().revision === 0) return 'no metadata is published';
  try {
    const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
    const late = new Promise<never>((_, reject) => timeout.addEventListener('abort', () => reject(new Error('late'))));
    await Promise.race([platform.database.run('select 1', [], { prepare: true }), late]);
    return null;
  } catch {
    return 'the database does not answer';
  }
}
