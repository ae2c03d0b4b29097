// Bytes that Node's HTTP parser cannot read: they are answered, too, but never in place of a request that came before them
// on the same connection and is still being served.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { parserErrorResponse } from './error-response.ts';
import { newRequestId } from './request-id.ts';

export class ParserErrors {
  /** Requests in service by connection. */
  readonly #served = new WeakMap<Socket, Set<IncomingMessage>>();
  /** Codes of errors that wait until the connection's earlier requests have been answered. */
  readonly #waiting = new WeakMap<Socket, string | undefined>();

  /** A request begins to be served. */
  begin(request: IncomingMessage): void {
    const served = this.#served.get(request.socket);
    if (served === undefined) this.#served.set(request.socket, new Set([request]));
    else served.add(request);
  }

  /** A request has been answered. */
  end(request: IncomingMessage): void {
    const { socket } = request;
    this.#served.get(socket)?.delete(request);
    if (this.#waiting.has(socket) && !this.#isServing(socket)) answer(this.#waiting.get(socket), socket);
  }

  /** Answers the error and ends the connection, once everything before it has been answered. */
  refuse(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) socket.destroy();
    else if (this.#isServing(socket)) this.#waiting.set(socket, error.code);
    else answer(error.code, socket);
  }

  /** Whether a request that has arrived completely is being served; one that broke off is what the error is about. */
  #isServing(socket: Socket): boolean {
    for (const request of this.#served.get(socket) ?? []) if (request.complete) return true;
    return false;
  }
}

function answer(code: string | undefined, socket: Socket): void {
  if (socket.writable) socket.end(parserErrorResponse(code, newRequestId()));
}
