// One HTTP/1.1 keep-alive connection with one request under way at a time, read with as little work as possible.
// It understands only what the measured servers send (a Content-Length, or no body) and fails on anything else.
import { connect, type Socket } from 'node:net';

const EMPTY: Buffer = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('content-length: ');

/** Called with the status and the first bytes of the answer (head, and as much of the body as came with it). */
export type OnResponse = (status: number, begin: Buffer) => void;

/** A socket that answers through callbacks: no promise per request. */
export class KeepAliveConnection {
  readonly #socket: Socket;
  readonly #onResponse: OnResponse;
  #head: Buffer = EMPTY;
  #begin: Buffer = EMPTY;
  #status = 0;
  /** Bytes of the body that have not come yet; they are counted, not kept. */
  #missing = 0;

  private constructor(socket: Socket, onResponse: OnResponse, onLost: (reason: Error) => void) {
    this.#socket = socket;
    this.#onResponse = onResponse;
    socket.on('data', (chunk) => this.#read(chunk, onLost));
    socket.on('error', onLost);
    socket.on('close', () => onLost(new Error('the server closed the connection')));
  }

  /** Connects to 127.0.0.1. `onLost` is called when the connection breaks or the answer cannot be read. */
  static open(port: number, onResponse: OnResponse, onLost: (reason: Error) => void): Promise<KeepAliveConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new KeepAliveConnection(socket, onResponse, onLost));
      });
    });
  }

  /** Sends a whole request (ASCII). The previous one must have been answered. */
  send(request: string): void {
    this.#socket.write(request, 'latin1');
  }

  /** Closes the connection without calling `onLost`. */
  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.destroy();
  }

  #read(chunk: Buffer, onLost: (reason: Error) => void): void {
    if (this.#missing > 0) {
      this.#missing -= chunk.length;
      if (this.#missing <= 0) this.#onResponse(this.#status, this.#begin);
      return;
    }
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const headEnd = bytes.indexOf(HEAD_END);
    this.#head = headEnd === -1 ? bytes : EMPTY;
    if (headEnd === -1) return;
    this.#status = ((bytes[9] ?? 0) - 48) * 100 + ((bytes[10] ?? 0) - 48) * 10 + ((bytes[11] ?? 0) - 48);
    const length = bodyLength(bytes, headEnd, this.#status);
    if (length === null) {
      onLost(new Error('an answer without Content-Length'));
      return;
    }
    this.#missing = headEnd + HEAD_END.length + length - bytes.length;
    if (this.#missing > 0) this.#begin = bytes;
    else this.#onResponse(this.#status, bytes);
  }
}

function bodyLength(bytes: Buffer, headEnd: number, status: number): number | null {
  if (status === 204) return 0;
  let at = bytes.indexOf(LENGTH);
  if (at === -1 || at > headEnd) {
    const found = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd));
    return found?.[1] === undefined ? null : Number(found[1]);
  }
  let length = 0;
  for (at += LENGTH.length; bytes[at] !== 13; at += 1) length = length * 10 + ((bytes[at] ?? 48) - 48);
  return length;
}
