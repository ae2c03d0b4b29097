// A published CRM behind the real HTTP service on 127.0.0.1, and requests of any user to it. Nothing here reaches into the
// engine but to open sessions, so that hundreds of users need no passwords.
import { Agent, request as httpRequest } from 'node:http';
import type { SourceDocument } from '@kartoteka/metadata';
import { createPrismaClient } from '@kartoteka/platform';
import { checkAnswer } from '@kartoteka/platform/test-kit';
import { AccessTokens } from '../../packages/service/src/auth/access-token.ts';
import { createSessions } from '../../packages/service/src/auth/sessions.ts';
import { readSettings } from '../../packages/service/src/config.ts';
import { startHttpService } from '../../packages/service/src/http-service.ts';
import { createLog } from '../../packages/service/src/log.ts';
import { JWT_SECRET } from '../../packages/service/src/testing/test-service.ts';
import { CHECKED, type Crm, startCrm } from '../crm-kit.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and tests look into them
  readonly json: any;
}

export interface HttpCrm {
  readonly crm: Crm;
  /** One request below `/api/v1` as a user; a body that is no text is sent as JSON. */
  send(
    userId: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

/** All would double the time that the matrix takes: each entity has validators of its own, which are compiled when they are first needed. */
const EVERY = CHECKED ? 8 : 50;

/** Tokens live ten minutes; a new one is taken in time. */
const TOKEN_MS = 300_000;

const NOWHERE = { client: null, address: null, userAgent: null };

/** Publishes the documents (the whole base layer) on a database of their own and opens a port. Every EVERY-th answer has to be in the OpenAPI document. */
export async function startHttpCrm(documents: readonly SourceDocument[]): Promise<HttpCrm> {
  // What is asked over HTTP does not pass the kit; its own calls only fill the world.
  const crm = await startCrm({ documents, promised: false });
  const prisma = createPrismaClient(crm.url);
  const settings = readSettings(
    { PORT: '0', DATABASE_URL: crm.url, KARTOTEKA_JWT_SECRET: JWT_SECRET, LOG_LEVEL: 'error' },
    '/nowhere',
  );
  const log = createLog('error', { write: (line) => console.error(line) });
  const http = await startHttpService(settings, log, crm.platform, prisma);
  const tokens = new AccessTokens(http.server.jwt);
  const sessions = createSessions(prisma, JWT_SECRET);
  const issued = new Map<string, { readonly token: Promise<string>; readonly at: number }>();
  const issue = async (userId: string): Promise<string> =>
    tokens.issue(userId, (await sessions.open(userId, NOWHERE)).id, null);
  const tokenOf = (userId: string): Promise<string> => {
    const known = issued.get(userId);
    if (known !== undefined && Date.now() - known.at < TOKEN_MS) return known.token;
    const made = { token: issue(userId), at: Date.now() };
    issued.set(userId, made);
    return made.token;
  };
  let answered = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    crm,
    send: async (userId, method, path, body, headers = {}) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const all = {
        authorization: `Bearer ${await tokenOf(userId)}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      };
      const target = `/api/v1${encoded(path)}`;
      const answer = await exchange(agent, http.address + target, method, all, text);
      answered += 1;
      if (answered % EVERY === 0) await checkAnswer(crm.platform, { method, path: target, ...typed(answer) });
      return answer;
    },
    stop: async () => {
      agent.destroy();
      await http.stop();
      await prisma.$disconnect();
      await crm.close();
    },
  };
}

/** Tests write URLs as people read them; what a URL cannot hold is encoded here. */
function encoded(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]|["<>^`{|}\\]/g, (char) => encodeURIComponent(char));
}

function exchange(
  agent: Agent,
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function typed({ status, headers, text }: HttpAnswer) {
  return { status, contentType: headers['content-type'] as string | undefined, body: text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
