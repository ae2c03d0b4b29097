// Repeatable requests over HTTP: headers of answers and errors, connections that end, two nodes.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN, signIn, startTestService, type TestService } from './testing/test-service.ts';

let node: TestService;
let token: string;
beforeAll(async () => {
  node = await startTestService();
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());

const named = (): Record<string, string> => ({
  'repeatability-request-id': randomUUID(),
  'repeatability-first-sent': new Date().toUTCString(),
});

const post = (address: string, body: object, headers: Record<string, string>): Promise<Response> =>
  fetch(`${address}/api/v1/companies`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
  });

const names = async (name: string): Promise<number> => {
  const text = 'select count(*)::text as n from data.company where name = $1::text';
  return Number((await node.database.database.run(text, [name]))[0]?.n);
};

it('is done although who sent it is gone, and its repetition gets the answer', async () => {
  const headers = named();
  const body = JSON.stringify({ name: 'Gone' });
  const lines = { ...headers, host: 'x', authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const head = Object.entries({ ...lines, 'content-length': String(body.length) }).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  const socket = connect(Number(new URL(node.address).port), '127.0.0.1');
  socket.write(`POST /api/v1/companies HTTP/1.1\r\n${head.join('')}\r\n${body}`, () => {
    // An end that comes along with the request would keep it from being read at all.
    setTimeout(() => socket.destroy(), 50);
  });
  await expect.poll(() => names('Gone')).toBe(1);
  const again = await post(node.address, { name: 'Gone' }, headers);
  expect([again.status, again.headers.get('repeatability-result')]).toEqual([201, 'accepted']);
  expect(await names('Gone')).toBe(1);
});

it('tells in errors whether it was taken as repeatable, and of which repetition they are', async () => {
  const headers = named();
  const told = async (answer: Response): Promise<unknown[]> => {
    const { error } = (await answer.json()) as { error: { code: string; innererror: { request_id: string } } };
    expect(error.innererror.request_id).toBe(answer.headers.get('x-request-id'));
    return [answer.status, error.code, answer.headers.get('repeatability-result')];
  };
  const refused = [400, 'validation_failed', 'accepted'];
  expect(await told(await post(node.address, { nonsense: 1 }, headers))).toEqual(refused);
  expect(await told(await post(node.address, { nonsense: 1 }, headers))).toEqual(refused);
  expect(await told(await post(node.address, { name: 'x' }, headers))).toEqual([
    ...[400, 'repeated_request_differs', 'rejected'],
  ]);
  const old = { ...named(), 'repeatability-first-sent': new Date(Date.now() - 25 * 3_600_000).toUTCString() };
  expect(await told(await post(node.address, { name: 'x' }, old))).toEqual([
    ...[412, 'repeated_request_expired', 'rejected'],
  ]);
  expect(await names('x')).toBe(0);
});

it('is the same to another node', async () => {
  const other = await node.another();
  const headers = named();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => post(n % 2 === 0 ? node.address : other.address, { name: 'Nodes' }, headers)),
  );
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
  expect(new Set(ids).size).toBe(1);
  expect(await names('Nodes')).toBe(1);
  await other.stop();
});
