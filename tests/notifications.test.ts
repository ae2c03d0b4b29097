// The inbox in the application: what is told once, who sees it, and how it is read.
import type { Engine, Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markAllRead } from '../packages/crm/src/notifications/mark-all-read.ts';
import { type NewNotification, notificationId, notify } from '../packages/crm/src/notifications/notify.ts';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let boris: Principal;
beforeAll(async () => {
  crm = await startCrm();
  anna = await crm.user('Anna', ['sales_representative']);
  boris = await crm.user('Boris', ['sales_representative']);
});
afterAll(() => crm?.close());

const within = <T>(work: (system: Engine) => Promise<T>): Promise<T> =>
  crm.platform.transaction(crm.admin, ({ system }) => work(system));
const told = (...notifications: NewNotification[]) => within((system) => notify(system, notifications));
const to = (recipientId: string, key: string, more: Partial<NewNotification> = {}): NewNotification => ({
  ...{ key, recipientId, kind: 'message', subject: key },
  ...more,
});
const unread = async (as: Principal): Promise<number> =>
  (await crm.call(as, 'GET', '/notifications?$top=0&$count=true&$filter=read_on eq null')).json['@odata.count'];

describe('notify', () => {
  it('tells the same once, whatever becomes of the entry', async () => {
    const [made] = await told(to(anna.id, 'once'), to(anna.id, 'once'));
    expect(made?.id).toBe(notificationId('once', anna.id));
    expect(await told(to(anna.id, 'once'))).toEqual([]);
    expect((await crm.call(anna, 'DELETE', `/notifications(${made?.id})`)).status).toBe(204);
    expect(await told(to(anna.id, 'once'), to(boris.id, 'once'))).toMatchObject([{ recipientId: boris.id }]);
  });

  it('makes one of two calls at the same time, and none of a transaction that is undone', async () => {
    const both = await Promise.all([told(to(anna.id, 'race')), told(to(anna.id, 'race'))]);
    expect(both.flat()).toHaveLength(1);
    const undone = within(async (system) => {
      expect(await notify(system, [to(anna.id, 'undone')])).toHaveLength(1);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await told(to(anna.id, 'undone'))).toHaveLength(1);
  });

  it('passes over who is disabled and whose roles read none, and tells the others', async () => {
    const gone = await crm.user('Gone', ['sales_representative']);
    await crm.call(crm.admin, 'PATCH', `/users(${gone.id})`, { active: false });
    const stranger = await crm.user('Stranger', []);
    const made = await told(to(gone.id, 'all'), to(stranger.id, 'all'), to(anna.id, 'all'));
    expect(made.map(({ recipientId }) => recipientId)).toEqual([anna.id]);
  });

  it('cuts long subjects, and is about a record', async () => {
    const company = await crm.create('companies', { name: 'Vega' }, boris);
    const regarding = { id: company.id, type: 'company' };
    const [made] = await told(to(boris.id, 'long', { subject: '😀'.repeat(301), text: 'Text', regarding }));
    const read = await crm.call(boris, 'GET', `/notifications(${made?.id})?$expand=regarding_company($select=name)`);
    expect(read.json).toMatchObject({ subject: '😀'.repeat(300), text: 'Text', regarding_company: { name: 'Vega' } });
    expect((await crm.call(boris, 'DELETE', `/companies(${company.id})`)).status).toBe(204);
    const left = await crm.call(boris, 'GET', `/notifications(${made?.id})`);
    expect(left.json).toMatchObject({ regarding_id: null, text: 'Text' });
  });

  it('costs as many statements for fifty users as for two', async () => {
    let serial = 0;
    const cost = (count: number) =>
      statementsOf(crm, () => {
        serial += 1;
        return told(...Array.from({ length: count }, (_, n) => to(anna.id, `cost ${serial} ${n}`)));
      });
    expect(await cost(50)).toBe(await cost(2));
  });
});

describe('an inbox', () => {
  it('is its owner’s alone', async () => {
    const [made] = await told(to(anna.id, 'private'));
    const path = `/notifications(${made?.id})`;
    expect((await crm.call(boris, 'GET', path)).status).toBe(404);
    expect(
      (await crm.call(boris, 'PATCH', path, { read_on: '2026-01-01T00:00:00Z' }, { 'if-match': '*' })).status,
    ).toBe(404);
    const refused = await crm.call(boris, 'POST', '/notifications', { subject: 'Fake', owner_id: anna.id });
    expect(refused.status).toBe(403);
    const changed = await crm.call(anna, 'PATCH', path, { subject: 'Other' }, { prefer: 'handling=strict' });
    expect(changed).toMatchObject({ status: 400, json: { details: [{ code: 'read_only', target: 'subject' }] } });
  });

  it('counts what is unread, and is marked as read one by one, up to a time, and as a whole', async () => {
    const mia = await crm.user('Mia', ['marketing']);
    const [first] = await told(to(mia.id, '1'), to(mia.id, '2'));
    expect(await unread(mia)).toBe(2);
    const now = new Date().toISOString();
    expect((await crm.call(mia, 'PATCH', `/notifications(${first?.id})`, { read_on: now })).status).toBeLessThan(300);
    expect(await unread(mia)).toBe(1);
    const until = new Date().toISOString();
    await told(to(mia.id, '3'));
    await told(to(anna.id, 'still unread'));
    const some = await crm.call(mia, 'POST', '/notifications/mark_all_read', { until });
    expect(some).toMatchObject({ status: 200, json: { count: 1, remaining: 0 } });
    expect(await unread(mia)).toBe(1);
    const rest = await crm.call(mia, 'POST', '/notifications/mark_all_read');
    expect(rest.json).toMatchObject({ count: 1, remaining: 0 });
    expect(await unread(mia)).toBe(0);
    const none = await crm.call(mia, 'POST', '/notifications/mark_all_read', {});
    expect(none.json).toMatchObject({ count: 0, remaining: 0 });
    expect(await unread(anna)).toBeGreaterThan(0);
  });

  it('is marked up to the bound of one call, and the rest by the next', async () => {
    const max = await crm.user('Max', ['marketing']);
    await told(...[1, 2, 3, 4, 5].map((n) => to(max.id, `bound ${n}`)));
    const mark = (most: number) =>
      crm.platform.transaction(max, ({ engine }) => markAllRead({ engine, principal: max }, null, most, 2));
    expect(await mark(3)).toEqual({ count: 3, remaining: 2 });
    expect(await unread(max)).toBe(2);
    expect(await mark(2)).toEqual({ count: 2, remaining: 0 });
    expect(await mark(2)).toEqual({ count: 0, remaining: 0 });
  });

  it('is not another’s to mark, even for who reads all', async () => {
    await told(to(boris.id, 'of Boris'));
    const before = await unread(boris);
    await crm.call(crm.admin, 'POST', '/notifications/mark_all_read', {});
    expect(await unread(boris)).toBe(before);
  });
});
