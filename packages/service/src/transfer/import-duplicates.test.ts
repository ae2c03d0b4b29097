// What duplicate rules say of imports: rows that are warned of are stored and counted, rows that are refused are in the error file.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, signIn, startTestService, type TestService } from '../testing/test-service.ts';
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

const MAP = { columns: { name: 'last_name', mail: 'email' } };

async function call(method: string, path: string, body: unknown): Promise<Response> {
  const { access_token: token } = await signIn(running.address, ADMIN.email, ADMIN.password);
  return callApi(running.address, token, method, `/api/v1/${path}`, body);
}

describe('rows that a rule takes for other records', () => {
  it('are stored where it warns, and the outcome counts them and names the records', async () => {
    const known = (await (
      await call('POST', 'contacts', { last_name: 'Known', email: 'known@dup.example' })
    ).json()) as {
      id: string;
    };
    kit.write('w.csv', 'name,mail\nA,KNOWN@dup.example\nB,new@dup.example\nC,New@dup.example\nD,alone@dup.example\n');
    const trial = await kit.import('contacts', 'w.csv', MAP, { dryRun: true });
    expect(trial.out).toContain(
      'Possible duplicates: 2 of the rows are taken for other records\n  2 x contact_email\n',
    );
    const result = await kit.import('contacts', 'w.csv', MAP);
    expect([result.code, kit.read('w.csv.errors.csv')]).toEqual([0, null]);
    expect(result.out).toContain('4 created, 0 updated, 0 unchanged, 0 failed');
    expect(result.out).toContain(
      'Possible duplicates: 2 of the rows are taken for other records\n  2 x contact_email\n',
    );
    expect(result.out).toContain(`  for instance contacts(${known.id}) Known by contact_email\n`);
    kit.write('n.csv', 'name,mail\nE,nobody.else@dup.example\n');
    expect((await kit.import('contacts', 'n.csv', MAP)).out).not.toContain('Possible duplicates');
  });

  it('are in the error file where it refuses imports, while others are only warned of; where it ignores them nothing is said', async () => {
    const rule = (on_import: string) =>
      call('POST', 'metadata/publish', {
        comment: on_import,
        documents: [{ kind: 'duplicate_rule', name: 'contact_email', body: { extends: 'contact_email', on_import } }],
      });
    expect((await rule('refuse')).status).toBe(200);
    kit.write('r.csv', 'name,mail\nF,known@dup.example\nG,other@dup.example\n');
    const refused = await kit.import('contacts', 'r.csv', MAP);
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('1 created, 0 updated, 0 unchanged, 1 failed');
    expect(kit.read('r.csv.errors.csv')).toMatch(
      /^name,mail,error\nF,known@dup\.example,"?mail \(email\): .*contact_email/,
    );
    expect((await call('POST', 'contacts', { last_name: 'H', email: 'known@dup.example' })).status).toBe(201);
    expect((await rule('ignore')).status).toBe(200);
    const ignored = await kit.import('contacts', 'r.csv', MAP);
    expect([ignored.code, ignored.out.includes('Possible duplicates')]).toEqual([0, false]);
  });
});
