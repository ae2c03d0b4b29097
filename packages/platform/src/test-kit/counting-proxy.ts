// A TCP relay in front of PostgreSQL that counts round trips as the network sees them. It must not look into the traffic.
import { connect, createServer, type Server } from 'node:net';

export interface CountingProxy {
  /** The address to use instead of the server's. */
  readonly url: string;
  /** How often the client spoke after the server had. */
  readonly roundTrips: number;
  close(): Promise<void>;
}

/** Starts a relay to the server of `serverUrl`. */
export async function startCountingProxy(serverUrl: string): Promise<CountingProxy> {
  const target = new URL(serverUrl);
  let roundTrips = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let serverSpoke = true;
    client.on('data', (chunk) => {
      if (serverSpoke) roundTrips += 1;
      serverSpoke = false;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      serverSpoke = true;
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  const address = server.address();
  url.port = typeof address === 'object' && address ? `${address.port}` : '';
  return {
    url: url.href,
    get roundTrips() {
      return roundTrips;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
