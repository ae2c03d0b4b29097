// The service as a process of its own, started by the program on a database of the test. It must not reach into the process:
// tests talk to it over HTTP.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ADMIN, JWT_SECRET } from '../packages/service/src/testing/test-service.ts';

const CLI = fileURLToPath(new URL('../packages/service/src/cli.ts', import.meta.url));
const START_MS = 60_000;

export interface ServiceProcess {
  /** e.g. `http://127.0.0.1:40123` */
  readonly address: string;
  readonly pid: number;
  /** What it has logged so far (warnings and errors). */
  log(): string;
  /** SIGTERM; the exit code, or the signal that ended it. */
  stop(): Promise<number | NodeJS.Signals | null>;
  /** SIGKILL, as when the power fails. */
  kill(): Promise<unknown>;
}

/** Starts `kartoteka start` on a free port; throws with its log when it does not come up. */
export async function startServiceProcess(
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [CLI, 'start'], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      KARTOTEKA_ADMIN_PASSWORD: ADMIN.password,
      KARTOTEKA_JWT_SECRET: JWT_SECRET,
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const address = await new Promise<string>((resolve, reject) => {
    let out = '';
    const late = setTimeout(() => reject(new Error(`the service did not start in time: ${log}`)), START_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const found = /runs at (\S+)/.exec(out)?.[1];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
    void ended.then((end) => {
      clearTimeout(late);
      reject(new Error(`the service ended with ${end}: ${log}`));
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    address,
    pid: child.pid ?? 0,
    log: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body when it is a JSON object, else an empty one. */
  readonly json: Json;
}

/** One request to `/api/v1/<path>` with a token; `body` is sent as JSON. */
export async function send(
  address: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${address}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {};
  return { status: response.status, headers: response.headers, text, json };
}
