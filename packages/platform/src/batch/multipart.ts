// Batches as multipart/mixed (OData 4.01 Part 1, 11.7.7; RFC 2046): requests as application/http, change sets as multipart
// messages of their own. Line ends may be CRLF or LF; what is answered has CRLF.
import { randomUUID } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import { type BatchAnswer, type BatchFormat, type BatchPart, MOST_REQUESTS } from './types.ts';

/** The format for a Content-Type with its boundary. Throws bad_request without one. */
export function multipartBatch(contentType: string): BatchFormat {
  const boundary = boundaryOf(contentType);
  return { parse: (body) => partsOf(body, boundary), print };
}

/** One header line. Blanks at the end are trimmed, not matched: a pattern that gives them back is quadratic in a run of them. */
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):(.*)$/;

const bad = (reason: string): PlatformError => new PlatformError('bad_request', { reason });

/** 1 to 70 characters (RFC 2046, 5.1.1), quoted or not. */
function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw bad('multipart/mixed needs a boundary of 1 to 70 characters');
  return boundary;
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

function partsOf(body: string, boundary: string): readonly BatchPart[] {
  const parts: BatchPart[] = [];
  for (const [at, { headers, content }] of messagesOf(body, boundary).entries()) {
    const place = `requests/${at}`;
    const type = headers['content-type'] ?? '';
    if (!/^multipart\/mixed\b/i.test(type)) {
      parts.push(requestOf(headers, content, null, place));
    } else {
      const group = `$changeset${at}`;
      const members = messagesOf(content, boundaryOf(type));
      if (members.length === 0) throw bad('a change set has no requests');
      for (const [index, member] of members.entries())
        parts.push(requestOf(member.headers, member.content, group, `${place}/${index}`));
    }
    if (parts.length > MOST_REQUESTS) throw tooMany();
  }
  return parts;
}

function tooMany(): PlatformError {
  return new PlatformError('limit_exceeded', { limit: 'requests in one batch', value: String(MOST_REQUESTS) });
}

/** With what stands before the first boundary and behind the last; more are not even cut off. */
const MOST_PIECES = MOST_REQUESTS + 2;

/** The messages between boundaries. Throws bad_request where the closing one is missing, limit_exceeded. */
function messagesOf(body: string, boundary: string): Message[] {
  const escaped = boundary.replaceAll(/[^\w]/g, '\\$&');
  // The boundary of a change set may begin with the one of the batch.
  const pieces = `\n${body}`.split(new RegExp(`\\n--${escaped}(?=(?:--)?[ \\t]*\\r?(?:\\n|$))`), MOST_PIECES + 1);
  if (pieces.length > MOST_PIECES) throw tooMany();
  const last = pieces.pop() ?? '';
  if (pieces.length === 0 || !/^--[ \t\r]*(\n|$)/.test(last)) throw bad('the multipart body is not complete');
  // What stands before the first boundary is no part of it.
  return pieces.slice(1).map((piece) => {
    const [, rest = ''] = /^[ \t]*\r?\n([\s\S]*)$/.exec(piece) ?? [];
    return messageOf(rest.endsWith('\r') ? rest.slice(0, -1) : rest);
  });
}

/** Headers, a blank line, content. */
function messageOf(text: string): Message {
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const content = blank === null ? '' : text.slice(blank.index + blank[0].length);
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/)) {
    if (line === '') continue;
    const [, name, text = ''] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) throw bad('a part has a line that is no header');
    const [key, value] = [name.toLowerCase(), text.trim()];
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]},${value}` : value;
  }
  return { headers, content };
}

function requestOf(
  outer: Readonly<Record<string, string>>,
  content: string,
  group: string | null,
  place: string,
): BatchPart {
  if (!/^application\/http\b/i.test(outer['content-type'] ?? '')) {
    throw bad('a part has to be application/http, or multipart/mixed for a change set');
  }
  const encoding = outer['content-transfer-encoding']?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding)) throw bad(`Content-Transfer-Encoding ${encoding} is not known`);
  const [, method, url, rest = ''] =
    /^([A-Za-z]+) +(\S+)(?: +HTTP\/\d\.\d)?[ \t]*(?:\r?\n([\s\S]*))?$/.exec(content) ?? [];
  if (method === undefined || url === undefined) throw bad('a part has no request line');
  const { headers, content: body } = messageOf(rest);
  const { 'content-id': inner, 'content-length': _length, host: _host, ...others } = headers;
  const id = outer['content-id'] ?? inner;
  const trimmed = body.trim();
  return {
    id: id ?? `$${place}`,
    named: id !== undefined,
    method: method.toUpperCase(),
    url,
    headers: trimmed === '' ? others : { 'content-type': 'application/json', ...others },
    body: trimmed === '' ? null : trimmed,
    group,
    dependsOn: [],
    place,
  };
}

function print(answers: readonly BatchAnswer[]): { readonly type: string; readonly body: string } {
  const pieces: string[] = [];
  for (let at = 0; at < answers.length; ) {
    const group = answers[at]?.part.group ?? null;
    let end = at + 1;
    if (group !== null) while (answers[end]?.part.group === group) end += 1;
    pieces.push(pieceOf(answers.slice(at, end), group !== null));
    at = end;
  }
  return framed('batchresponse_', pieces);
}

/** A change set that failed is answered by the one response that says why (11.7.7.5). */
function pieceOf(answers: readonly BatchAnswer[], isChangeSet: boolean): string {
  const failed =
    answers.find(({ status }) => status >= 400 && status !== 424) ?? answers.find(({ status }) => status >= 400);
  if (!isChangeSet || failed !== undefined)
    return answers
      .slice(0, 1)
      .map((first) => responseOf(failed ?? first))
      .join('');
  const { type, body } = framed('changesetresponse_', answers.map(responseOf));
  return `Content-Type: ${type}\r\n\r\n${body}`;
}

function framed(prefix: string, pieces: readonly string[]): { readonly type: string; readonly body: string } {
  const boundary = prefix + randomUUID();
  const body = `${pieces.map((piece) => `--${boundary}\r\n${piece}\r\n`).join('')}--${boundary}--\r\n`;
  return { type: `multipart/mixed; boundary=${boundary}`, body };
}

function responseOf({ part, status, headers, body }: BatchAnswer): string {
  const id = part.named ? `Content-ID: ${part.id}\r\n` : '';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${REASONS[status] ?? 'Status'}\r\n${lines.join('')}\r\n`;
  return `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${id}\r\n${head}${body ?? ''}`;
}

/** Reason phrases of the statuses that the engine answers (RFC 9110, 15). */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  424: 'Failed Dependency',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};
