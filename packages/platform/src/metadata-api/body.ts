// Bodies of requests below /metadata: JSON objects that are stored as they are, and so must be nothing but what they seem. It knows no
// documents.
import { PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { Findings, type Members } from '../preview/findings.ts';
import { closingQuote } from '../request/array-elements.ts';
import { requireJson } from '../request/headers.ts';
import { parseObject } from '../request/json-object.ts';
import { header } from '../shape.ts';

/** Objects and lists in one another. */
export const DEEPEST = 64;

/**
 * The body of a request. Throws unsupported_media_type, malformed_json, body_not_object, bad_request (a member twice, at any depth),
 * invalid_text, limit_exceeded (depth), validation_failed (a number beyond what JSON numbers are read as).
 */
export function jsonBody(request: EngineRequest): Members {
  requireJson(header(request, 'content-type'));
  const text = request.body ?? '';
  const members = measure(text);
  parseObject(text);
  const body = JSON.parse(text) as Members;
  const findings = new Findings();
  let names = 0;
  walk(body, '', (value, pointer) => {
    if (typeof value === 'string') requireText(value);
    if (typeof value === 'number' && !Number.isFinite(value)) findings.add(pointer.slice(1), 'the number is too large');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const name of Object.keys(value)) requireText(name);
    names += Object.keys(value).length;
  });
  findings.settle();
  if (names === members) return body;
  throw new PlatformError('bad_request', { reason: 'an object in the body has a member twice' });
}

/** The same where nothing has to be said. */
export function optionalBody(request: EngineRequest): Members {
  return request.body === null ? {} : jsonBody(request);
}

/** How many members its objects have, as the text says; text that is no JSON is left to the parser. Throws limit_exceeded. */
function measure(text: string): number {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = closingQuote(text, at);
    else if (char === ':') members += 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > DEEPEST) {
      throw new PlatformError('limit_exceeded', { limit: 'depth of the body', value: String(DEEPEST) });
    }
  }
  return members;
}

function walk(value: unknown, pointer: string, visit: (value: unknown, pointer: string) => void): void {
  visit(value, pointer);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) walk(member, `${pointer}/${name}`, visit);
}

/** Throws invalid_text for what PostgreSQL cannot keep. */
function requireText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw new PlatformError('invalid_text');
}
