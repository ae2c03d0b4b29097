// Bytes that are hardly HTTP, for the socket itself; and how their answers are read.
import { connect } from 'node:net';

const SILENCE_MS = 1500;

/** Sends bytes to the port and gives all that comes back until the connection ends or is silent for a while. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (part) => {
      answer += part.toString('latin1');
    });
    // A server that refuses early resets the connection while the rest is still being sent: what it said counts.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

export interface RawCase {
  readonly name: string;
  readonly bytes: string | Buffer;
  /** Status of the answers, in order. An answer 4xx or 5xx must carry an error object. */
  readonly statuses: readonly number[];
}

/** Requests on a socket; `token` is a valid access token. */
export function rawCases(token: string): readonly RawCase[] {
  const head = `Host: crm\r\nAuthorization: Bearer ${token}\r\n`;
  const good = `GET /api/v1/x_samples/$count HTTP/1.1\r\n${head}\r\n`;
  const post = (headers: string, body: string): string =>
    `POST /api/v1/x_samples HTTP/1.1\r\n${head}Content-Type: application/json\r\n${headers}\r\n${body}`;
  return [
    { name: 'no HTTP at all', bytes: 'HELLO\r\n\r\n', statuses: [400] },
    { name: 'bytes at random', bytes: Buffer.from([0, 255, 13, 10, 7, 200, 13, 10, 13, 10]), statuses: [400] },
    { name: 'a TLS hello', bytes: Buffer.from('16030100c8010000c40303', 'hex'), statuses: [400] },
    { name: 'two requests and garbage behind', bytes: `${good}${good}@@@@\r\n\r\n`, statuses: [200, 200, 400] },
    { name: 'an unknown method', bytes: `FETCH /api/v1/x_samples HTTP/1.1\r\n${head}\r\n`, statuses: [400] },
    { name: 'no version', bytes: `GET /api/v1/x_samples\r\n${head}\r\n`, statuses: [200] },
    { name: 'version 9', bytes: `GET /api/v1/x_samples HTTP/9.9\r\n${head}\r\n`, statuses: [400] },
    {
      name: 'no Host',
      bytes: `GET /api/v1/x_samples HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      statuses: [400],
    },
    { name: 'a space in the path', bytes: `GET /api/v1/x samples HTTP/1.1\r\n${head}\r\n`, statuses: [400] },
    { name: 'NUL in the path', bytes: `GET /api/v1/x\0samples HTTP/1.1\r\n${head}\r\n`, statuses: [400] },
    { name: 'NUL in a header', bytes: `GET /api/v1 HTTP/1.1\r\n${head}X-A: a\0b\r\n\r\n`, statuses: [400] },
    { name: 'a header without a name', bytes: `GET /api/v1 HTTP/1.1\r\n${head}: x\r\n\r\n`, statuses: [400] },
    { name: 'a folded header', bytes: `GET /api/v1 HTTP/1.1\r\n${head}X-A: a\r\n b\r\n\r\n`, statuses: [400] },
    { name: 'two lengths', bytes: post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), statuses: [400] },
    { name: 'a negative length', bytes: post('Content-Length: -2\r\n', '{}'), statuses: [400] },
    {
      name: 'length and chunks',
      bytes: post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
      statuses: [400],
    },
    { name: 'broken chunks', bytes: post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'), statuses: [400] },
    { name: 'an unknown transfer encoding', bytes: post('Transfer-Encoding: gzip\r\n', 'x'), statuses: [400] },
    {
      name: 'headers over the limit',
      bytes: `GET /api/v1 HTTP/1.1\r\n${head}X-A: ${'x'.repeat(60_000)}\r\n\r\n`,
      statuses: [400],
    },
    {
      name: 'a path over the limit',
      bytes: `GET /api/v1/${'x'.repeat(60_000)} HTTP/1.1\r\n${head}\r\n`,
      statuses: [400],
    },
    {
      name: 'a path over the service limit',
      bytes: `GET /api/v1/${'x'.repeat(30_000)} HTTP/1.1\r\n${head}\r\n`,
      statuses: [400],
    },
    { name: 'an expectation', bytes: post('Expect: miracles\r\nContent-Length: 2\r\n', '{}'), statuses: [400] },
    {
      name: 'an upgrade',
      bytes: `GET /api/v1/x_samples/$count HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      statuses: [200],
    },
    {
      name: 'an absolute address',
      bytes: `GET http://crm/api/v1/x_samples/$count HTTP/1.1\r\n${head}\r\n`,
      statuses: [200],
    },
    { name: 'an asterisk', bytes: `OPTIONS * HTTP/1.1\r\n${head}\r\n`, statuses: [404] },
    { name: 'a tunnel', bytes: `CONNECT crm:80 HTTP/1.1\r\n${head}\r\n`, statuses: [] },
  ];
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The HTTP/1.1 answers in a text: each with a Content-Length or without a body. */
export function answersOf(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest.startsWith('HTTP/1.1 ')) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? 0);
    answers.push({ status: Number(first.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
