// Headers that every answer carries. Answers of the API are written past Fastify's reply, header by header in one list: its
// bookkeeping per header is a good part of what a small answer costs.
import type { EngineResponse } from '@kartoteka/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersUnderWay } from './answers-under-way.ts';
import { sendPieces } from './stream-answer.ts';

/** Bytes of large answers of this process that clients have not taken yet. */
const underWay = new AnswersUnderWay(256 * 1_048_576);

/** Answers are data of one caller: never framed, sniffed, cached by others or sent on as a referrer. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

const SECURITY_LIST: readonly string[] = Object.entries(SECURITY_HEADERS).flat();

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route writes its successful answers with writeAnswer; errors get their headers from the error handler. */
    writesAnswers?: boolean;
  }
}

/** For answers that go through Fastify's reply. */
export function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(SECURITY_HEADERS);
  reply.header('x-request-id', request.id);
}

/**
 * Writes the whole answer to the socket; nothing of the reply may have been sent. An answer in pieces goes on after it returns;
 * `onFailure` is told what breaks it off. Throws overloaded for a large one while too many others wait for their clients.
 */
export function writeAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: EngineResponse,
  onFailure: (request: FastifyRequest, error: unknown) => void,
): void {
  const list = [...SECURITY_LIST, 'x-request-id', request.id];
  for (const name in answer.headers) list.push(name, answer.headers[name] ?? '');
  const { status, body, stream } = answer;
  if (stream !== undefined) {
    reply.raw.writeHead(status, list);
    sendPieces(reply.raw, stream, request.method === 'HEAD').catch((error: unknown) => onFailure(request, error));
    return;
  }
  if (body === null) {
    reply.raw.writeHead(status, list);
    reply.hijack().raw.end();
    return;
  }
  answer.body = null;
  const bytes = Buffer.byteLength(body);
  underWay.begin(bytes, request.method === 'GET' || request.method === 'HEAD', reply.raw);
  list.push('content-length', String(bytes));
  // Text of one byte per character is written as it is; for UTF-8 Node.js takes three times the room and looks at each.
  // Hijacked only now: what writeHead refuses is still answered as an error.
  reply.raw.writeHead(status, list);
  reply.hijack().raw.end(body, bytes === body.length ? 'latin1' : 'utf8');
}
