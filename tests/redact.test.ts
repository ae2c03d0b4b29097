// Redaction over the whole engine: personal data leaves the record and every image of it, and what was done stays.
import { type Principal, publish } from '@kartoteka/platform';
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditKit, DOCUMENTS, document, PATIENT, shippedWith, startAuditKit } from './changes-kit.ts';
import { type Answer, principalOf, quietLog } from './crm-kit.ts';

let kit: AuditKit;
let officer: Principal;

beforeAll(async () => {
  kit = await startAuditKit();
  officer = await kit.crm.user('Officer', ['surgeon', 'eraser']);
});
afterAll(() => kit.crm.close());

const NEW_USER = { full_name: 'Off', email: 'off@example.com', active: false };
const SECRETS = {
  nick: 'Zsecretnick',
  email: 'zsecret@example.com',
  diagnosis: 'Zsecretflu',
  extra: { note: 'Zsecretnote' },
};

async function made(values: object = {}): Promise<string> {
  const values0 = { name: 'Zsecretname', born: '1977-07-07', ward: 'A', ...SECRETS, ...values };
  const { id } = await kit.crm.create('patients', values0, kit.surgeon);
  await patch(id, { ward: 'B', email: 'zsecret2@example.com' });
  return id;
}
const redact = (principal: Principal, id: string, body: unknown): Promise<Answer> =>
  kit.crm.call(principal, 'POST', `/patients(${id})/redact`, body);
async function patch(id: string, values: object): Promise<void> {
  expect((await kit.crm.call(kit.surgeon, 'PATCH', `/patients(${id})`, values)).status).toBe(204);
}
/** Everything that the database holds of the record. */
async function stored(id: string): Promise<string> {
  const rows = await kit.crm.platform.database.run(
    `select to_jsonb(l)::text as text from kartoteka.change_log l where l.record_id = $1::uuid
     union all select to_jsonb(t)::text from data.patient t where t.id = $1::uuid`,
    [id],
  );
  return rows.map(({ text }) => text).join('\n');
}
const entries = (id: string) => kit.changes(kit.surgeon, `/patients(${id})/changes`);

describe('a redaction', () => {
  it('of named properties takes their values out of the record and every image, and names who did it', async () => {
    const id = await made();
    const before = (await kit.get(kit.surgeon, `/patients(${id})`)).json;
    const answer = await redact(officer, id, { properties: ['email', 'nick'] });
    expect(answer).toMatchObject({ status: 204, headers: { etag: 'W/"3"' } });
    expect(await stored(id)).not.toMatch(/zsecret2?@|Zsecretnick/);
    const { nick, email, called, ward, modified_by_id } = (await kit.get(kit.surgeon, `/patients(${id})`)).json;
    expect({ nick, email, called, ward, modified_by_id }).toEqual({
      ...{ nick: null, email: null, called: 'Zsecretname', ward: 'B', modified_by_id: officer.id },
    });
    expect(before.called).toBe('Zsecretname Zsecretnick');
    const [trace, update, create] = await entries(id);
    const gone = (property: string) => ({ property, before: null, after: null, redacted: true });
    expect(trace).toMatchObject({ operation: 'redact', version: 3, actor_id: officer.id, client: 'test' });
    expect(trace?.changes).toEqual([gone('nick'), gone('called'), gone('email')]);
    expect(update?.changes).toEqual([gone('email'), { property: 'ward', before: 'A', after: 'B' }]);
    expect(create?.changes).toEqual(expect.arrayContaining([gone('email'), gone('nick'), gone('called')]));
    expect(create?.changes).toContainEqual({ property: 'ward', before: null, after: 'A' });
  });

  it('of all personal data leaves nothing of a person, and a text where something has to stand', async () => {
    const id = await made();
    expect((await redact(officer, id, { personal_data: true })).status).toBe(204);
    const text = await stored(id);
    expect(text).not.toMatch(/zsecret|1977-/i);
    const record = (await kit.get(kit.surgeon, `/patients(${id})`)).json;
    expect(record).toMatchObject({ name: 'redacted', called: 'redacted', email: null, born: null, extra: null });
    expect(record).toMatchObject({ diagnosis: null, ward: 'B' });
  });

  it('done again changes nothing and leaves no second trace', async () => {
    const id = await made();
    for (let time = 0; time < 3; time += 1) {
      const answer = await redact(officer, id, { personal_data: true });
      expect([answer.status, answer.headers.etag]).toEqual([204, 'W/"3"']);
    }
    expect((await entries(id)).map(({ operation }) => operation)).toEqual(['redact', 'update', 'create']);
    const events = await kit.crm.platform.database.run(
      `select actor_id, target_entity, details->'properties' ? 'email' as named from kartoteka.security_log
       where kind = 'record_redacted' and target_id = $1::uuid`,
      [id],
    );
    expect(events).toEqual([{ actor_id: officer.id, target_entity: 'patient', named: true }]);
  });

  it('finds what the log holds although the record has lost it', async () => {
    const id = await made();
    await patch(id, { email: null });
    expect((await redact(officer, id, { properties: ['email'] })).headers.etag).toBe('W/"3"');
    expect(await stored(id)).not.toMatch(/zsecret2?@/);
    expect((await entries(id))[0]).toMatchObject({ operation: 'redact', version: 3 });
  });

  it('lets the property be written again', async () => {
    const id = await made();
    await redact(officer, id, { properties: ['email'] });
    await patch(id, { email: 'new@example.com' });
    expect((await entries(id))[0]?.changes).toEqual([{ property: 'email', before: null, after: 'new@example.com' }]);
  });

  it('reaches what is in the recycle bin, and its history, and leaves it there', async () => {
    const id = await made();
    await kit.crm.call(kit.surgeon, 'DELETE', `/patients(${id})`);
    const path = `/patients/deleted(${id})`;
    expect((await redact(officer, id, { personal_data: true })).status).toBe(404);
    const answer = await kit.crm.call(officer, 'POST', `${path}/redact`, { personal_data: true });
    expect([answer.status, answer.text]).toEqual([204, null]);
    expect(await stored(id)).not.toMatch(/zsecret|1977-/i);
    expect((await kit.get(officer, path)).json).toMatchObject({ email: null, deleted_by_id: kit.surgeon.id });
    const operations = (await kit.changes(officer, `${path}/changes`)).map(({ operation }) => operation);
    expect(operations).toEqual(['redact', 'delete', 'update', 'create']);
    expect((await kit.crm.call(officer, 'POST', `/patients(${id})/restore`)).status).toBe(204);
    expect((await kit.get(officer, `/patients(${id})`)).json).toMatchObject({
      name: 'redacted',
      born: null,
      ward: 'B',
    });
    expect((await kit.crm.call(officer, 'POST', `${path}/restore`)).json.code).toBe('unknown_resource');
  });

  it('waits for writes under way: whatever they log is redacted, too', async () => {
    const id = await made();
    const writes = Array.from({ length: 10 }, (_, n) => patch(id, { email: `zsecret${n}@example.com` }));
    await Promise.all([...writes, redact(officer, id, { properties: ['email'] })]);
    // Writes after it are of the time after it: only those may be told.
    const log = await entries(id);
    const at = log.findIndex(({ operation }) => operation === 'redact');
    expect(at).toBeGreaterThanOrEqual(0);
    for (const { changes } of log.slice(at))
      for (const change of changes) if (change.property === 'email') expect(change).toHaveProperty('redacted', true);
    expect(log).toHaveLength(13);
  });
});

describe('a redaction in a batch', () => {
  const batch = async (id: string, last: object): Promise<readonly number[]> => {
    const requests = [
      { id: '1', method: 'PATCH', url: `patients(${id})`, body: { ward: 'Batch', email: 'zsecret3@example.com' } },
      { id: '2', method: 'POST', url: `patients(${id})/redact`, body: { properties: ['email'] } },
      { id: '3', method: 'PATCH', url: `patients(${id})`, body: last },
    ].map((request) => ({ ...request, atomicityGroup: 'g' }));
    const { status, json } = await kit.crm.call(officer, 'POST', '/$batch', { requests });
    expect(status, JSON.stringify(json)).toBe(200);
    return json.responses.map(({ status: each }: { status: number }) => each);
  };

  it('is of its group: done with it, or taken back with it', async () => {
    const id = await made();
    expect(await batch(id, { visits: 'many' })).not.toContain(204);
    expect(await stored(id)).toContain('zsecret2@');
    expect(await stored(id)).not.toMatch(/Batch|redacted/);
    expect(await batch(id, { visits: 3 })).toEqual([204, 204, 204]);
    expect(await stored(id)).not.toMatch(/zsecret[23]?@/);
    expect((await entries(id)).map(({ operation }) => operation)).toEqual([
      'update',
      'redact',
      'update',
      'update',
      'create',
    ]);
  });
});

describe('a redaction is refused', () => {
  const refused = async (
    principal: Principal,
    body: unknown,
    status: number,
    code: string,
  ): Promise<Answer['json']> => {
    const id = await made();
    const before = await stored(id);
    const answer = await redact(principal, id, body);
    expect([answer.status, answer.json?.code]).toEqual([status, code]);
    expect(await stored(id)).toBe(before);
    return answer.json;
  };
  const details = async (body: unknown): Promise<object[]> =>
    (await refused(officer, body, 400, 'validation_failed')).details.map(
      ({ target, code }: { target: string; code: string }) => [target, code],
    );

  it('without the capability, and to an administrator of the shipped roles it is not', async () => {
    await refused(kit.surgeon, { properties: ['email'] }, 403, 'missing_capability');
    expect((await redact(kit.crm.admin, await made(), { properties: ['email'] })).status).toBe(204);
  });

  it('without the right to write the record, or a secured field of it, and a hidden record is not there', async () => {
    const id = await made();
    const [porter, nurse] = [
      await kit.crm.user('P2', ['porter', 'eraser']),
      await kit.crm.user('N2', ['nurse', 'eraser']),
    ];
    expect((await redact(porter, id, { properties: ['diagnosis'] })).json).toMatchObject({ code: 'secured_property' });
    expect((await redact(porter, id, { personal_data: true })).json).toMatchObject({ code: 'secured_property' });
    const hidden = await redact(nurse, id, { properties: ['email'] });
    const missing = await redact(nurse, '00000000-0000-7000-8000-000000000000', { properties: ['email'] });
    expect([hidden.status, hidden.json]).toEqual([404, missing.json]);
    const stranger = await kit.crm.user('S2', ['stranger', 'eraser']);
    expect((await redact(stranger, id, { properties: ['email'] })).json.code).toBe('missing_privilege');
  });

  it('for what is no personal data: an audit keeps what happened', async () => {
    expect(await details({ properties: ['ward', 'nothing', 'id', 'owner_id'] })).toEqual([
      ['nothing', 'unknown_property'],
      ['ward', 'invalid_value'],
      ['id', 'invalid_value'],
      ['owner_id', 'invalid_value'],
    ]);
    expect(await details({ properties: ['called'] })).toEqual([['called', 'invalid_value']]);
  });

  it('for what nothing can stand in place of, and for references and numbers', async () => {
    const values = {
      email: 'a@example.com',
      joined_on: '2020-02-02',
      code: 'AB',
      hat: 'cap',
      open: true,
      boss_id: officer.id,
    };
    const make = async () => (await kit.crm.create('members', values)).id as string;
    const first = await make();
    const path = `/members(${first})/redact`;
    const all = await kit.crm.call(officer, 'POST', path, { personal_data: true });
    expect(all.json.details.map(({ target, code }: { target: string; code: string }) => [target, code])).toEqual([
      ['joined_on', 'required'],
      ['code', 'required'],
      ['number', 'invalid_value'],
      ['boss_id', 'invalid_value'],
    ]);
    expect((await kit.crm.call(officer, 'POST', path, { properties: ['email', 'hat', 'open'] })).status).toBe(204);
    const second = await make();
    expect((await kit.crm.call(officer, 'POST', `/members(${second})/redact`, { properties: ['email'] })).status).toBe(
      204,
    );
    const { email, hat, open } = (await kit.get(officer, `/members(${first})`)).json;
    expect([email, hat, open]).toEqual([`redacted-${first}@redacted.invalid`, 'hat', false]);
  });

  it('for what rights are made of, however it is marked', async () => {
    const answer = await kit.crm.call(officer, 'POST', `/team_members(${officer.id})/redact`, {
      properties: ['user_id'],
    });
    expect(answer.json.code).toBe('missing_privilege');
    const chief = await kit.crm.user('Chief', ['system_administrator']);
    const disabled = await kit.crm.create('users', { ...NEW_USER, owning_business_unit_id: kit.crm.rootUnitId });
    const path = `/users(${disabled.id})/redact`;
    expect((await kit.crm.call(chief, 'POST', path, { properties: ['active'] })).json.details).toMatchObject([
      { target: 'active', code: 'invalid_value', message: expect.stringContaining('rights are made of it') },
    ]);
    expect((await kit.crm.call(chief, 'POST', path, { personal_data: true })).json.code).toBe('validation_failed');
    expect((await kit.crm.call(chief, 'POST', path, { properties: ['email', 'full_name'] })).status).toBe(204);
    const { email, full_name, active } = (await kit.get(chief, `/users(${disabled.id})`)).json;
    expect([email, full_name, active]).toEqual([`redacted-${disabled.id}@redacted.invalid`, 'redacted', false]);
  });

  it('for a body that does not say what, or says too much', async () => {
    expect(await details({})).toEqual([['properties', 'invalid_value']]);
    expect(await details({ properties: [] })).toEqual([['properties', 'invalid_value']]);
    expect(await details({ properties: ['email', 1] })).toEqual([['properties', 'invalid_value']]);
    expect(await details({ properties: ['email'], personal_data: true })).toEqual([['properties', 'invalid_value']]);
    expect(await details({ personal_data: 'yes', all: 1 })).toEqual([
      ['personal_data', 'invalid_value'],
      ['properties', 'invalid_value'],
      ['all', 'unknown_property'],
    ]);
    await refused(officer, 'no json', 400, 'malformed_json');
  });
});

describe('the change log', () => {
  const run = (text: string) => kit.crm.platform.database.run(text);
  it.each([
    'update kartoteka.change_log set actor_id = null',
    `update kartoteka.change_log set after = '{}'`,
    'delete from kartoteka.change_log',
    'truncate kartoteka.change_log',
  ])('refuses: %s', async (text) => {
    await made();
    await expect(run(text)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets nobody but the purge delete, and the redaction change anything but images', async () => {
    const { database } = kit.crm.platform;
    const as = (purpose: string, text: string) =>
      database.transaction(async (tx) => {
        await tx.run(`select set_config('kartoteka.change_log', $1::text, true)`, [purpose]);
        await tx.run(text);
      });
    await expect(as('redact', 'update kartoteka.change_log set actor_id = null')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(as('redact', 'delete from kartoteka.change_log')).rejects.toMatchObject({ code: '42501' });
    await expect(as('purge', 'truncate kartoteka.change_log')).rejects.toMatchObject({ code: '42501' });
    await expect(as('purge', `update kartoteka.change_log set after = '{}'`)).rejects.toMatchObject({ code: '42501' });
  });

  it('is guarded again after a redaction or a purge in the same transaction', async () => {
    const { database } = kit.crm.platform;
    for (const text of [
      `select kartoteka.redact_changes('patient', gen_random_uuid(), '{email}')`,
      `select kartoteka.purge_changes('1990-01-01', 10)`,
    ]) {
      const after = database.transaction(async (tx) => {
        await tx.run(text);
        await tx.run('delete from kartoteka.change_log');
      });
      await expect(after).rejects.toMatchObject({ code: '42501' });
    }
    await expect(unguardedChangeLog(database, 'delete from kartoteka.change_log where false')).resolves.toEqual([]);
    await expect(run('delete from kartoteka.change_log')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('fields that are gone', () => {
  it('leave nothing behind in a record whose personal data are redacted as a whole', async () => {
    const id = await made({ ward: 'Zsecretward' });
    const { nick: _, ward: __, ...fields } = PATIENT.fields;
    const called = { ...PATIENT.fields.called, joined: ['name'] };
    await republish({ ...fields, called });
    await republish({ ...fields, called, nick: { type: 'text', personal_data: true } });
    expect(await stored(id)).toMatch(/Zsecretnick.*Zsecretward|Zsecretward.*Zsecretnick/s);
    const principal = await principalOf(kit.crm.platform, officer.id);
    expect((await redact(principal, id, { properties: ['nick'] })).status).toBe(204);
    expect(await stored(id)).not.toContain('"nick": "Zsecretnick');
    expect(await stored(id)).toContain('Zsecretward');
    expect((await redact(principal, id, { personal_data: true })).status).toBe(204);
    expect(await stored(id)).not.toMatch(/zsecret|1977-/i);
    const trace = () => kit.changes(principal, `/patients(${id})/changes?$filter=operation eq 'redact'`);
    expect(await trace()).toHaveLength(2);
    await redact(principal, id, { personal_data: true });
    expect(await trace()).toHaveLength(2);
  });

  async function republish(fields: object): Promise<void> {
    const rest = DOCUMENTS.filter(({ name, kind }) => kind !== 'entity' || name !== 'patient');
    const documents = await shippedWith([document('entity', 'patient', { ...PATIENT, fields }), ...rest]);
    const { database } = kit.crm.platform;
    const options = { documents, author: null, comment: 'x', log: quietLog, allowDestructive: true };
    const { revision } = await publish(database, options);
    await expect.poll(() => kit.crm.platform.model().revision).toBe(revision);
  }
});
