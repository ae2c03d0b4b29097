// The table of security events: what is written stays, whatever text a client sent; only the purge may take rows out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { recordSecurityEvent } from './record.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const ID = '0197a000-0000-7000-8000-000000000001';
const rows = () => db.database.run('select * from kartoteka.security_log order by occurred_on, id');

describe('recording', () => {
  it('keeps what it is given, several events in one statement', async () => {
    const origin = { client: 'app', address: '127.0.0.1', userAgent: 'test/1' };
    const before = db.database.counters.statements;
    await recordSecurityEvent(
      db.database,
      { kind: 'role_given', actorId: ID, origin, target: { entity: 'user', id: ID }, details: { role: 'a', n: [1] } },
      { kind: 'roles_published', actorId: null },
    );
    expect(db.database.counters.statements - before).toBe(1);
    const [first, second] = await rows();
    expect(first).toMatchObject({
      kind: 'role_given',
      actor_id: ID,
      client: 'app',
      address: '127.0.0.1',
      user_agent: 'test/1',
      target_entity: 'user',
      target_id: ID,
    });
    expect(JSON.parse(String(first?.details))).toEqual({ role: 'a', n: [1] });
    expect(second).toMatchObject({ kind: 'roles_published', actor_id: null, target_id: null, details: null });
  });

  it('cuts and cleans texts that a client chose', async () => {
    const userAgent = `\0${'\ud83d\ude00'.repeat(127)}ab\ud83d\ude00`;
    const origin = { client: null, address: null, userAgent };
    await recordSecurityEvent(db.database, { kind: 'sign_in', actorId: null, origin, details: { e: 'a\0\udc00' } });
    const last = (await rows()).at(-1);
    expect(String(last?.user_agent).length).toBeLessThanOrEqual(256);
    expect(String(last?.user_agent).isWellFormed()).toBe(true);
    expect(JSON.parse(String(last?.details))).toEqual({ e: 'a\ufffd' });
  });

  it('goes with the transaction of the change', async () => {
    const count = (await rows()).length;
    const failing = db.database.transaction(async (tx) => {
      await recordSecurityEvent(tx, { kind: 'user_disabled', actorId: null });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await rows()).toHaveLength(count);
  });

  it('costs nothing where nothing happened', async () => {
    const before = db.database.counters.statements;
    await recordSecurityEvent(db.database);
    expect(db.database.counters.statements).toBe(before);
  });
});

describe('the table', () => {
  const refused = { code: '42501' };

  it('refuses to change, remove and empty, even where no row is met', async () => {
    const table = 'kartoteka.security_log';
    await expect(db.database.run(`update ${table} set kind = 'x'`)).rejects.toMatchObject(refused);
    await expect(db.database.run(`delete from ${table}`)).rejects.toMatchObject(refused);
    await expect(db.database.run(`delete from ${table} where false`)).rejects.toMatchObject(refused);
    await expect(db.database.run(`truncate ${table}`)).rejects.toMatchObject(refused);
  });

  it('lets the purge remove, but not change or empty, and only in its own transaction', async () => {
    await recordSecurityEvent(db.database, { kind: 'sign_in', actorId: null });
    const setting = `select set_config('kartoteka.purge', 'security_log', true)`;
    const within = (text: string) =>
      db.database.transaction(async (tx) => {
        await tx.run(setting);
        return tx.run(text);
      });
    await expect(within(`update kartoteka.security_log set kind = 'x'`)).rejects.toMatchObject(refused);
    await expect(within('truncate kartoteka.security_log')).rejects.toMatchObject(refused);
    expect((await within('delete from kartoteka.security_log returning 1 as gone')).length).toBeGreaterThan(0);
    await expect(db.database.run('delete from kartoteka.security_log')).rejects.toMatchObject(refused);
  });
});
