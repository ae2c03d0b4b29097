// A receiver of webhooks in the test's own process: keeps what comes, and fails, hangs or dies as it is told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: events are JSON of any shape, and tests look into them
  readonly event: any;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** What it does with an event before it answers 204; may answer itself. True: it has. */
  behave: (event: Received['event'], response: ServerResponse) => boolean | Promise<boolean>;
  close(): Promise<void>;
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const receiver = { received, behave: () => false } as unknown as { -readonly [K in keyof Receiver]: Receiver[K] };
  const server: Server = createServer((request, response) => void answer(receiver, request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  receiver.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return receiver;
}

async function answer(receiver: Receiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const event = JSON.parse(text);
  if (await receiver.behave(event, response)) return;
  receiver.received.push({ headers: request.headers as Received['headers'], text, event });
  response.writeHead(204).end();
}
