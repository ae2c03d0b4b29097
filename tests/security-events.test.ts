// GET /security_events: who may read them, what each says, filters, pages, and clear errors for what is not served.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publish, recordSecurityEvent } from '../packages/platform/src/index.ts';
import { type Crm, principalOf, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let auditor: Awaited<ReturnType<Crm['user']>>;
const USER = '0197a000-0000-7000-8000-000000000001';
const OTHER = '0197a000-0000-7000-8000-000000000002';
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'];

beforeAll(async () => {
  crm = await startCrm();
  const body = { name: 'x_auditor', label: { en: 'Auditor' }, privileges: {}, capabilities: ['audit'] };
  const changes = [{ kind: 'role' as const, name: 'x_auditor', body }];
  const { revision } = await publish(crm.platform.database, {
    changes,
    author: crm.admin.id,
    comment: '',
    log: quietLog,
  });
  await vi.waitFor(() => expect(crm.platform.model().revision).toBe(revision), { timeout: 10_000 });
  crm = { ...crm, admin: await principalOf(crm.platform, crm.admin.id) };
  const id = (
    await crm.create(
      'users',
      { full_name: 'A', email: 'a@example.com', owning_business_unit_id: crm.rootUnitId },
      crm.admin,
    )
  ).id;
  await crm.create('role_assignments', { user_id: id, role: 'x_auditor' }, crm.admin);
  auditor = await crm.principal(id);
  for (const [index, day] of DAYS.entries()) {
    await crm.platform.database.run(
      `insert into kartoteka.security_log (occurred_on, kind, actor_id, client, address, user_agent, target_entity, target_id, details)
       values ($1::timestamptz, $2::text, $3::uuid, 'app', '10.0.0.1', 'test/1', 'user', $4::uuid, $5::jsonb)`,
      [
        `${day}T12:00:00.123456Z`,
        index % 2 === 0 ? 'sign_in' : 'sign_in_failed',
        index === 4 ? null : USER,
        OTHER,
        `{"n": ${index}}`,
      ],
    );
  }
}, 60_000);
afterAll(() => crm?.close());

const get = (query = '', principal = auditor, headers?: Record<string, string>) =>
  crm.call(principal, 'GET', `/security_events${query === '' ? '' : `?${query}`}`, undefined, headers);
/** Numbers of the events of January that a filter finds. */
const found = async (filter: string): Promise<number[]> => {
  const answer = await get(`$filter=${filter} and occurred_on lt 2026-02-01T00:00:00Z`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text} ${JSON.stringify(answer.json)}`);
  return answer.json.value.map(({ details }: { details: { n: number } }) => details.n);
};

describe('reading security events', () => {
  it('needs the capability audit and nothing else; who lacks it leaves an event himself', async () => {
    const reader = await crm.user('Reader', ['sales_manager']);
    const refused = await get('', reader);
    expect([refused.status, refused.json.code]).toEqual([403, 'missing_capability']);
    expect((await get()).status).toBe(200);
    expect((await get('', crm.admin)).status).toBe(200);
    expect((await get(`$filter=kind eq 'capability_refused' and actor_id eq ${reader.id}`)).json.value).toMatchObject([
      { details: { capability: 'audit', resource: 'security_events' } },
    ]);
  });

  it('shows everything that is recorded of an event, times to the microsecond', async () => {
    const { json, headers } = await get(
      '$filter=occurred_on ge 2026-01-01T00:00:00Z and occurred_on lt 2026-01-02T00:00:00Z',
    );
    expect(headers['content-type']).toContain('application/json');
    expect(json).toEqual({
      '@odata.context': 'http://crm.test/api/v1/$metadata#Collection(kartoteka.security_event)',
      value: [
        {
          id: expect.any(Number),
          occurred_on: '2026-01-01T12:00:00.123456+00:00',
          kind: 'sign_in',
          actor_id: USER,
          caller_id: null,
          client: 'app',
          address: '10.0.0.1',
          user_agent: 'test/1',
          target_entity: 'user',
          target_id: OTHER,
          details: { n: 0 },
        },
      ],
    });
  });

  it('filters by kind, actor, target, address and time, joined as in every filter', async () => {
    expect(await found('occurred_on gt 2026-01-01T12:00:00.123456Z')).toEqual([4, 3, 2, 1]);
    expect(
      await found('occurred_on ge 2026-01-02T12:00:00.123456Z and occurred_on le 2026-01-03T12:00:00.123456Z'),
    ).toEqual([2, 1]);
    expect(await found(`kind eq 'sign_in_failed'`)).toEqual([3, 1]);
    expect(await found(`kind in ('sign_in','sign_in_failed')`)).toEqual([4, 3, 2, 1, 0]);
    expect(await found(`kind ne 'sign_in'`)).toEqual([3, 1]);
    expect(await found(`actor_id eq ${USER}`)).toEqual([3, 2, 1, 0]);
    expect(await found('actor_id eq null')).toEqual([4]);
    expect(await found(`actor_id ne ${USER}`)).toEqual([4]);
    expect(await found(`target_entity eq 'user' and target_id eq ${OTHER}`)).toEqual([4, 3, 2, 1, 0]);
    expect(await found(`target_id eq ${USER}`)).toEqual([]);
    expect(await found(`address eq '10.0.0.1' and client eq 'app' and caller_id eq null`)).toHaveLength(5);
    expect(await found(`(kind eq 'sign_in' or actor_id eq ${USER}) and not (kind eq 'sign_in_failed')`)).toEqual([
      4, 2, 0,
    ]);
  });

  it('goes from page to page, newest first, and $top bounds all of them', async () => {
    const filter = '$filter=occurred_on lt 2026-02-01T00:00:00Z';
    const walk = async (query: string, headers: Record<string, string>): Promise<number[][]> => {
      const pages: number[][] = [];
      for (let next: string | undefined = query; next !== undefined; ) {
        const { json }: { json: { value: { details: { n: number } }[]; '@odata.nextLink'?: string } } = await get(
          next,
          auditor,
          headers,
        );
        pages.push(json.value.map(({ details }) => details.n));
        next = json['@odata.nextLink']?.split('?')[1];
        if (next !== undefined) next = decodeURIComponent(next);
      }
      return pages;
    };
    expect(await walk(filter, { prefer: 'odata.maxpagesize=2' })).toEqual([[4, 3], [2, 1], [0]]);
    expect(await walk(`${filter}&$top=3`, { prefer: 'odata.maxpagesize=2' })).toEqual([[4, 3], [2]]);
    expect(await walk(`${filter}&$top=5`, {})).toEqual([[4, 3, 2, 1, 0]]);
    expect(await walk(`${filter}&$top=0`, {})).toEqual([[]]);
  });

  it('tells events of one moment apart, so that none is shown twice or left out', async () => {
    const at = '2025-06-01T00:00:00Z';
    await crm.platform.database.run(
      `insert into kartoteka.security_log (occurred_on, kind, details) select $1::timestamptz, 'sign_out', jsonb_build_object('n', n) from generate_series(1, 7) n`,
      [at],
    );
    const seen: number[] = [];
    let query: string | undefined = `$filter=kind eq 'sign_out' and occurred_on le ${at}`;
    while (query !== undefined) {
      const { json } = await get(query, auditor, { prefer: 'odata.maxpagesize=3' });
      seen.push(...json.value.map(({ details }: { details: { n: number } }) => details.n));
      const link: string | undefined = json['@odata.nextLink'];
      query = link === undefined ? undefined : decodeURIComponent(link.split('?')[1] ?? '');
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it.each([
    ['$orderby=kind', 400, 'invalid_option'],
    ['$select=kind', 400, 'invalid_option'],
    ['$count=true', 400, 'invalid_option'],
    ['$skip=1', 400, 'invalid_option'],
    ['$search=x', 400, 'invalid_option'],
    ['kind=sign_in', 400, 'unknown_option'],
    ['$top=-1', 400, 'invalid_option'],
    ['$top=x', 400, 'invalid_option'],
    ['$filter=', 400, 'invalid_expression'],
    [`$filter=kind eq 'nothing'`, 400, 'invalid_expression'],
    ['$filter=kind eq 5', 400, 'invalid_expression'],
    ['$filter=actor_id eq 5', 400, 'invalid_expression'],
    [`$filter=occurred_on eq 2026-01-01T00:00:00Z`, 400, 'invalid_expression'],
    [`$filter=contains(user_agent,'x')`, 400, 'invalid_expression'],
    [`$filter=details eq 'x'`, 400, 'invalid_expression'],
    [`$filter=nothing eq 'x'`, 400, 'invalid_expression'],
    [`$filter=actor/email eq 'x'`, 400, 'invalid_expression'],
    ['$skiptoken=abc', 400, 'invalid_skiptoken'],
  ])('refuses %s', async (query, status, code) => {
    const answer = await get(query);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('refuses a forged or foreign position', async () => {
    const { json } = await get('$filter=occurred_on lt 2026-02-01T00:00:00Z', auditor, {
      prefer: 'odata.maxpagesize=2',
    });
    const token = new URL(json['@odata.nextLink']).searchParams.get('$skiptoken') ?? '';
    expect((await get(`$skiptoken=${token}`)).json.code).toBe('invalid_skiptoken');
    const [print] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [number];
    const filter = '$filter=occurred_on lt 2026-02-01T00:00:00Z';
    for (const keys of [
      ['x', '1'],
      ['2026-01-01 00:00:00+00'],
      ['2026-99-99 00:00:00+00', '1'],
      ['2026-01-01 00:00:00+00', 'x'],
    ]) {
      const forged = Buffer.from(JSON.stringify([print, ...keys])).toString('base64url');
      expect((await get(`${filter}&$skiptoken=${forged}`)).status).toBe(400);
    }
  });

  it('is no entity set: nothing is written, nothing stands below it, no entity may be called so', async () => {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      const answer = await crm.call(crm.admin, method, '/security_events', {});
      expect([answer.status, answer.json.code]).toEqual([405, 'method_not_allowed']);
    }
    for (const path of ['/security_events/$count', '/security_events/1'])
      expect((await crm.call(crm.admin, 'GET', path)).status).toBe(404);
    expect((await crm.call(crm.admin, 'GET', `/security_events(${USER})`)).status).toBe(400);
    const label = { en: 'X' };
    const body = {
      name: 'x_thing',
      set: 'security_events',
      label,
      plural_label: label,
      ownership: 'organization',
      title: 'name',
      fields: { name: { type: 'text', label, max_length: 10, required: true } },
    };
    const changes = [{ kind: 'entity' as const, name: 'x_thing', body }];
    const refused = publish(crm.platform.database, { changes, author: null, comment: '', log: quietLog });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_documents',
      details: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('beside the entity sets') }),
      ]),
    });
  });

  it('is one statement, found along an index for a rare kind among many events', async () => {
    await crm.platform.database.run(
      `insert into kartoteka.security_log (occurred_on, kind) select now() - n * interval '1 second', 'sign_in' from generate_series(1, 20000) n`,
    );
    await recordSecurityEvent(crm.platform.database, { kind: 'record_redacted', actorId: USER });
    await crm.platform.database.run('analyze kartoteka.security_log');
    const rows = await crm.platform.database.run(
      `explain (format text) select * from kartoteka.security_log l where l.kind = 'record_redacted'::text order by l.occurred_on desc, l.id desc limit 101`,
    );
    expect(JSON.stringify(rows)).toContain('security_log_kind_occurred_on_id_idx');
    expect((await get(`$filter=kind eq 'record_redacted'`)).json.value).toMatchObject([{ actor_id: USER }]);
    expect((await get()).json.value).toHaveLength(100);
  });
});
