// The session of a browser: who renews when, what waits while nobody is signed in, and what tabs tell each other.
import { AuthenticationError, ConnectionError, UnavailableError } from '@kartoteka/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Session } from './session.ts';

const tokenOf = (subject: string, number = 0): string => `h.${btoa(JSON.stringify({ sub: subject, number }))}.s`;

type Reply = () => Response | Promise<Response>;
let replies: Reply[];
let sent: string[];
let reloads: number;

const token =
  (subject: string, number?: number): Reply =>
  () =>
    Response.json({ access_token: tokenOf(subject, number) });
const refused =
  (status: number, code: string): Reply =>
  () =>
    Response.json({ error: { code, message: code } }, { status });

/** Tabs of one browser: what one posts the others get. */
class Channel {
  static open: Channel[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor() {
    Channel.open.push(this);
  }
  postMessage(data: unknown): void {
    for (const other of Channel.open) if (other !== this) other.onmessage?.({ data });
  }
}

beforeEach(() => {
  [replies, sent, reloads] = [[], [], 0];
  Channel.open = [];
  vi.stubGlobal('BroadcastChannel', Channel);
  vi.stubGlobal('location', { reload: () => (reloads += 1) });
  vi.stubGlobal('fetch', async (path: string, { method }: RequestInit) => {
    sent.push(`${method} ${path}`);
    return (replies.shift() ?? refused(500, 'internal'))();
  });
});
afterEach(() => vi.unstubAllGlobals());

const REFRESH = 'POST /auth/browser-session/refresh';
const settled = () => new Promise((done) => setTimeout(done, 0));

async function signedIn(): Promise<Session> {
  const session = new Session();
  replies.push(token('nora'));
  await session.start();
  return session;
}

test('the cookie of an earlier visit opens a session, whose first token is handed out once', async () => {
  const session = await signedIn();
  expect([session.state, sent]).toEqual(['signed-in', [REFRESH]]);
  expect(await session.accessToken()).toBe(tokenOf('nora'));
  expect(sent).toHaveLength(1);
  replies.push(token('nora', 1));
  expect(await session.accessToken()).toBe(tokenOf('nora', 1));
  expect(sent).toEqual([REFRESH, REFRESH]);
});

test('without such a cookie nobody is signed in; a service that is away is another matter and asked again', async () => {
  const session = new Session();
  replies.push(() => Promise.reject(new TypeError('fetch failed')));
  await expect(session.start()).rejects.toBeInstanceOf(ConnectionError);
  expect(session.state).toBe('starting');
  replies.push(refused(503, 'unavailable'));
  await expect(session.start()).rejects.toBeInstanceOf(UnavailableError);
  replies.push(refused(401, 'unauthenticated'));
  // Two that ask at once ask the service once.
  await Promise.all([session.start(), session.start()]);
  expect([session.state, sent.length]).toEqual(['signed-out', 3]);
});

test('what needs a token when the session has ended waits until somebody has signed in again', async () => {
  const session = await signedIn();
  await session.accessToken();
  const states: string[] = [];
  session.subscribe(() => states.push(session.state));
  replies.push(refused(401, 'unauthenticated'));
  const [first, second] = [session.accessToken(), settled().then(() => session.accessToken())];
  await settled();
  await settled();
  expect(session.state).toBe('ended');
  replies.push(token('nora', 2));
  await session.signIn('nora@demo.example', 'secret');
  expect(await Promise.all([first, second])).toEqual([tokenOf('nora', 2), tokenOf('nora', 2)]);
  expect(states).toEqual(['ended', 'signed-in']);
});

test('wrong credentials are told, and what waits goes on waiting', async () => {
  const session = await signedIn();
  await session.accessToken();
  replies.push(refused(401, 'unauthenticated'));
  const waiting = session.accessToken();
  await settled();
  replies.push(refused(401, 'invalid_grant'));
  await expect(session.signIn('nora@demo.example', 'wrong')).rejects.toBeInstanceOf(AuthenticationError);
  expect(session.state).toBe('ended');
  replies.push(refused(500, 'internal'));
  await session.signOut().catch(() => {});
  // Whether or not the service could be told.
  expect(session.state).toBe('signed-out');
  await expect(waiting).rejects.toMatchObject({ code: 'signed_out' });
});

test('a page never goes on as another person: it is loaded for the one whose cookie it is now', async () => {
  const session = await signedIn();
  await session.accessToken();
  replies.push(token('ravi'));
  const asked = vi.fn();
  void session.accessToken().then(asked, asked);
  await settled();
  await settled();
  expect([reloads, asked.mock.calls.length]).toEqual([1, 0]);
});

test('tabs follow each other in and out', async () => {
  const [one, other] = [await signedIn(), await signedIn()];
  replies.push(() => new Response(null, { status: 204 }));
  await one.signOut();
  expect([one.state, other.state]).toEqual(['signed-out', 'signed-out']);
  replies.push(token('nora', 3), token('nora', 4));
  await one.signIn('nora@demo.example', 'secret');
  await settled();
  await settled();
  expect([one.state, other.state]).toEqual(['signed-in', 'signed-in']);
  expect(await other.accessToken()).toBe(tokenOf('nora', 4));
});

test('an answer of something in between is an error and no session', async () => {
  const session = new Session();
  replies.push(() => new Response('<html>', { status: 502 }));
  await expect(session.start()).rejects.toMatchObject({ status: 502, code: 'unexpected_answer' });
  expect(session.state).toBe('starting');
});
