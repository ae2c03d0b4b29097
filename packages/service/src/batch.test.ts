// Batches over HTTP: both media types reach the engine, and the limits of the route hold.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, signIn, startTestService, type TestService } from './testing/test-service.ts';

let node: TestService;
let token: string;

beforeAll(async () => {
  node = await startTestService({ KARTOTEKA_BULK_BODY_LIMIT: '2097152' });
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());

const post = (body: string, type: string, authorization = `Bearer ${token}`): Promise<Response> =>
  fetch(`${node.address}/api/v1/$batch`, { method: 'POST', body, headers: { 'content-type': type, authorization } });

describe('a batch', () => {
  it('in JSON answers each request with links of this host', async () => {
    const requests = [
      { id: 'a', method: 'POST', url: '/api/v1/companies', body: { name: 'Acme' } },
      { id: 'b', method: 'GET', url: `${node.address}/api/v1/companies/$count` },
    ];
    const answer = await post(JSON.stringify({ requests }), 'application/json; charset=utf-8');
    expect(answer.status).toBe(200);
    const { responses } = (await answer.json()) as { responses: { status: number; headers: Record<string, string> }[] };
    expect(responses.map(({ status }) => status)).toEqual([201, 200]);
    expect(responses[0]?.headers.location).toMatch(new RegExp(`^${node.address}/api/v1/companies\\(`));
  });

  it('in multipart form is answered in it', async () => {
    const part = 'Content-Type: application/http\r\n\r\nGET companies?$top=1 HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await post(`--x\r\n${part}\r\n--x--\r\n`, 'multipart/mixed;boundary=x');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
    expect(await answer.text()).toContain('HTTP/1.1 200 OK\r\n');
  });

  it('may be as large as a bulk request, and needs a known type and a token', async () => {
    const code = async (answer: Response): Promise<unknown[]> => [
      answer.status,
      ((await answer.json()) as { error: { code: string } }).error.code,
    ];
    const body = (size: number): string =>
      JSON.stringify({ requests: [{ id: 'a', method: 'POST', url: 'companies', body: { name: 'x'.repeat(size) } }] });
    const large = await post(body(2_000_000), 'application/json');
    expect(large.status).toBe(200);
    expect(await code(await post(body(2_100_000), 'application/json'))).toEqual([413, 'payload_too_large']);
    expect(await code(await post('x', 'text/plain'))).toEqual([415, 'unsupported_media_type']);
    expect(await code(await post('{"requests":[]}', 'application/json', 'Bearer x'))).toEqual([401, 'unauthenticated']);
  });
});
