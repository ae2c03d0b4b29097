// Who may not publish gets nothing of what lies below /metadata, whichever way he asks; and who may does not get more rights by it
// than he holds.
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../packages/platform/src/metadata-api/routes.ts';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = { en: 'L' };
let crm: Crm;
let clerk: Principal;
let publisher: Principal;
beforeAll(async () => {
  const role = (name: string, body: object) =>
    ({ kind: 'role', name, layer: 'base', source: 'test', body: { name, label, ...body } }) as const;
  const documents = [
    ...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)),
    role('publisher', { privileges: {}, capabilities: ['publish_metadata'] }),
    role('stand_in', { privileges: { user: { read: 'organization' } }, capabilities: ['act_as'] }),
  ];
  crm = await startCrm({ documents });
  clerk = await crm.user('Clerk', ['sales_manager', 'stand_in']);
  publisher = await crm.user('Publisher', ['sales_representative', 'publisher']);
});
afterAll(() => crm?.close());

/** As of the latest revision. */
async function call(who: Principal, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  return crm.call(await crm.principal(who.id), method, path, body, headers);
}

const NAMES: Readonly<Record<string, string>> = {
  kind: 'role',
  name: 'system_administrator',
  package: 'none',
  id: '01900000-0000-7000-8000-000000000001',
};
const filled = (path: string): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => NAMES[name] ?? '1');
const REQUESTS = Object.entries(ROUTES).flatMap(([path, methods]) =>
  Object.keys(methods).map((method): [string, string] => [method, `/metadata${path === '' ? '' : `/${filled(path)}`}`]),
);
const REFUSED = [403, 'missing_capability', 'You do not have the capability publish_metadata'];

describe('without the capability publish_metadata', () => {
  const bodyFor = (method: string): object | undefined => (method === 'GET' || method === 'DELETE' ? undefined : {});

  it.each(REQUESTS)('%s %s is refused in the same words', async (method, path) => {
    const { status, json } = await call(clerk, method, path, bodyFor(method));
    expect([status, json.code, json.message]).toEqual(REFUSED);
    const [one] = (await batch(clerk, [[method, path]])).json.responses;
    expect([one.status, one.body.error.code, one.body.error.message]).toEqual(REFUSED);
    const acting = await call(clerk, method, path, bodyFor(method), { 'act-as': publisher.id });
    expect([acting.status, acting.json.code, acting.json.message]).toEqual(REFUSED);
  });

  it('what is published and what is not answers alike', async () => {
    const [there, not] = [
      await call(clerk, 'GET', '/metadata/documents/role/system_administrator'),
      await call(clerk, 'GET', '/metadata/documents/role/nobody_has_this'),
    ];
    expect([there.status, there.json]).toEqual([not.status, not.json]);
  });

  function batch(principal: Principal, requests: readonly (readonly [string, string])[]): Promise<Answer> {
    const parts = requests.map(([method, url], at) => {
      const body = bodyFor(method);
      return { id: `${at}`, method, url, ...(body === undefined ? {} : { body }) };
    });
    return call(principal, 'POST', '/$batch', { requests: parts });
  }
});

describe('who may publish', () => {
  const archive = (name: string, documents: readonly object[]) => ({
    manifest: { name, publisher: 'P', prefix: `${name}_`, version: '1.0.0' },
    documents,
  });
  const role = (body: object) => [
    { kind: 'role', name: 'sales_representative', body: { extends: 'sales_representative', ...body } },
  ];
  const GAINS: readonly (readonly [string, readonly object[]])[] = [
    ['a deeper right by a role of his', role({ privileges: { deal: { read: 'organization' } } })],
    ['a capability by a role of his', role({ capabilities: ['audit'] })],
    ['a secured field by a role of his', role({ fields: { contact: { birth_date: ['read'] } } })],
    [
      'a secured field that becomes an ordinary one',
      [{ kind: 'entity', name: 'contact', body: { extends: 'contact', fields: { birth_date: { secured: false } } } }],
    ],
  ];

  it('lets shares of a record extend to those below only where he holds all on these', async () => {
    const fields = { company: { cascade: { share: 'probe' } } };
    const body = archive('wide', [{ kind: 'entity', name: 'deal', body: { extends: 'deal', fields } }]);
    const planned = await call(publisher, 'POST', '/metadata/packages/plan', body);
    expect([planned.status, planned.json.code, planned.json.message]).toEqual([
      403,
      'escalation',
      expect.stringMatching(/^You cannot give more than you hold: \w+ on deal, records below others that are shared$/),
    ]);
    expect((await call(crm.admin, 'POST', '/metadata/packages/plan', body)).status).toBe(200);
  });

  it.each(GAINS)('gains nothing by a package: %s', async (_, documents) => {
    const before = crm.platform.model().revision;
    const body = archive('gain', documents);
    const planned = await call(publisher, 'POST', '/metadata/packages/plan', body);
    expect([planned.status, planned.json.code]).toEqual([403, 'escalation']);
    // With the fingerprint that somebody else was told.
    const known = await call(crm.admin, 'POST', '/metadata/packages/plan', body);
    expect(known.status).toBe(200);
    const asked = { ...body, fingerprint: known.json.plan.fingerprint, allow_destructive: true };
    const installed = await call(publisher, 'POST', '/metadata/packages', asked);
    expect([installed.status, installed.json.code]).toEqual([403, 'escalation']);
    expect(crm.platform.model().revision).toBe(before);
  });

  it('does not take the capability from himself, by a document or by a package; others may', async () => {
    const lost = { status: 409, json: expect.objectContaining({ code: 'conflict' }) };
    const reason = /^You would lose the capability publish_metadata/;
    const documents = [{ kind: 'role', name: 'publisher', patch: { capabilities: [] } }];
    const plan = await call(publisher, 'POST', '/metadata/plan', { documents });
    expect([plan, plan.json.message]).toEqual([expect.objectContaining(lost), expect.stringMatching(reason)]);
    const own = await call(publisher, 'POST', '/metadata/publish', { documents, comment: 'Less' });
    expect([own, own.json.message]).toEqual([expect.objectContaining(lost), expect.stringMatching(reason)]);
    const less = [{ kind: 'role', name: 'publisher', body: { extends: 'publisher', capabilities: [] } }];
    const packaged = await call(publisher, 'POST', '/metadata/packages/plan', archive('less', less));
    expect(packaged).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect((await call(publisher, 'GET', '/metadata')).status).toBe(200);
    expect((await call(crm.admin, 'POST', '/metadata/plan', { documents })).status).toBe(200);
  });

  it('installs what gives nothing', async () => {
    const field = { gain_note: { type: 'text', label, max_length: 20 } };
    const body = archive('gain', [{ kind: 'entity', name: 'company', body: { extends: 'company', fields: field } }]);
    const planned = await call(publisher, 'POST', '/metadata/packages/plan', body);
    expect(planned.status).toBe(200);
    const installed = await call(publisher, 'POST', '/metadata/packages', {
      ...body,
      fingerprint: planned.json.plan.fingerprint,
    });
    expect([installed.status, installed.json.outcome]).toEqual([200, 'published']);
  });
});
