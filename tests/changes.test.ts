// The audit over the whole engine: who changed what, newest first, seen with the rights that the reader has now.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditKit, type Change, startAuditKit } from './changes-kit.ts';

let kit: AuditKit;
let surgeon: Principal;
let id: string;

beforeAll(async () => {
  kit = await startAuditKit();
  surgeon = kit.surgeon;
  id = (await kit.crm.create('patients', { name: 'Ann', diagnosis: 'flu', bill: '5.50', pin: 'p1' }, surgeon)).id;
});
afterAll(() => kit.crm.close());

const patch = async (principal: Principal, record: string, values: object): Promise<void> => {
  const answer = await kit.crm.call(principal, 'PATCH', `/patients(${record})`, values);
  expect(answer.status, answer.text ?? '').toBe(204);
};
const named = (change: Change | undefined): object =>
  Object.fromEntries((change?.changes ?? []).map(({ property, before, after }) => [property, [before, after]]));

describe('the changes of a record', () => {
  it('tell who changed which property from what to what, when and with what', async () => {
    await patch(surgeon, id, { ward: 'A', visits: 2 });
    const [update, create, ...none] = await kit.changes(surgeon, `/patients(${id})/changes`);
    expect(none).toEqual([]);
    expect(update).toMatchObject({
      record_id: id,
      operation: 'update',
      version: 2,
      actor_id: surgeon.id,
      actor_name: 'Surgeon',
      client: 'test',
    });
    expect(named(update)).toEqual({ ward: [null, 'A'], visits: [null, 2] });
    expect(create).toMatchObject({ operation: 'create', version: 1 });
    expect(named(create)).toMatchObject({ name: [null, 'Ann'], diagnosis: [null, 'flu'], bill: [null, 5.5] });
    expect(Math.abs(Date.now() - Date.parse(update?.changed_on ?? ''))).toBeLessThan(60_000);
  });
});
