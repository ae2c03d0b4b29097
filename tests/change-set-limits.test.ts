// Who may change documents over /metadata, what a publish may give, and what is too much, too deep or not what it seems.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let clerk: Principal;
let designer: Principal;
beforeAll(async () => {
  crm = await startCrm();
  clerk = await crm.user('Clerk', ['sales_manager']);
  const privileges = { deal: { read: 'user', write: 'user' }, company: { read: 'organization' } };
  const body = { name: 'x_designer', label: { en: 'Designer' }, privileges, capabilities: ['publish_metadata'] };
  await publish('Designers', { kind: 'role', name: 'x_designer', body });
  designer = await crm.user('Designer', []);
  // The administrator as he is after the publish.
  await crm.create('role_assignments', { user_id: designer.id, role: 'x_designer' }, await crm.principal(crm.admin.id));
});
afterAll(() => crm?.close());

async function call(
  method: string,
  path: string,
  body?: unknown,
  principal: Principal = crm.admin,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return crm.call(await crm.principal(principal.id), method, `/metadata${path}`, body, headers);
}
const post = (path: string, body?: unknown, principal?: Principal) => call('POST', path, body, principal);
const publish = (comment: string, ...documents: object[]) => post('/publish', { comment, documents });

const text = (en: string) => ({ type: 'text', max_length: 50, label: { en } });
const contactWith = (fields: object) => ({ kind: 'entity', name: 'contact', patch: { fields } });

describe('who may', () => {
  it('is who has the capability, for every route and method', async () => {
    const document = '/change_sets/a/documents/entity/contact';
    const routes: [string, string][] = [
      ...(
        [
          '/change_sets',
          '/change_sets/a',
          '/change_sets/a/differences',
          document,
          '/revisions',
          '/revisions/1',
        ] as const
      ).map((path): [string, string] => ['GET', path]),
      ...[
        '/change_sets',
        '/change_sets/a/documents',
        '/change_sets/a/validate',
        '/change_sets/a/plan',
        '/change_sets/a/publish',
      ].map((path): [string, string] => ['POST', path]),
      ...[
        '/change_sets/a/rebase',
        `${document}/revert`,
        '/validate',
        '/plan',
        '/publish',
        '/revisions/1/roll_back',
      ].map((path): [string, string] => ['POST', path]),
      ...(
        [
          ['PUT', document],
          ['PATCH', document],
          ['DELETE', document],
          ['PATCH', '/change_sets/a'],
          ['DELETE', '/change_sets/a'],
        ] as const
      ).map(([method, path]): [string, string] => [method, path]),
    ];
    for (const [method, path] of routes) {
      const { status, json } = await call(
        method,
        path,
        method === 'GET' || method === 'DELETE' ? undefined : {},
        clerk,
      );
      expect([method, path, status, json.code]).toEqual([method, path, 403, 'missing_capability']);
    }
    const events = await crm.call(crm.admin, 'GET', "/security_events?$filter=kind eq 'capability_refused'&$top=1");
    expect(events.json.value[0]).toMatchObject({
      actor_id: clerk.id,
      details: { capability: 'publish_metadata', resource: 'metadata' },
    });
  });

  it('and holds what roles gain by the publish, where they are held', async () => {
    const give = (privileges: object, capabilities?: string[]) => ({
      ...{ kind: 'role', name: 'x_designer' },
      patch: { privileges, ...(capabilities === undefined ? {} : { capabilities }) },
    });
    for (const gift of [
      give({ deal: { read: 'organization' } }),
      give({ lead: { read: 'user' } }),
      give({}, ['publish_metadata', 'export']),
      { kind: 'role', name: 'sales_representative', patch: { privileges: { user: { write: 'organization' } } } },
    ]) {
      const refused = await post('/publish', { comment: 'More', documents: [gift] }, designer);
      if (gift.name === 'sales_representative') expect(refused.status).toBe(200);
      else expect([refused.status, refused.json.code]).toEqual([403, 'escalation']);
      if (gift.name !== 'sales_representative')
        expect((await post('/plan', { documents: [gift] }, designer)).json.code).toBe('escalation');
    }
    // Nobody held the role yet; once somebody does, it is given.
    await crm.user('Rep', ['sales_representative']);
    const more = {
      kind: 'role',
      name: 'sales_representative',
      patch: { privileges: { team: { write: 'organization' } } },
    };
    expect((await post('/publish', { comment: 'More', documents: [more] }, designer)).json.code).toBe('escalation');
    // Less, as much as he has, and what comes with the publish are no gifts.
    const entity = {
      ...{ name: 'x_sketch', set: 'x_sketches', label: { en: 'Sketch' }, plural_label: { en: 'Sketches' } },
      ...{ ownership: 'organization', title: 'name', fields: { name: text('Name') } },
    };
    const documents = [
      { kind: 'entity', name: 'x_sketch', body: entity },
      give({ x_sketch: { read: 'organization', write: 'organization' }, deal: { read: 'user', write: null } }),
    ];
    expect((await post('/publish', { comment: 'Sketches', documents }, designer)).json.outcome).toBe('published');
    const change = await crm.call(await crm.principal(designer.id), 'GET', '/x_sketches');
    expect(change.status).toBe(200);
  });

  it('and holds what a package gives', async () => {
    const manifest = { name: 'gift', publisher: 'Acme', prefix: 'gift_', version: '1.0.0' };
    const privileges = { team: { write: 'organization' } };
    const documents = [
      { kind: 'role', name: 'sales_representative', body: { extends: 'sales_representative', privileges } },
    ];
    expect((await post('/packages/plan', { manifest, documents }, designer)).json.code).toBe('escalation');
    const { plan } = (await post('/packages/plan', { manifest, documents })).json;
    const install = (principal: Principal) =>
      post('/packages', { manifest, documents, fingerprint: plan.fingerprint }, principal);
    const refused = await install(designer);
    expect([refused.status, refused.json.code]).toEqual([403, 'escalation']);
    expect((await install(crm.admin)).json.outcome).toBe('published');
  });

  it('and may use a secured field that he makes an ordinary one', async () => {
    const secure = (secured: boolean) => ({
      kind: 'entity',
      name: 'contact',
      patch: { fields: { x_secret: { ...text('Secret'), secured } } },
    });
    await publish('Secret', secure(true));
    const opened = await post('/publish', { comment: 'Open', documents: [secure(false)] }, designer);
    expect([opened.status, opened.json.code]).toEqual([403, 'escalation']);
    expect((await publish('Open', secure(false))).json.outcome).toBe('published');
    expect((await post('/publish', { comment: 'Close', documents: [secure(true)] }, designer)).json.outcome).toBe(
      'published',
    );
  });

  it('is told as who published, also where somebody acts for him', async () => {
    const acting = await crm.platform.actAs(await crm.principal(crm.admin.id), designer.id);
    const documents = [{ kind: 'role', name: 'x_designer', patch: { label: { en: 'Drawer' } } }];
    const { json } = await crm.call(acting, 'POST', '/metadata/publish', { comment: 'For him', documents });
    const revision = (await call('GET', `/revisions/${json.revision}`)).json;
    expect(revision).toMatchObject({ author_id: designer.id, caller_id: crm.admin.id });
  });
});

describe('what is too much', () => {
  it('is the document after the thousandth, and nothing of the request is kept then', async () => {
    await post('/change_sets', { name: 'many' });
    const documents = Array.from({ length: 1_000 }, (_, n) => ({
      kind: 'choice',
      name: `x_choice_${n}`,
      body: { name: `x_choice_${n}` },
    }));
    expect((await post('/change_sets/many/documents', { documents })).status).toBe(200);
    const one = { kind: 'choice', name: 'x_more', body: { name: 'x_more' } };
    const refused = await post('/change_sets/many/documents', { documents: [one] });
    expect([refused.status, refused.json.code]).toEqual([400, 'limit_exceeded']);
    const set = (await call('GET', '/change_sets/many')).json;
    expect([set.documents.length, set.version]).toEqual([1_000, 2]);
    // What is there already may change.
    expect(
      (
        await call('PUT', '/change_sets/many/documents/choice/x_choice_7', {
          name: 'x_choice_7',
          label: { en: 'Seven' },
        })
      ).status,
    ).toBe(200);
    expect((await post('/plan', { documents: [...documents, one] })).json.code).toBe('limit_exceeded');
    await call('DELETE', '/change_sets/many');
  });

  it('is a character more than a document, or all of a set, may have', async () => {
    await post('/change_sets', { name: 'large' });
    const path = '/change_sets/large/documents/choice/x_large';
    const sized = (length: number) => ({
      name: 'x_large',
      description: 'x'.repeat(length - '{"name":"x_large","description":""}'.length),
    });
    expect((await call('PUT', path, sized(1_048_576))).status).toBe(200);
    expect((await call('PUT', path, sized(1_048_577))).json.code).toBe('limit_exceeded');
    for (let n = 1; n < 8; n += 1) {
      const body = { ...sized(1_048_576), name: `x_larg${n}` };
      expect((await call('PUT', `/change_sets/large/documents/choice/x_larg${n}`, body)).status).toBe(200);
    }
    expect((await call('PUT', '/change_sets/large/documents/choice/x_one', { name: 'x_one' })).json.code).toBe(
      'limit_exceeded',
    );
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('PUT', '/change_sets/large/documents/choice/x_one', { name: 'x_one' })).status).toBe(200);
    await call('DELETE', '/change_sets/large');
  });

  it('is a change set after the two hundredth', async () => {
    const left = (await call('GET', '/change_sets?$top=1000')).json.value.length;
    await crm.platform.database.run(
      `insert into kartoteka.change_set (name, comment, base_revision) select 'full-' || n, '', 1 from generate_series(1, ${199 - left}) n`,
    );
    expect((await post('/change_sets', { name: 'last' })).status).toBe(201);
    expect((await post('/change_sets', { name: 'over' })).json.code).toBe('limit_exceeded');
    expect((await call('GET', '/change_sets/over')).status).toBe(404);
    await crm.platform.database.run(`delete from kartoteka.change_set where name like 'full-%' or name = 'last'`);
  });
});

describe('a body', () => {
  it('is what it seems: no member twice, no depth without end, no text or number that cannot be kept', async () => {
    await post('/change_sets', { name: 'odd' });
    const path = '/change_sets/odd/documents/entity/contact';
    const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
    const cases: [string, number, string][] = [
      ['{"fields": {"x_a": {"type": "text", "type": "date"}}}', 400, 'bad_request'],
      ['{"label": 1, "label": 2}', 400, 'bad_request'],
      ['{"a": "\\u0000"}', 400, 'invalid_text'],
      ['{"\\ud800": 1}', 400, 'invalid_text'],
      ['{"a": 1e999}', 400, 'validation_failed'],
      [nested(65), 400, 'limit_exceeded'],
      [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, 'limit_exceeded'],
      ['[]', 400, 'body_not_object'],
      ['', 400, 'malformed_json'],
      ['{"a": ', 400, 'malformed_json'],
    ];
    for (const method of ['PUT', 'PATCH'])
      for (const [body, status, code] of cases) {
        const answer = await call(method, path, body);
        expect([method, body.slice(0, 40), answer.status, answer.json.code]).toEqual([
          method,
          body.slice(0, 40),
          status,
          code,
        ]);
      }
    expect((await call('PUT', path, nested(64))).status).toBe(200);
    const plain = await call('PUT', path, '{}', crm.admin, { 'content-type': 'text/plain' });
    expect(plain.status).toBe(415);
    const named = await call('PUT', path, { extends: 'deal' });
    expect(named.json.details[0]).toMatchObject({ target: 'extends' });
    const proto = await call('PUT', path, '{"extends": "contact", "__proto__": {"x": 1}, "constructor": null}');
    expect(JSON.parse(proto.text ?? '').body).toHaveProperty(['constructor'], null);
    expect((await post('/change_sets/odd/validate')).json).toMatchObject({ valid: false });
    await call('DELETE', '/change_sets/odd');
  });

  it('of a publish has what it needs, and nothing besides', async () => {
    const documents = [contactWith({ x_a: text('A') })];
    const targets = async (body: unknown) =>
      (await post('/publish', body)).json.details.map(({ target }: { target: string }) => target);
    expect(await targets({ documents })).toEqual(['comment']);
    expect(await targets({ documents, comment: '' })).toEqual(['comment']);
    expect(await targets({ documents, comment: 'x', fingerprint: 'abc', allow_destructive: 1 })).toEqual([
      'fingerprint',
      'allow_destructive',
    ]);
    expect(await targets({ documents: [], comment: 'x' })).toEqual(['documents']);
    expect(await targets({ documents, comment: 'x', base_revision: 0 })).toEqual(['base_revision']);
    expect(await targets({ documents, comment: 'x', base_revision: 1_000_000 })).toEqual(['base_revision']);
    expect(await targets({ documents: [...documents, ...documents], comment: 'x' })).toEqual(['documents/1']);
    const odd = [
      { kind: 'thing', name: 'a', body: {} },
      { kind: 'entity', body: {} },
      { kind: 'entity', name: 'a' },
      7,
      { kind: 'entity', name: 'a', patch: {}, remove: true },
    ];
    expect(await targets({ documents: odd, comment: 'x' })).toEqual([
      'documents/0/kind',
      'documents/1/name',
      'documents/2',
      'documents/3',
      'documents/4',
    ]);
    expect(await targets({ documents: [{ kind: 'entity', name: 'deal', remove: true }], comment: 'x' })).toEqual([
      'documents/0',
    ]);
    await post('/change_sets', { name: 'bare' });
    expect(
      (await post('/change_sets/bare/publish', {})).json.details.map(({ target }: { target: string }) => target),
    ).toEqual(['fingerprint', 'comment']);
    await call('DELETE', '/change_sets/bare');
  });

  it('that is to be repeatable, or part of a group, publishes nothing and says so', async () => {
    const body = { comment: 'Twice', documents: [contactWith({ x_twice: text('Twice') })] };
    const headers = { 'repeatability-request-id': 'publish-1', 'repeatability-first-sent': new Date().toUTCString() };
    const repeated = await call('POST', '/publish', body, crm.admin, headers);
    expect([repeated.status, repeated.json.code]).toEqual([501, 'not_supported']);
    const requests = [{ id: '1', atomicityGroup: 'g', method: 'POST', url: 'metadata/publish', body }];
    const batch = await crm.call(crm.admin, 'POST', '/$batch', { requests });
    expect(batch.json.responses[0]).toMatchObject({ status: 501 });
    expect(crm.platform.model().entities.get('contact')?.properties.has('x_twice')).toBe(false);
    // A change set does go with them.
    const made = await call('POST', '/change_sets', { name: 'once' }, crm.admin, {
      ...headers,
      'repeatability-request-id': 'set-1',
    });
    const again = await call('POST', '/change_sets', { name: 'once' }, crm.admin, {
      ...headers,
      'repeatability-request-id': 'set-1',
    });
    expect([made.status, again.status]).toEqual([201, 201]);
    await call('DELETE', '/change_sets/once');
  });
});
