// Every request that names a record takes the same time for a hidden one and for a missing one: medians of 200 each, by turns.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectSameTime, REQUESTS, startHidden } from './hidden-requests.ts';
import type { HttpCrm } from './http.ts';

let http: HttpCrm;

beforeAll(async () => {
  http = await startHidden();
});
afterAll(() => http?.stop());

it('asks in many ways', () => expect(REQUESTS.length).toBeGreaterThan(40));
it.each(REQUESTS)('$title takes the same time', expectSameTime);
