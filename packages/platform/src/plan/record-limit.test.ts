// The edges of how many records one request can take out.
import { expect, test } from 'vitest';
import { systemPrincipal } from '../security/principals.ts';
import type { Principal } from '../security/types.ts';
import { limitRecords, MOST_RECORDS, roomOf } from './record-limit.ts';

const holding = (...capabilities: string[]): Principal => ({
  ...systemPrincipal(),
  kind: 'user',
  capabilities: new Set(capabilities),
});
const refused = expect.objectContaining({ code: 'limit_exceeded' });

test.each([
  [holding(), MOST_RECORDS.without],
  [holding('import'), MOST_RECORDS.without],
  [holding('export'), MOST_RECORDS.withExport],
  [systemPrincipal(), MOST_RECORDS.withExport],
])('an answer may hold as many records as the principal may take out, and not one more (%#)', (principal, most) => {
  limitRecords(most, principal);
  expect(() => limitRecords(most + 1, principal)).toThrow(refused);
});

test('reads of a batch share one room, which a refused one takes nothing from; who may export has no such end', () => {
  const principal = holding();
  const room = roomOf(principal);
  limitRecords(MOST_RECORDS.without - 1, principal, room);
  expect(() => limitRecords(2, principal, room)).toThrow(refused);
  limitRecords(1, principal, room);
  expect(() => limitRecords(1, principal, room)).toThrow(refused);
  expect(roomOf(holding('export'))).toBeUndefined();
});
