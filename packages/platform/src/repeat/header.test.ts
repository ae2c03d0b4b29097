// What names a repeatable request, at the edges of what is taken.
import { expect, test } from 'vitest';
import { PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { isRepeatable, REMEMBERED_HOURS, repeatabilityOf } from './header.ts';

const NOW = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT');
const SECOND = 1_000;
const WINDOW = REMEMBERED_HOURS * 3_600 * SECOND;
const at = (time: number): string => new Date(time).toUTCString();

function request(headers: Record<string, string>, more: Partial<EngineRequest> = {}): EngineRequest {
  const base = { method: 'POST', path: '/deals', query: '', body: '{}', baseUrl: 'http://t/api/v1', client: null };
  return { ...base, headers, ...more };
}

const named = (id: string, firstSent: string, more: Record<string, string> = {}) =>
  request({ 'repeatability-request-id': id, 'repeatability-first-sent': firstSent, ...more });

function refusal(asked: EngineRequest): readonly unknown[] {
  try {
    repeatabilityOf(asked, NOW);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return [error.status, error.code, error.target, error.headers['repeatability-result']];
  }
  return ['taken'];
}

test('a request is taken from the first to the last second in which it is remembered', () => {
  expect(refusal(named('a', at(NOW)))).toEqual(['taken']);
  expect(refusal(named('a', at(NOW - WINDOW)))).toEqual(['taken']);
  expect(refusal(named('a', at(NOW - WINDOW - SECOND)))).toEqual([
    ...[412, 'repeated_request_expired', 'Repeatability-First-Sent', 'rejected'],
  ]);
});

test('the clock of a client may be five minutes ahead', () => {
  expect(refusal(named('a', at(NOW + 300 * SECOND)))).toEqual(['taken']);
  expect(refusal(named('a', at(NOW + 301 * SECOND)))).toEqual([
    ...[400, 'invalid_repeatability', 'Repeatability-First-Sent', 'rejected'],
  ]);
});

test.each([
  ['no time', ''],
  ['an ISO time', '2026-11-22T12:00:00Z'],
  ['another time zone', 'Sun, 22 Nov 2026 12:00:00 +0000'],
  ['a wrong day of the week', 'Mon, 22 Nov 2026 12:00:00 GMT'],
  ['a day that there is not', 'Mon, 31 Nov 2026 12:00:00 GMT'],
  ['two times', `${at(NOW)}, ${at(NOW)}`],
  ['a number', '1795348800000'],
])('First-Sent is refused: %s', (_what, text) => {
  expect(refusal(named('a', text))).toEqual([400, 'invalid_repeatability', 'Repeatability-First-Sent', 'rejected']);
});

test.each(['', ' ', 'a b', 'a,\tb', 'é', 'x'.repeat(129)])(
  'the id %j is refused, as of a request and of a client',
  (id) => {
    expect(refusal(named(id, at(NOW)))).toEqual([400, 'invalid_repeatability', 'Repeatability-Request-ID', 'rejected']);
    const client = named('a', at(NOW), { 'repeatability-client-id': id });
    expect(refusal(client)).toEqual([400, 'invalid_repeatability', 'Repeatability-Client-ID', 'rejected']);
  },
);

test('an id has 128 characters at most, and each of the headers needs the others', () => {
  expect(refusal(named('x'.repeat(128), at(NOW)))).toEqual(['taken']);
  for (const [name, value] of [
    ['repeatability-request-id', 'a'],
    ['repeatability-first-sent', at(NOW)],
    ['repeatability-client-id', 'c'],
  ] as const) {
    const headers = { [name]: value };
    expect(isRepeatable(request(headers))).toBe(true);
    expect(refusal(request(headers))[1]).toBe('invalid_repeatability');
  }
  expect(isRepeatable(request({ 'content-type': 'application/json' }))).toBe(false);
});

test('what reads is repeated as it is, and says so', () => {
  const read = request(named('a', at(NOW)).headers as Record<string, string>, { method: 'GET', body: null });
  expect(refusal(read)).toEqual([501, 'not_supported', 'Repeatability-Request-ID', 'rejected']);
});

test('two requests differ by method, path, query, preconditions and body, and by nothing else', () => {
  const headers = named('a', at(NOW)).headers as Record<string, string>;
  const print = (more: Partial<EngineRequest>, extra: Record<string, string> = {}): string =>
    repeatabilityOf(request({ ...headers, ...extra }, more), NOW).fingerprint;
  const prints = [
    print({}),
    print({ method: 'PUT' }),
    print({ path: '/deal' }),
    print({ query: 's' }),
    print({ path: '/deal', query: 's' }),
    print({ body: '{ }' }),
    print({ body: null }),
    print({}, { 'if-match': '*' }),
    print({}, { 'if-none-match': '*' }),
  ];
  expect(new Set(prints).size).toBe(prints.length);
  expect(print({ baseUrl: 'http://other/api/v1' }, { 'user-agent': 'x', accept: '*/*' })).toBe(prints[0]);
});
