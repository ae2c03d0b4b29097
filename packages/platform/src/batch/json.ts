// Batches in JSON (OData JSON Format 4.01, 19). Bodies stay the text that they are: their numbers and repeated names are judged
// where a single request's would be.
import { errorDetail, PlatformError } from '../errors.ts';
import { arrayElements } from '../request/array-elements.ts';
import { parseObject } from '../request/json-object.ts';
import { memberText } from '../request/member-text.ts';
import { type BatchAnswer, type BatchFormat, type BatchPart, MOST_REQUESTS } from './types.ts';

export const JSON_BATCH: BatchFormat = { parse, print };

function parse(body: string): readonly BatchPart[] {
  const { envelope, elements } = requestTexts(body);
  if (elements !== null && elements.length > MOST_REQUESTS) {
    const values = { limit: 'requests in one batch', value: String(MOST_REQUESTS) };
    throw new PlatformError('limit_exceeded', values, { target: 'requests' });
  }
  for (const name of Object.keys(parseObject(envelope))) {
    if (name !== 'requests' && !name.includes('@')) {
      throw new PlatformError('unknown_property', { name, entity: 'the batch' }, { target: name });
    }
  }
  if (elements === null) throw invalidBatch('requests', 'an array of requests is needed');
  return elements.map((text, index) => partOf(text, `requests/${index}`));
}

function requestTexts(body: string): ReturnType<typeof arrayElements> {
  try {
    return arrayElements(body, 'requests', MOST_REQUESTS);
  } catch {
    throw new PlatformError('malformed_json');
  }
}

const MEMBERS = new Set(['id', 'method', 'url', 'headers', 'body', 'atomicityGroup', 'dependsOn']);

function partOf(text: string, place: string): BatchPart {
  const members = parseObject(text);
  for (const name of Object.keys(members)) {
    if (name === 'if')
      throw new PlatformError('not_supported', { what: 'A condition (if)' }, { target: `${place}/if` });
    if (MEMBERS.has(name) || name.includes('@')) continue;
    throw new PlatformError('unknown_property', { name, entity: 'a request' }, { target: `${place}/${name}` });
  }
  const word = (name: string): string => {
    const value = members[name];
    if (typeof value === 'string' && value !== '') return value;
    throw invalidBatch(`${place}/${name}`, 'a text is needed');
  };
  const headers = headersOf(members.headers, `${place}/headers`);
  const body = members.body === undefined || members.body === null ? null : bodyText(text, members.body);
  return {
    id: word('id'),
    named: true,
    method: word('method').toUpperCase(),
    url: word('url'),
    headers: body === null ? headers : { 'content-type': 'application/json', ...headers },
    body,
    group: members.atomicityGroup === undefined ? null : word('atomicityGroup'),
    dependsOn: namesOf(members.dependsOn, `${place}/dependsOn`),
    place,
  };
}

/** A body in JSON is there as it is; one of another type is a string. */
function bodyText(text: string, body: unknown): string {
  return typeof body === 'string' ? body : memberText(text, 'body');
}

function headersOf(value: unknown, target: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidBatch(target, 'an object of headers is needed');
  }
  const headers: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (typeof content !== 'string') throw invalidBatch(`${target}/${name}`, 'a text is needed');
    if (Object.hasOwn(headers, key)) throw invalidBatch(`${target}/${name}`, 'the header is given twice');
    headers[key] = content;
  }
  return headers;
}

function namesOf(value: unknown, target: string): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalidBatch(target, 'a list of ids is needed');
}

/** What is wrong with a batch, at a place in it. */
export function invalidBatch(target: string, reason: string): PlatformError {
  const detail = errorDetail('invalid_value', { name: target, reason }, target);
  return new PlatformError('invalid_batch', {}, { target, details: [detail] });
}

function print(answers: readonly BatchAnswer[]): { readonly type: string; readonly body: string } {
  const responses = answers.map(({ part, status, headers, body }) => {
    const group = part.group === null ? '' : `"atomicityGroup":${JSON.stringify(part.group)},`;
    const content = body === null ? '' : `,"body":${isJson(headers) ? body : JSON.stringify(body)}`;
    return `{"id":${JSON.stringify(part.id)},${group}"status":${status},"headers":${JSON.stringify(headers)}${content}}`;
  });
  return { type: 'application/json', body: `{"responses":[${responses.join(',')}]}` };
}

function isJson(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-type']?.startsWith('application/json') === true;
}
