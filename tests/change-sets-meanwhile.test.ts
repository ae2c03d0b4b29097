// Change sets and publishes that others come before, and the way back: nobody's change is lost, and nobody's is taken for another's.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let eve: Principal;
beforeAll(async () => {
  // Every publish has another OpenAPI document: checking it would take longer than all else. change-sets.test.ts does.
  crm = await startCrm({ promised: false });
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

describe('what others publish meanwhile', () => {
  it('refuses the plan that was seen, and shows the new one', async () => {
    const set = await changeSet('late', contactWith({ x_late: text('Late') }));
    const { fingerprint } = (await post(`${set}/plan`)).json;
    await post('/publish', {
      comment: 'Between',
      documents: [{ kind: 'entity', name: 'lead', patch: { fields: { x_between: text('Between') } } }],
    });
    const refused = await post(`${set}/publish`, { fingerprint });
    expect([refused.status, refused.json.code]).toEqual([409, 'plan_moved']);
    const plan = refused.json.details[0]['@kartoteka.plan'];
    expect(plan.changes).toEqual([expect.objectContaining({ what: 'field', name: 'x_late' })]);
    expect((await post(`${set}/publish`, { fingerprint: plan.fingerprint })).json.outcome).toBe('published');
  });

  it('in the same document is told place by place, and goes together by a rebase', async () => {
    const set = await changeSet('mine', contactWith({ x_mine: text('Mine'), x_both: text('Mine') }));
    await post('/publish', { comment: 'Theirs', documents: [contactWith({ x_theirs: text('Theirs') })] });
    const refused = await post(`${set}/plan`);
    expect([refused.status, refused.json.code]).toEqual([409, 'documents_moved']);
    expect(refused.json.details).toContainEqual({
      ...{ code: 'document_difference', target: 'entity/contact#/fields/x_theirs' },
      ...{ message: expect.any(String), '@kartoteka.theirs': text('Theirs') },
    });
    expect((await post(`${set}/validate`)).status).toBe(409);
    expect((await post(`${set}/publish`, { fingerprint: '0'.repeat(64) })).json.code).toBe('documents_moved');
    const rebased = await post(`${set}/rebase`);
    expect(rebased.json).toMatchObject({ base_revision: crm.platform.model().revision });
    expect((await publishSet(set)).json.outcome).toBe('published');
    const { properties } = crm.platform.model().entities.get('contact') ?? {};
    for (const name of ['x_mine', 'x_both', 'x_theirs', 'x_late']) expect(properties?.has(name)).toBe(true);
  });

  it('in the same place is a conflict, for somebody to decide', async () => {
    const labelled = (en: string) => ({
      kind: 'entity',
      name: 'deal',
      patch: { label: { en }, plural_label: { en: `${en}s` } },
    });
    for (const [take, label] of [
      ['yours', 'Chance'],
      ['theirs', 'Luck'],
    ] as const) {
      const set = await changeSet(`take-${take}`, labelled(label));
      await call('PATCH', `${set}/documents/entity/deal`, { fields: { [`x_${take}`]: text(take) } });
      await post('/publish', { comment: 'Theirs', documents: [labelled(`Business ${take}`)] });
      const shown = (await call('GET', `${set}/differences`)).json.documents[0];
      expect(shown.conflict).toBe(true);
      expect(shown.differences).toContainEqual(
        expect.objectContaining({ pointer: '/label/en', conflict: true, theirs: `Business ${take}`, yours: label }),
      );
      const refused = await post(`${set}/rebase`);
      expect([refused.status, refused.json.details[0]]).toEqual([
        409,
        expect.objectContaining({ code: 'document_conflict', target: 'entity/deal#/label/en' }),
      ]);
      expect((await post(`${set}/rebase`, { take: 'mine' })).status).toBe(400);
      expect((await post(`${set}/rebase`, { take })).status).toBe(200);
      expect((await publishSet(set)).json.outcome).toBe('published');
      const deal = crm.platform.model().entities.get('deal');
      expect(deal?.label.en).toBe(take === 'theirs' ? 'Business theirs' : label);
      expect(deal?.properties.has(`x_${take}`)).toBe(true);
    }
  });

  it('is told of documents that come with the request where they name the revision that they were made over', async () => {
    const { revision } = (await call('GET', '')).json;
    await post('/publish', {
      comment: 'First',
      documents: [{ kind: 'entity', name: 'campaign', patch: { label: { en: 'Push' } } }],
    });
    const documents = [{ kind: 'entity', name: 'campaign', patch: { label: { en: 'Drive' } } }];
    const refused = await post('/publish', { comment: 'Second', documents, base_revision: revision });
    expect([refused.status, refused.json.code]).toEqual([409, 'documents_moved']);
    expect((await post('/publish', { comment: 'Second', documents, base_revision: revision + 1 })).status).toBe(200);
  });

  it('by many at the same time is all there in the end', async () => {
    const names = ['x_race_a', 'x_race_b', 'x_race_c', 'x_race_d'];
    const answers = await Promise.all(
      names.map((name, n) =>
        post(
          '/publish',
          {
            comment: name,
            documents: [{ kind: 'entity', name: 'company', patch: { fields: { [name]: text(name) } } }],
          },
          n % 2 === 0 ? crm.admin : eve,
        ),
      ),
    );
    expect(answers.map(({ status, text: said }) => (status === 200 ? 200 : said))).toEqual(names.map(() => 200));
    for (const name of names) expect(crm.platform.model().entities.get('company')?.properties.has(name)).toBe(true);
  });

  it('of a change set by two at once goes through for one of them', async () => {
    const set = await changeSet('twice', contactWith({ x_twice: text('Twice') }));
    const { fingerprint } = (await post(`${set}/plan`)).json;
    const answers = await Promise.all([1, 2].map(() => post(`${set}/publish`, { fingerprint })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect([404, 409]).toContain(statuses[1]);
  });
});

describe('revisions', () => {
  it('are listed newest first, page by page', async () => {
    const { revision } = (await call('GET', '')).json;
    const numbers: number[] = [];
    let next = '/revisions';
    while (next !== '') {
      const { json } = await call('GET', next, undefined, { prefer: 'odata.maxpagesize=3' });
      numbers.push(...json.value.map(({ number }: { number: number }) => number));
      next = String(json['@odata.nextLink'] ?? '').split('/api/v1/metadata')[1] ?? '';
    }
    expect(numbers).toEqual(Array.from({ length: revision }, (_, n) => revision - n));
    for (const path of ['/revisions/0', '/revisions/999999', '/revisions/one', '/revisions/2/roll_back'])
      expect([path, (await call('GET', path)).status]).toEqual([path, path.endsWith('back') ? 405 : 404]);
  });

  it('tell what they changed, documents before and after', async () => {
    const documents = [
      { kind: 'choice', name: 'source', patch: { values: { x_fair: { label: { en: 'Fair' }, order: 900 } } } },
    ];
    const { revision } = (await post('/publish', { comment: 'A fair', documents })).json;
    const { json } = await call('GET', `/revisions/${revision}`);
    expect(json.documents).toEqual([
      {
        layer: 'custom',
        kind: 'choice',
        name: 'source',
        change: 'added',
        after: { extends: 'source', ...documents[0]?.patch },
      },
    ]);
    expect(json.changes).toContainEqual(
      expect.objectContaining({ what: 'choice_value', change: 'added', name: 'x_fair' }),
    );
    expect(json).toMatchObject({
      change_count: json.changes.length,
      bodies_left_out: false,
      author_id: crm.admin.id,
      comment: 'A fair',
    });
  });

  it('are rolled back to as a new revision, with the way back told first', async () => {
    const fields = { x_kept: text('Kept') };
    const before = (
      await post('/publish', { comment: 'Kept', documents: [{ kind: 'entity', name: 'activity', patch: { fields } }] })
    ).json.revision;
    await post('/publish', {
      comment: 'Role',
      documents: [
        {
          kind: 'role',
          name: 'x_reader',
          body: { name: 'x_reader', label: { en: 'Reader' }, privileges: { deal: { read: 'user' } } },
        },
      ],
    });
    const after = (
      await post('/publish', {
        comment: 'More',
        documents: [
          {
            kind: 'entity',
            name: 'activity',
            patch: { fields: { x_gone: text('Gone'), x_kept: { label: { en: 'Held' } } } },
          },
        ],
      })
    ).json.revision;
    const plan = (await post(`/revisions/${before}/roll_back/plan`)).json;
    expect(plan).toMatchObject({ destructive: true, losses: [expect.objectContaining({ what: 'activity.x_gone' })] });
    expect((await post(`/revisions/${before}/roll_back`, { comment: 'Back' })).json.code).toBe('destructive_change');
    const back = await post(`/revisions/${before}/roll_back`, {
      comment: 'Back',
      fingerprint: plan.fingerprint,
      allow_destructive: true,
    });
    expect(back.json).toMatchObject({ revision: after + 1, outcome: 'published' });
    const activity = crm.platform.model().entities.get('activity');
    expect([activity?.properties.has('x_gone'), activity?.fields.get('x_kept')?.label.en]).toEqual([false, 'Kept']);
    expect(crm.platform.model().roles.has('x_reader')).toBe(false);
    // And forward again, by a change set.
    const set = await changeSet('forward');
    expect((await call('DELETE', set)).status).toBe(204);
    const forward = await post('/change_sets', { name: 'forward', roll_back_to: after });
    expect(forward.json.documents.map(({ name }: { name: string }) => name)).toEqual(['activity', 'x_reader']);
    expect((await publishSet('/change_sets/forward', { comment: 'Forward' })).json.outcome).toBe('published');
    expect(crm.platform.model().roles.has('x_reader')).toBe(true);
    expect((await post('/change_sets', { name: 'nowhere', roll_back_to: 99_999 })).status).toBe(404);
  });
});
