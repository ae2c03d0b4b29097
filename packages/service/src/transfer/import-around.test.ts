// Imports and what is around them: maps that do not fit, users and their rights, interruption; nothing is stored by mistake.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeUser, signIn, startTestService, type TestService } from '../testing/test-service.ts';
import { type TransferKit, transferKit } from './testing/transfer-kit.ts';

let running: TestService;
let kit: TransferKit;

beforeAll(async () => {
  running = await startTestService();
  kit = transferKit(() => running.address);
});

afterAll(async () => {
  kit?.remove();
  await running?.stop();
});

describe('map, file and service', () => {
  it('are compared before the first row: every mistake is named, nothing is stored, no error file made', async () => {
    kit.write('n.csv', 'id,full_nmae\nN1,x\n');
    const columns = await kit.import('companies', 'n.csv', {
      columns: { id: 'external_id', full_name: 'name', town: 'city' },
    });
    expect(columns.code).toBe(2);
    expect(columns.err).toContain('there is no column full_name; did you mean full_nmae?');
    expect(columns.err).toContain('there is no column town');
    const lookup = { in: 'companys', by: 'name' };
    const sets = await kit.import('contact', 'n.csv', {
      columns: { id: 'x', full_nmae: { to: 'company_id', lookup } },
    });
    expect(sets.err).toContain('there is no entity set contact that you may read; did you mean contacts?');
    expect(sets.err).toContain('there is no entity set companys that you may read; did you mean companies?');
    const wrong = { to: 'company_id', lookup: { in: 'companies', by: 'nam' } };
    const properties = await kit.import('contacts', 'n.csv', {
      columns: { id: 'externalid', full_nmae: wrong },
      constants: { colour: 'red' },
    });
    expect(properties.code).toBe(2);
    expect(properties.err).toContain('There is no property externalid on contact');
    expect(properties.err).toContain('There is no property colour on contact');
    expect(properties.err).toContain('lookup in companies by nam: There is no property nam on company');
    const key = await kit.import('companies', 'n.csv', {
      key: 'name',
      columns: { id: 'external_id', full_nmae: 'name' },
    });
    expect(key).toMatchObject({ code: 2, err: expect.stringContaining('alternate key is needed: external_id') });
    expect(kit.read('n.csv.errors.csv')).toBeNull();
  });

  it('may have columns that are ignored: they are named once, or refused where that is asked for', async () => {
    kit.write('o.csv', 'id,name,note,\nO1,x,y,z\n');
    const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    expect(await kit.import('companies', 'o.csv', map, { strict: true })).toMatchObject({
      code: 2,
      err: 'The map says nothing of these columns (--strict): note, (without a name)',
    });
    expect((await kit.import('companies', 'o.csv', map)).err).toBe('Ignored columns: note, (without a name)\n');
    const ignore = { ...map, ignore: ['note', ''] };
    expect(await kit.import('companies', 'o.csv', ignore, { strict: true })).toMatchObject({ code: 0, err: '' });
  });

  it('never make the imported file its own error file', async () => {
    const path = kit.write('p.csv', 'id,name\nP1,\n');
    const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    const result = await kit.import('companies', 'p.csv', map, { errors: path });
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('is the imported file') });
    expect(kit.read('p.csv')).toBe('id,name\nP1,\n');
  });
});

describe('an import without a key', () => {
  it('makes a record of every row, every time', async () => {
    kit.write('q.csv', 'name\nUnkeyed\nUnkeyed\n');
    const map = { columns: { name: 'name' }, constants: { kind: 'partner' } };
    expect((await kit.import('companies', 'q.csv', map)).out).toContain('2 created');
    expect((await kit.import('companies', 'q.csv', map)).out).toContain('2 created');
    expect(await kit.all(`companies?$filter=name eq 'Unkeyed' and kind eq 'partner'&$select=id`)).toHaveLength(4);
  });

  it('by update alone refuses rows that are not there', async () => {
    kit.write('r.csv', 'id,name\nR1,x\n');
    const map = { mode: 'update', key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    expect((await kit.import('companies', 'r.csv', map)).out).toContain('1 failed');
    expect(kit.read('r.csv.errors.csv')).toContain('R1,x,"There is no such record"');
  });
});

describe('the user', () => {
  const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };

  it('has the rights of the service and no more', async () => {
    await makeUser(running.address, 'reads@example.com', 'correct horse reads');
    const who = { user: 'reads@example.com', password: 'correct horse reads' };
    kit.write('s.csv', 'id,name\nS1,x\n');
    const nothing = await kit.import('companies', 's.csv', map, who);
    expect(nothing).toMatchObject({
      code: 2,
      err: expect.stringContaining('no entity set companies that you may read'),
    });
    await makeUser(running.address, 'sells@example.com', 'correct horse sells', 'sales_representative');
    const sells = { user: 'sells@example.com', password: 'correct horse sells' };
    expect((await kit.import('companies', 's.csv', map, sells)).out).toContain('1 created');
    // A foreign record with the same key is not shown and not touched.
    kit.write('t.csv', 'id,name\nT1,stolen\n');
    await makeUser(running.address, 'other@example.com', 'correct horse other', 'sales_representative');
    const other = await kit.import('deals', 't.csv', map, {
      user: 'other@example.com',
      password: 'correct horse other',
    });
    expect(other.out).toContain('1 created');
    const foreign = await kit.import('deals', 't.csv', map, sells);
    expect(foreign.code).toBe(1);
    expect(kit.read('t.csv.errors.csv')).toContain('Another record has the same external_id');
  });

  it('sets who created a record, and when, with the capability import alone', async () => {
    const created = { to: 'created_on', date: 'DD.MM.YYYY HH:mm', zone: 'Europe/Moscow' };
    const history = { ...map, columns: { ...map.columns, since: created } };
    kit.write('v.csv', 'id,name,since\nV1,x,31.12.2019 02:30\n');
    const sells = { user: 'sells@example.com', password: 'correct horse sells' };
    expect((await kit.import('deals', 'v.csv', history, sells)).code).toBe(1);
    expect(kit.read('v.csv.errors.csv')).toContain('since (created_on): cannot be written');
    expect((await kit.import('deals', 'v.csv', history)).code).toBe(0);
    const stored = await kit.all(`deals?$filter=external_id eq 'V1'&$select=created_on`);
    expect(stored).toMatchObject([{ created_on: expect.stringMatching(/^2019-12-30T23:30:00(Z|\+00:00)$/) }]);
    expect((await kit.import('deals', 'v.csv', history)).out).toContain('0 created, 0 updated, 1 unchanged, 0 failed');
  });

  it('must be known', async () => {
    kit.write('u.csv', 'id,name\nU1,x\n');
    const wrong = await kit.import('companies', 'u.csv', map, { password: 'not the password' });
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('user name or password is not right') });
    const token = await kit.import('companies', 'u.csv', map, { token: 'x.y.z' });
    expect(token).toMatchObject({ code: 2, err: expect.stringContaining('does not accept the token') });
    const { access_token: good } = await signIn(running.address, 'sells@example.com', 'correct horse sells');
    expect(await kit.import('companies', 'u.csv', map, { token: good, user: null, password: null })).toMatchObject({
      code: 0,
    });
    const nobody = await kit.import('companies', 'u.csv', map, { user: null, password: null });
    expect(nobody.err).toContain('Say who you are');
    const away = await kit.import('companies', 'u.csv', map, { url: `http://127.0.0.1:${await freePort()}` });
    expect(away).toMatchObject({ code: 2, err: expect.stringContaining('does not answer (ECONNREFUSED)') });
  });
});

describe('an import into tables that nobody has counted yet', () => {
  it('has the service find each record that is referred to by its id, not by reading all of them', async () => {
    const keys = Array.from({ length: 2000 }, (_, index) => `X${index}`);
    kit.write('x.csv', ['id,name', ...keys.map((key) => `${key},${key}`)].join('\n'));
    kit.write('y.csv', ['id,last,company', ...keys.map((key) => `${key},${key},${key}`)].join('\n'));
    await kit.import('companies', 'x.csv', { key: 'external_id', columns: { id: 'external_id', name: 'name' } });
    const read = async (): Promise<number> => {
      // The session that reads reports its own figures, too; the others' come a moment later.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const [row] = await running.database.database.run(
        `select sum(idx_tup_read)::text as n from pg_stat_user_indexes where relid = 'data.company'::regclass`,
      );
      return Number(row?.n);
    };
    const before = await read();
    const company = { to: 'company_id', lookup: { in: 'companies', by: 'external_id' } };
    const map = { key: 'external_id', columns: { id: 'external_id', last: 'last_name', company } };
    expect((await kit.import('contacts', 'y.csv', map)).out).toContain('2000 created');
    // Reading an index from end to end for each of them would be millions.
    expect((await read()) - before).toBeLessThan(200_000);
  });
});

describe('an import that is interrupted', () => {
  it('sends nothing more and has every row stored or in the error file', async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `W${index},Name ${index}`);
    kit.write('w.csv', ['id,name', ...lines].join('\n'));
    const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    const controller = new AbortController();
    const importing = kit.import('companies', 'w.csv', map, { batch: 10, parallel: 1, signal: controller.signal });
    const stored = async () => (await kit.all(`companies?$filter=startswith(external_id,'W')&$select=id`)).length;
    while ((await stored()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    const { code, err } = await importing;
    expect([code, err]).toEqual([2, expect.stringContaining('the import was interrupted')]);
    const left = (kit.read('w.csv.errors.csv') ?? '').trimEnd().split('\n').length - 1;
    expect([left > 0, (await stored()) + left]).toEqual([true, 3000]);
    expect((await kit.import('companies', 'w.csv.errors.csv', map)).code).toBe(0);
    expect(await stored()).toBe(3000);
  });
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
