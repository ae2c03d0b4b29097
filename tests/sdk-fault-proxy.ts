// Between a client and a service: passes requests on, and loses some of them or of their answers as the test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request. `lost`: it never arrives; `unanswered`: it does, its answer does not; `cut`: half of it does. */
export type Fault = 'none' | 'lost' | 'unanswered' | 'cut' | 'busy' | 'limited';

export interface FaultProxy {
  readonly address: string;
  /** Requests so far by what became of them. */
  readonly counts: Record<Fault, number>;
  /** Asked for each request. */
  choose: (request: IncomingMessage) => Fault | Promise<Fault>;
  stop(): Promise<void>;
}

const REFUSED: Partial<Record<Fault, [status: number, code: string]>> = {
  busy: [503, 'overloaded'],
  limited: [429, 'too_many_attempts'],
};

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const counts = { none: 0, lost: 0, unanswered: 0, cut: 0, busy: 0, limited: 0 };
  const server = createServer((request, response) => {
    decide(request, response).catch(() => response.destroy());
  });
  const decide = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = await proxy.choose(request);
    counts[fault] += 1;
    await pass(target, request, response, fault);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    choose: () => 'none',
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function pass(target: string, request: IncomingMessage, response: ServerResponse, fault: Fault): Promise<void> {
  const refused = REFUSED[fault];
  if (refused !== undefined) {
    const [status, code] = refused;
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end(JSON.stringify({ error: { code, message: code } }));
    return;
  }
  if (fault === 'lost') return void response.destroy();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host, connection, 'content-length': _, ...headers } = request.headers;
  const body = chunks.length === 0 ? undefined : Buffer.concat(chunks);
  const answer = await fetch(`${target}${request.url}`, {
    method: request.method,
    headers: headers as Record<string, string>,
    body,
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (fault === 'unanswered') return void response.destroy();
  const told = Object.fromEntries([...answer.headers].filter(([name]) => !HOP.has(name)));
  response.writeHead(
    answer.status,
    answer.status === 204 || answer.status === 304 ? told : { ...told, 'content-length': bytes.length },
  );
  if (fault !== 'cut' || bytes.length === 0) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}

const HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
]);
