// Packages over REST: plans, installations, exports and uninstallations, by whom they may be, and what is told of wrong ones.
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let rita: Principal;
beforeAll(async () => {
  crm = await startCrm();
  rita = await crm.user('Rita', ['sales_representative']);
});
afterAll(() => crm?.close());

const label = (en: string) => ({ en });
const call = async (method: string, path: string, body?: unknown, principal = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), method, `/metadata/packages${path}`, body);

const archive = (version = '1.0.0', more: object = {}, name = 'rank') => ({
  manifest: { name, publisher: 'Acme', prefix: `${name}_`, version },
  documents: [
    {
      kind: 'entity',
      name: 'contact',
      body: { extends: 'contact', fields: { [`${name}_level`]: { type: 'integer', label: label('Level') }, ...more } },
    },
  ],
});

/** Plans and carries out. */
const install = async (body: object): Promise<Answer> => {
  const planned = await call('POST', '/plan', body);
  if (planned.status !== 200) return planned;
  return call('POST', '', { ...body, fingerprint: planned.json.plan.fingerprint, allow_destructive: true });
};
const uninstall = async (name: string): Promise<Answer> => {
  const planned = await call('POST', `/${name}/uninstall/plan`, {});
  if (planned.status !== 200) return planned;
  return call('POST', `/${name}/uninstall`, { data: 'keep', fingerprint: planned.json.plan.fingerprint });
};
const reasons = ({ status, json }: Answer) => [
  status,
  json.code,
  ...(json.details ?? []).map(({ target, message }: { target: string; message: string }) => `${target} ${message}`),
];

describe('a package', () => {
  it('is planned, installed with the fingerprint of the plan, and at once in every list, under its name', async () => {
    const planned = await call('POST', '/plan', archive());
    expect(planned.status).toBe(200);
    expect(planned.json).toMatchObject({ action: 'install', name: 'rank', from: null, to: '1.0.0', restored: [] });
    expect(planned.json.plan.changes).toMatchObject([
      { what: 'field', change: 'added', subject: 'contact', name: 'rank_level' },
    ]);
    const other = await call('POST', '', { ...archive(), fingerprint: '0'.repeat(64) });
    expect([other.status, other.json.code]).toEqual([409, 'plan_moved']);
    const installed = await call('POST', '', {
      ...archive(),
      fingerprint: planned.json.plan.fingerprint,
      comment: 'Try it',
    });
    expect([installed.status, installed.json.outcome, installed.json.name]).toEqual([200, 'published', 'rank']);
    const contact = await crm.create(
      'contacts',
      { last_name: 'Ada', rank_level: 3 },
      await crm.principal(crm.admin.id),
    );
    expect(contact.rank_level).toBe(3);
    const { json } = await call('GET', '');
    expect(json.value).toMatchObject([
      { name: 'rank', version: '1.0.0', installed: true, place: 1, documents: 1, changed_by_id: crm.admin.id },
    ]);
    expect((await call('POST', '/plan', archive())).json).toMatchObject({ action: 'none', plan: null });
  });

  it('is exported byte for byte as it was installed, whatever the order it was sent in', async () => {
    const first = await call('GET', '/rank');
    expect(first.json).toEqual(archive());
    expect((await call('GET', '/rank')).text).toBe(first.text);
  });

  it('is upgraded under a customisation, and uninstalled and installed again with what was stored', async () => {
    const changes = [
      {
        kind: 'entity',
        name: 'contact',
        body: { extends: 'contact', fields: { rank_level: { label: label('Our level') } } },
      },
    ] as const;
    await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
    const upgraded = await install(archive('1.1.0', { rank_note: { type: 'text', label: label('Note') } }));
    expect([upgraded.status, upgraded.json.outcome]).toEqual([200, 'published']);
    expect(crm.platform.model().entities.get('contact')?.fields.get('rank_level')?.label).toEqual(label('Our level'));
    expect(reasons(await uninstall('rank'))).toEqual([
      400,
      'invalid_documents',
      expect.stringContaining('custom/entity/contact#/fields/rank_level'),
      expect.stringContaining('custom/entity/contact#/fields/rank_level'),
    ]);
    await publish(crm.platform.database, {
      changes: [{ ...changes[0], body: null }],
      author: null,
      comment: 'Test',
      log: quietLog,
    });
    expect((await uninstall('rank')).json).toMatchObject({ outcome: 'published' });
    expect((await call('GET', '')).json.value).toMatchObject([
      { installed: false, kept: ['contact.rank_level', 'contact.rank_note'] },
    ]);
    expect((await call('GET', '/rank')).status).toBe(404);
    const planned = await call('POST', '/plan', archive('1.1.0'));
    expect(planned.json.restored).toEqual(['contact.rank_level']);
    await install(archive('1.1.0'));
    const found = await crm.call(
      await crm.principal(crm.admin.id),
      'GET',
      `/contacts?$filter=last_name eq 'Ada'&$select=rank_level`,
    );
    expect(found.json.value).toMatchObject([{ rank_level: 3 }]);
    expect((await uninstall('rank')).status).toBe(200);
    expect((await uninstall('rank')).status).toBe(404);
  });

  it('tells of its installation, upgrade and uninstallation among the security events', async () => {
    const { json } = await crm.call(
      await crm.principal(crm.admin.id),
      'GET',
      "/security_events?$filter=kind in ('package_installed','package_upgraded','package_uninstalled')",
    );
    expect(
      json.value
        .map(({ kind, actor_id, details }: { kind: string; actor_id: string; details: unknown }) => [
          kind,
          actor_id,
          details,
        ])
        .reverse(),
    ).toMatchObject([
      ['package_installed', crm.admin.id, { package: 'rank', version: '1.0.0' }],
      ['package_upgraded', crm.admin.id, { package: 'rank', version: '1.1.0', from: '1.0.0' }],
      ['package_uninstalled', crm.admin.id, { package: 'rank', from: '1.1.0' }],
      ['package_installed', crm.admin.id, { package: 'rank', version: '1.1.0' }],
      ['package_uninstalled', crm.admin.id, { package: 'rank', from: '1.1.0' }],
    ]);
  });
});

describe('refused', () => {
  it('to everybody without publish_metadata, whatever is asked', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/rank', undefined],
      ['POST', '', archive()],
      ['POST', '/plan', archive()],
      ['POST', '/export', {}],
      ['POST', '/rank/uninstall', {}],
      ['POST', '/rank/uninstall/plan', {}],
    ] as const) {
      expect(reasons(await call(method, path, body, rita)), `${method} ${path}`).toEqual([403, 'missing_capability']);
    }
  });

  it('are packages that give away more than their installer holds', async () => {
    const publisher = {
      name: 'x_publisher',
      label: label('Publisher'),
      privileges: {},
      capabilities: ['publish_metadata'],
    };
    const changes = [{ kind: 'role', name: 'x_publisher', body: publisher }] as const;
    const { revision } = await publish(crm.platform.database, {
      changes,
      author: null,
      comment: 'Test',
      log: quietLog,
    });
    while (crm.platform.model().revision < revision) await new Promise((resolve) => setTimeout(resolve, 10));
    const pia = await crm.user('Pia', []);
    const given = { user_id: pia.id, role: 'x_publisher' };
    await crm.create('role_assignments', given, await crm.principal(crm.admin.id));
    const role = {
      kind: 'role',
      name: 'sales_representative',
      body: { extends: 'sales_representative', capabilities: ['audit'] },
    };
    const greedy = { manifest: { ...archive().manifest, name: 'greedy', prefix: 'greedy_' }, documents: [role] };
    expect(reasons(await call('POST', '/plan', greedy, pia))).toEqual([403, 'escalation']);
    const planned = await call('POST', '/plan', greedy);
    const confirmed = { ...greedy, fingerprint: planned.json.plan.fingerprint };
    expect(reasons(await call('POST', '', confirmed, pia))).toEqual([403, 'escalation']);
    expect((await call('GET', '')).json.value.map(({ name }: { name: string }) => name)).not.toContain('greedy');
  });

  it('are fingerprints of a plan that has moved, with the new plan', async () => {
    const moved = await call('POST', '', { ...archive('9.0.0'), fingerprint: '0'.repeat(64) });
    expect([moved.status, moved.json.code]).toEqual([409, 'plan_moved']);
    const { fingerprint } = moved.json.details[0]['@kartoteka.plan'].plan;
    expect((await call('POST', '', { ...archive('9.0.0'), fingerprint, allow_destructive: true })).status).toBe(200);
    await uninstall('rank');
  });

  it('are archives that are none, with every finding and its place', async () => {
    const wrong = {
      manifest: {
        name: 'Rank',
        publisher: '',
        prefix: 'rank',
        version: '1',
        dependencies: { other: 'latest' },
        more: 1,
      },
      documents: [
        { kind: 'organization', name: 'organization', body: {} },
        { kind: 'entity', name: '../x', body: [] },
        null,
      ],
    };
    const answer = await call('POST', '/plan', wrong);
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_documents']);
    expect(answer.json.details.map(({ target }: { target: string }) => target)).toEqual([
      'package#/manifest',
      'package#/manifest/name',
      'package#/manifest/publisher',
      'package#/manifest/publisher',
      'package#/manifest/prefix',
      'package#/manifest/version',
      'package#/documents/0/kind',
      'package#/documents/1/name',
      'package#/documents/1/body',
      'package#/documents/2',
    ]);
    for (const body of [{}, { manifest: null, documents: null }, { ...archive(), documents: {} }]) {
      expect((await call('POST', '/plan', body)).status).toBe(400);
    }
    expect(reasons(await call('POST', '/plan', { ...archive(), kept_data: 'maybe', more: 1 })).slice(0, 2)).toEqual([
      400,
      'validation_failed',
    ]);
    expect(reasons(await call('POST', '', archive())).slice(0, 2)).toEqual([400, 'validation_failed']);
    const range = { ...archive(), manifest: { ...archive().manifest, dependencies: { other: 'latest', rank: '*' } } };
    expect((await call('POST', '/plan', range)).json.details.map(({ target }: { target: string }) => target)).toEqual([
      'package#/manifest/dependencies/other',
      'package#/manifest/dependencies/rank',
    ]);
    const word = { ...archive(), manifest: { ...archive().manifest, name: 'plan' } };
    expect((await call('POST', '/plan', word)).json.details[0].target).toBe('package#/manifest/name');
    const twice = { ...archive(), documents: [...archive().documents, ...archive().documents] };
    expect((await call('POST', '/plan', twice)).json.details[0].target).toBe('package#/documents/1/name');
  });

  it('are documents that do not link, dependencies that are missing, and an unknown package', async () => {
    const reference = archive('9.1.0', { rank_other: { type: 'lookup', targets: ['nothing'], inverse: 'ranks' } });
    expect(reasons(await call('POST', '/plan', reference))).toEqual([
      400,
      'invalid_documents',
      expect.stringContaining('package:rank/entity/contact#/fields/rank_other/targets'),
    ]);
    const needy = { ...archive(), manifest: { ...archive().manifest, dependencies: { base: '^1.0.0' } } };
    expect(reasons(await call('POST', '/plan', needy))).toEqual([
      409,
      'package_conflict',
      expect.stringContaining('base is not installed'),
    ]);
    expect(reasons(await call('POST', '/nothing/uninstall/plan', {}))).toEqual([404, 'unknown_resource']);
  });
});
