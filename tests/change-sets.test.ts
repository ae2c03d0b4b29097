// Change sets: built up by several requests and people, planned, published, refused where others came first, rebased.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let eve: Principal;
beforeAll(async () => {
  crm = await startCrm();
  eve = await crm.user('Eve', ['system_administrator']);
});
afterAll(() => crm?.close());

const call = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  principal: Principal = crm.admin,
): Promise<Answer> => crm.call(await crm.principal(principal.id), method, `/metadata${path}`, body, headers);
const post = (path: string, body?: unknown, principal?: Principal) => call('POST', path, body, {}, principal);

const text = (en: string) => ({ type: 'text', max_length: 50, label: { en } });
const contactWith = (fields: object) => ({ kind: 'entity', name: 'contact', patch: { fields } });

/** A change set of its own, with these documents. */
async function changeSet(name: string, ...documents: object[]): Promise<string> {
  const made = await post('/change_sets', {
    name,
    comment: `About ${name}`,
    ...(documents.length > 0 ? { documents } : {}),
  });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  return `/change_sets/${name}`;
}

async function publishSet(path: string, more: object = {}): Promise<Answer> {
  const plan = await post(`${path}/plan`);
  expect([plan.status, plan.text]).toEqual([200, expect.any(String)]);
  return post(`${path}/publish`, { fingerprint: plan.json.fingerprint, ...more });
}

describe('a change set', () => {
  it('is built up by several requests and people, planned and published as one', async () => {
    const set = await changeSet('visits');
    const entity = {
      ...{ name: 'x_visit', set: 'x_visits', label: { en: 'Visit' }, plural_label: { en: 'Visits' } },
      ...{ ownership: 'user', title: 'subject', fields: { subject: { ...text('Subject'), required: true } } },
    };
    const put = await call('PUT', `${set}/documents/entity/x_visit`, entity);
    expect([put.status, put.headers.etag]).toEqual([200, 'W/"2"']);
    const visited = { fields: { x_last_visit: { type: 'lookup', targets: ['x_visit'], label: { en: 'Last visit' } } } };
    const patched = await call('PATCH', `${set}/documents/entity/contact`, visited, {}, eve);
    expect(patched.json).toMatchObject({
      body: { extends: 'contact', ...visited },
      modified_by_id: eve.id,
      version: 3,
    });
    const more = await call('PATCH', `${set}/documents/entity/x_visit`, {
      fields: { x_note: text('Note'), subject: { required: null } },
    });
    expect(more.json.body.fields).toEqual({ subject: text('Subject'), x_note: text('Note') });
    const { json } = await call('GET', set);
    expect(json.documents.map((each: { kind: string; name: string }) => `${each.kind} ${each.name}`)).toEqual([
      'entity contact',
      'entity x_visit',
    ]);
    expect((await post(`${set}/validate`)).json).toEqual({ revision: 1, valid: true, findings: [] });
    expect((await crm.call(crm.admin, 'GET', '/x_visits')).status).toBe(404);

    const plan = (await post(`${set}/plan`)).json;
    expect(plan.changes.map(({ words }: { words: string }) => words).join('\n')).toContain('x_visit');
    expect(plan.steps.length).toBeGreaterThan(2);
    const published = await post(`${set}/publish`, { fingerprint: plan.fingerprint }, eve);
    expect(published.json).toMatchObject({ revision: 2, outcome: 'published' });
    expect(crm.platform.model().revision).toBe(2);
    expect((await crm.call(await crm.principal(crm.admin.id), 'GET', '/x_visits')).json.value).toEqual([]);
    expect((await call('GET', set)).status).toBe(404);
    const revision = (await call('GET', '/revisions/2')).json;
    expect(revision).toMatchObject({ author_id: eve.id, comment: 'About visits', complete: true, document_count: 2 });
  });

  it('answers 404 and 409 by name, and takes no other names, comments and members', async () => {
    const set = await changeSet('named');
    expect((await post('/change_sets', { name: 'named' })).json).toMatchObject({ code: 'change_set_exists' });
    for (const name of ['Big', '1st', 'a b', '', 'a'.repeat(64), 'é', '../x', 7, null])
      expect([name, (await post('/change_sets', { name })).json.details[0]?.target]).toEqual([name, 'name']);
    await changeSet('a'.repeat(63));
    expect((await post('/change_sets', {})).json.details[0]).toMatchObject({ code: 'required', target: 'name' });
    expect((await post('/change_sets', { name: 'long', comment: 'x'.repeat(2001) })).json.details[0].target).toBe(
      'comment',
    );
    expect((await post('/change_sets', { name: 'long', comment: 'x'.repeat(2000) })).status).toBe(201);
    expect((await post('/change_sets', { name: 'other', colour: 1 })).json.details[0].code).toBe('unknown_property');
    for (const path of ['/change_sets/nothing', `${set}/documents/entity/contact`, `${set}/documents/thing/contact`])
      expect([path, (await call('GET', path)).status]).toEqual([path, 404]);
    expect((await call('DELETE', `${set}/documents/entity/deal`)).status).toBe(404);
    expect((await call('DELETE', set)).status).toBe(204);
    expect((await call('DELETE', set)).status).toBe(404);
  });

  it('has versions that keep its editors from overwriting each other', async () => {
    const set = await changeSet('tagged', contactWith({ x_tagged: text('Tagged') }));
    const path = `${set}/documents/entity/contact`;
    const { headers } = await call('GET', path);
    expect((await call('GET', path, undefined, { 'if-none-match': headers.etag ?? '' })).status).toBe(304);
    const first = await call('PATCH', path, { label: { en: 'Person' } }, { 'if-match': headers.etag ?? '' });
    expect(first.status).toBe(200);
    const second = await call('PATCH', path, { label: { en: 'Human' } }, { 'if-match': headers.etag ?? '' }, eve);
    expect([second.status, second.json.code]).toEqual([412, 'precondition_failed']);
    expect((await call('PATCH', set, { comment: 'Other' }, { 'if-match': 'W/"1"' })).status).toBe(412);
    expect((await call('PATCH', set, { comment: 'Other' }, { 'if-match': 'W/"2"' })).json).toMatchObject({
      comment: 'Other',
      version: 3,
    });
    expect((await call('PUT', path, {}, { 'if-match': 'x' })).json.code).toBe('invalid_if_match');
    expect((await call('PUT', path, { extends: 'contact' }, { 'if-none-match': '*' })).status).toBe(501);
    expect((await call('DELETE', set, undefined, { 'if-match': 'W/"2"' })).status).toBe(412);
    expect((await call('DELETE', set, undefined, { 'if-match': 'W/"3"' })).status).toBe(204);
  });

  it('keeps all of many edits that come at the same time', async () => {
    const set = await changeSet('crowded');
    const names = Array.from({ length: 12 }, (_, n) => `x_many_${n}`);
    const answers = await Promise.all(
      names.map((name, n) =>
        call(
          'PATCH',
          `${set}/documents/entity/contact`,
          { fields: { [name]: text(name) } },
          {},
          n % 2 === 0 ? crm.admin : eve,
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const { json } = await call('GET', `${set}/documents/entity/contact`);
    // The extension of the first test is the start.
    expect(Object.keys(json.body.fields).sort()).toEqual([...names, 'x_last_visit'].sort());
    await call('DELETE', set);
  });

  it('takes a document away, or leaves it as it is', async () => {
    const set = await changeSet('removals');
    const label = { label: { en: 'Firm' } };
    await call('PATCH', `${set}/documents/entity/company`, label);
    // What is in the set alone is gone at once.
    expect((await call('DELETE', `${set}/documents/entity/company`)).status).toBe(204);
    expect((await call('GET', `${set}/documents/entity/company`)).status).toBe(404);
    // What is published is marked, and comes back by a revert.
    expect((await call('DELETE', `${set}/documents/entity/contact`)).status).toBe(204);
    expect((await call('GET', `${set}/documents/entity/contact`)).json).toMatchObject({ removed: true });
    const lost = await post(`${set}/plan`);
    expect(lost.json).toMatchObject({ destructive: true });
    const refused = await post(`${set}/publish`, { fingerprint: lost.json.fingerprint });
    expect([refused.status, refused.json.code]).toEqual([409, 'destructive_change']);
    expect((await post(`${set}/documents/entity/contact/revert`)).status).toBe(204);
    expect((await call('GET', set)).json.documents).toEqual([]);
    expect((await post(`${set}/documents/entity/contact/revert`)).status).toBe(404);
    const published = await publishSet(set);
    expect(published.json).toMatchObject({ outcome: 'unchanged', changes: [] });
    expect((await call('GET', set)).status).toBe(404);
  });
});

it('that others came before is told, goes together with what they did, and is taken back', async () => {
  const fields = (name: string, en: string) => ({ fields: { [name]: text(en) }, label: { en } });
  const set = await changeSet('between', { kind: 'entity', name: 'lead', patch: fields('x_yours', 'Prospect') });
  const documents = [{ kind: 'entity', name: 'lead', patch: fields('x_theirs', 'Inquiry') }];
  const { revision } = (await post('/publish', { comment: 'Theirs', documents })).json;
  for (const path of ['plan', 'validate', 'rebase'])
    expect([path, (await post(`${set}/${path}`)).json.code]).toEqual([path, 'documents_moved']);
  expect((await call('GET', `${set}/differences`)).json.documents[0]).toMatchObject({ name: 'lead', conflict: true });
  expect((await post(`${set}/rebase`, { take: 'theirs' })).json).toMatchObject({ base_revision: revision });
  expect((await post(`${set}/publish`, { fingerprint: '0'.repeat(64) })).json.code).toBe('plan_moved');
  expect((await call('GET', '/revisions?$top=2')).json.value[0]).toMatchObject({ number: revision, comment: 'Theirs' });
  expect((await call('GET', `/revisions/${revision}`)).json.documents).toHaveLength(1);
  expect((await post(`/revisions/${revision - 1}/roll_back/plan`)).json.destructive).toBe(true);
  expect((await post(`/revisions/${revision - 1}/roll_back`)).json.code).toBe('destructive_change');
  const back = await post(`/revisions/${revision - 1}/roll_back`, { allow_destructive: true });
  expect(back.json).toMatchObject({ revision: revision + 1, outcome: 'published' });
});
