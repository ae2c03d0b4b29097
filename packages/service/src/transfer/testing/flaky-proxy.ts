// A proxy that fails on purpose: answers 503, loses answers, or is not there. Not for product code.
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Fault =
  /** Answers 503 without asking the service. */
  | 'busy'
  /** Answers 500 without asking the service. */
  | 'broken'
  /** Lets the service work and cuts the connection instead of answering. */
  | 'lost answer'
  /** Answers 401 without asking the service. */
  | 'expired';

export interface FlakyProxy {
  readonly address: string;
  /** Requests so far, `POST /path`. */
  readonly seen: string[];
  /** What to do with a request; null: pass it on. */
  fault: (request: string) => Fault | null;
  /** Stops listening and cuts every connection. */
  down(): Promise<void>;
  up(): Promise<void>;
}

const STATUSES = { busy: 503, broken: 500, expired: 401 } as const;

export async function flakyProxy(target: string): Promise<FlakyProxy> {
  const { hostname, port } = new URL(target);
  const proxy = { seen: [] as string[], fault: (_request: string): Fault | null => null };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const line = `${request.method} ${request.url}`;
    proxy.seen.push(line);
    const fault = proxy.fault(line);
    if (fault !== null && fault !== 'lost answer') {
      const error = { error: { code: 'internal', message: 'on purpose' } };
      request.resume().once('end', () => {
        response.writeHead(STATUSES[fault], { 'retry-after': '0' }).end(JSON.stringify(error));
      });
      return;
    }
    const { method, url, headers } = request;
    const upstream = forward({ hostname, port, method, path: url, headers }, (answer) => {
      if (fault === 'lost answer') answer.resume().once('end', () => request.socket.destroy());
      else answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    upstream.once('error', () => request.socket.destroy());
    request.pipe(upstream);
  };
  let server: Server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as { port: number }).port;
  return Object.assign(proxy, {
    address: `http://127.0.0.1:${own}`,
    down: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    up: async () => {
      server = createServer(handle).listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
  });
}
