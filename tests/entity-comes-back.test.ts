// A removed entity that is there again, by a roll back or where that is asked for: with its records, links, secured values and history,
// for nobody who could not have had them, and over whatever became of its neighbours meanwhile.
import {
  compareCatalogue,
  createPlatform,
  type Platform,
  type Principal,
  readDocumentFolder,
} from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, callPlatform, principalOf, quietLog, startCrm } from './crm-kit.ts';

const label = { en: 'L' };
let crm: Crm;
let node: Platform;
let publisher: Principal;
beforeAll(async () => {
  const body = { name: 'publisher', label, privileges: {}, capabilities: ['publish_metadata'] };
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({
    documents: [...shipped, { kind: 'role', name: 'publisher', layer: 'base', source: 'test', body }],
  });
  node = await createPlatform({ databaseUrl: crm.url, documents: null, hooks: [], log: quietLog });
  publisher = await crm.user('Publisher', ['sales_representative', 'publisher']);
});
afterAll(async () => {
  await node?.close();
  await crm?.close();
});

const call = async (method: string, path: string, body?: unknown, who = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(who.id), method, path, body);
const metadata = (path: string, body: object = {}, who = crm.admin): Promise<Answer> =>
  call('POST', `/metadata/${path}`, body, who);
/** The revision. */
async function published(body: object, who = crm.admin, path = 'publish'): Promise<number> {
  const { status, text, json } = await metadata(path, { comment: 'Test', allow_destructive: true, ...body }, who);
  if (status !== 200) throw new Error(`${status} ${text} ${JSON.stringify(json.details)}`);
  return json.revision;
}
const back = (revision: number): Promise<number> => published({}, crm.admin, `revisions/${revision}/roll_back`);
const settled = async (): Promise<void> => {
  const pending = async (): Promise<unknown[]> => (await call('GET', '/metadata/steps?done=false')).json.value;
  await expect.poll(pending, { timeout: 20_000 }).toEqual([]);
  expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
};

type Fields = Readonly<Record<string, object>>;
const course = (fields: Fields = {}, more: object = {}) => ({
  kind: 'entity',
  name: 'x_course',
  body: {
    ...{ name: 'x_course', set: 'x_courses', label, plural_label: label, ownership: 'user', title: 'title', ...more },
    fields: {
      title: { type: 'text', max_length: 100, required: true, search: true },
      pin: { type: 'text', max_length: 9, secured: true },
      number: { type: 'auto_number', pattern: 'C-{000}' },
      company: { type: 'lookup', targets: ['company'], inverse: 'x_courses', on_delete: 'set_null' },
      contacts: { type: 'many', target: 'contact', inverse: 'x_courses' },
      ...fields,
    },
  },
});
const favourite = {
  kind: 'entity',
  name: 'contact',
  body: {
    extends: 'contact',
    fields: { x_favourite: { type: 'lookup', targets: ['x_course'], inverse: 'x_lovers', on_delete: 'set_null' } },
  },
};
const lesson = {
  kind: 'entity',
  name: 'x_lesson',
  body: {
    ...{ name: 'x_lesson', set: 'x_lessons', label, plural_label: label, ownership: 'parent', parent: 'course' },
    title: 'topic',
    fields: {
      topic: { type: 'text' },
      course: { type: 'lookup', targets: ['x_course'], inverse: 'lessons', on_delete: 'cascade', required: true },
    },
  },
};
const gone = (...names: string[]) => names.map((name) => ({ kind: 'entity', name, remove: true }));
const reads = (depth: string) => ({
  kind: 'role',
  name: 'sales_representative',
  body: {
    extends: 'sales_representative',
    privileges: { x_course: { read: depth } },
    fields: { x_course: { pin: ['read'] } },
  },
});

describe('an entity that was removed with its relations', () => {
  it('has its records, links, lookups, secured values, numbers and history again after a roll back, on every node', async () => {
    const first = await published({ documents: [course(), favourite, lesson, reads('user')] });
    const { json: company } = await call('POST', '/companies', { name: 'Acme' });
    const { json: contact } = await call('POST', '/contacts', { last_name: 'Ada' });
    const made = await call('POST', '/x_courses', { title: 'Logic', pin: '1234', company_id: company.id });
    const at = `/x_courses(${made.json.id})`;
    expect((await call('PATCH', at, { title: 'Modal logic' })).status).toBe(204);
    expect((await call('POST', `${at}/contacts/$ref`, { '@odata.id': `contacts(${contact.id})` })).status).toBe(204);
    await call('PATCH', `/contacts(${contact.id})`, { x_favourite_id: made.json.id });
    await call('POST', '/x_lessons', { topic: 'Worlds', course_id: made.json.id });
    const read = async (principal = crm.admin) =>
      (
        await call(
          'GET',
          `${at}?$select=title,pin,number,company_id&$expand=contacts($select=last_name),lessons($select=topic),x_lovers($select=last_name)`,
          undefined,
          principal,
        )
      ).json;
    const changes = async () => (await call('GET', `${at}/changes`)).json.value;
    const [before, history] = [await read(), await changes()];
    expect(before).toMatchObject({
      title: 'Modal logic',
      pin: '1234',
      number: 'C-001',
      contacts: [{ last_name: 'Ada' }],
    });

    await published({
      documents: [
        ...gone('x_course', 'x_lesson', 'contact'),
        { kind: 'role', name: 'sales_representative', remove: true },
      ],
    });
    expect((await call('GET', '/x_courses')).json.code).toBe('unknown_resource');
    const { json: plan } = await metadata(`revisions/${first}/roll_back/plan`);
    const whole = { column: null, restored: true, restorable: true, more: false };
    expect(plan.retired).toEqual([
      { ...whole, what: 'x_course', records: 1 },
      { ...whole, what: 'x_course.contacts', records: 1 },
      { ...whole, what: 'x_lesson', records: 1 },
      { ...whole, what: 'contact.x_favourite_id', column: 'x_favourite_id', records: 1 },
    ]);
    expect(plan.destructive).toBe(false);
    const empty = await metadata(`revisions/${first}/roll_back/plan`, { restore: false });
    expect(empty.json.retired).toContainEqual({ ...whole, what: 'x_course', records: 1, restored: false });
    expect(empty.json.fingerprint).not.toBe(plan.fingerprint);
    await back(first);
    await settled();
    expect(await read()).toEqual(before);
    expect(await changes()).toEqual(history);
    expect((await call('POST', '/x_courses', { title: 'Sets' })).json.number).toBe('C-002');
    await expect.poll(() => node.model().revision, { timeout: 10_000 }).toBe(crm.platform.model().revision);
    const there = await callPlatform(node, await principalOf(node, crm.admin.id), 'GET', `${at}?$select=title,pin`);
    expect(there.json).toMatchObject({ title: 'Modal logic', pin: '1234' });
  });

  it('begins empty without restore, and with it has what was hidden last', async () => {
    const documents = [course(), favourite, lesson];
    const remove = async () => {
      await settled();
      await published({ documents: gone('x_course', 'x_lesson', 'contact') });
    };
    const titles = async () =>
      (await call('GET', '/x_courses?$select=title&$orderby=title')).json.value.map(
        ({ title }: { title: string }) => title,
      );
    await published({ documents: [{ kind: 'role', name: 'sales_representative', remove: true }] });
    await remove();
    const { json: plan } = await metadata('plan', { documents, restore: true });
    expect(plan.retired).toContainEqual(expect.objectContaining({ what: 'x_course', records: 2, restored: true }));
    await published({ documents, restore: true, fingerprint: plan.fingerprint });
    expect(await titles()).toEqual(['Modal logic', 'Sets']);
    await remove();
    await published({ documents });
    expect(await titles()).toEqual([]);
    // The lookup names nothing any more: its values stay where they are.
    await call('POST', '/x_courses', { title: 'Another' });
    await remove();
    await published({ documents, restore: true });
    await settled();
    expect(await titles()).toEqual(['Another']);
    await remove();
  });
});

describe('what became of neighbours meanwhile', () => {
  it('empties lookups and links whose record was deleted, and gives children the owner that their parent has', async () => {
    const plain = {
      kind: 'entity',
      name: 'x_note',
      body: {
        ...{
          name: 'x_note',
          set: 'x_notes',
          label,
          plural_label: label,
          ownership: 'parent',
          parent: 'company',
          title: 'word',
        },
        fields: {
          word: { type: 'text' },
          company: { type: 'lookup', targets: ['company'], inverse: 'x_notes', on_delete: 'cascade', required: true },
          who: { type: 'lookup', targets: ['contact', 'lead'], inverse: 'x_notes', on_delete: 'set_null' },
          person: { type: 'lookup', targets: ['contact'], inverse: 'x_noted', on_delete: 'set_null' },
          others: { type: 'many', target: 'contact', inverse: 'x_others' },
        },
      },
    };
    const first = await published({ documents: [plain] });
    const { json: company } = await call('POST', '/companies', { name: 'Beta' });
    const { json: kept } = await call('POST', '/contacts', { last_name: 'Kept' });
    const { json: lost } = await call('POST', '/contacts', { last_name: 'Lost' });
    const { json: note } = await call('POST', '/x_notes', {
      word: 'Hello',
      company_id: company.id,
      person_id: lost.id,
      who_id: lost.id,
      who_type: 'contact',
    });
    for (const { id } of [kept, lost])
      await call('POST', `/x_notes(${note.id})/others/$ref`, { '@odata.id': `contacts(${id})` });
    await published({ documents: gone('x_note') });
    const other = await crm.user('Other owner', ['sales_representative']);
    expect((await call('PATCH', `/companies(${company.id})`, { owner_id: other.id })).status).toBe(204);
    expect((await call('DELETE', `/contacts(${lost.id})`)).status).toBe(204);
    await crm.platform.database.run('delete from data.contact where id = $1::uuid', [lost.id]);
    await back(first);
    await settled();
    const { json } = await call(
      'GET',
      `/x_notes(${note.id})?$select=word,person_id,who_id,who_type,owner_id&$expand=others($select=last_name)`,
    );
    expect(json).toMatchObject({ word: 'Hello', person_id: null, who_id: null, owner_id: other.id });
    expect(json.others.map(({ last_name }: { last_name: string }) => last_name)).toEqual(['Kept']);
    expect(await crm.platform.database.run('select from data.x_note__others')).toHaveLength(1);

    await published({ documents: gone('x_note') });
    await call('DELETE', `/companies(${company.id})`);
    const refused = await metadata(`revisions/${first}/roll_back`, {});
    expect([refused.status, refused.json.code, refused.json.message]).toEqual([
      409,
      'conflict',
      expect.stringContaining('kept records of x_note name, by company, a company that has been deleted meanwhile'),
    ]);
    expect((await call('POST', `/companies(${company.id})/restore`)).status).toBe(204);
    await back(first);
    await settled();
    expect((await call('GET', `/x_notes(${note.id})`)).status).toBe(200);
    await published({ documents: gone('x_note') });
  });

  it('leaves out what was purged, and the lookups to it begin empty', async () => {
    const first = await published({ documents: [course(), favourite] });
    const { json: made } = await call('POST', '/x_courses', { title: 'Purged' });
    const { json: contact } = await call('POST', '/contacts', { last_name: 'Eve', x_favourite_id: made.id });
    await published({ documents: gone('x_course', 'contact') });
    const items = ['data.x_course', 'data.x_course__contacts'];
    const { json: purge } = await metadata('purge/plan', { items });
    const purged = await metadata('purge', { items, fingerprint: purge.fingerprint });
    await expect.poll(() => crm.platform.model().revision, { timeout: 10_000 }).toBe(purged.json.revision);
    const { json: plan } = await metadata(`revisions/${first}/roll_back/plan`);
    expect(plan.retired).toEqual([
      expect.objectContaining({ what: 'contact.x_favourite_id', records: 1, restored: false }),
    ]);
    await back(first);
    await settled();
    expect((await call('GET', '/x_courses')).json.value).toEqual([]);
    expect((await call('GET', `/contacts(${contact.id})?$select=x_favourite_id`)).json.x_favourite_id).toBe(null);
    await published({ documents: gone('x_course', 'contact') });
  });
});

describe('another shape', () => {
  const titled = (type: object, more: object = {}) => [
    course({ title: { required: true, ...type }, seats: { type: 'integer' } }, more),
  ];

  it('has the values that fit, and the plan tells of the others', async () => {
    await published({ documents: [course({ seats: { type: 'text' } })] });
    await call('POST', '/x_courses', { title: 'Kept', seats: 'many' });
    await published({ documents: gone('x_course') });
    const documents = titled({ type: 'text', max_length: 300 });
    const { json: plan } = await metadata('plan', { documents, restore: true });
    expect(plan.retired).toContainEqual(
      expect.objectContaining({
        what: 'x_course.seats',
        column: 'seats',
        records: 1,
        restored: false,
        restorable: false,
      }),
    );
    await published({ documents, restore: true });
    await settled();
    expect((await call('GET', '/x_courses?$select=title,seats')).json.value).toMatchObject([
      { title: 'Kept', seats: null },
    ]);
    await published({ documents: gone('x_course') });
  });

  it('of ownership is refused with the reason, and begins empty where that is wanted', async () => {
    const documents = [course({}, { ownership: 'organization' })];
    const refused = await metadata('plan', { documents, restore: true });
    expect([refused.status, refused.json.code, refused.json.message]).toEqual([
      409,
      'conflict',
      expect.stringContaining(
        'The kept records of x_course cannot come back: their ownership is user, not organization',
      ),
    ]);
    await published({ documents });
    expect((await call('GET', '/x_courses')).json.value).toEqual([]);
    await published({ documents: gone('x_course') });
  });
});

describe('rights', () => {
  it('on kept records are given back only by who holds them; and secured values only as secured ones', async () => {
    const first = await published({ documents: [course(), reads('organization')] });
    await call('POST', '/x_courses', { title: 'Secret', pin: '1' });
    await published({ documents: [...gone('x_course'), { kind: 'role', name: 'sales_representative', remove: true }] });
    const documents = [course(), reads('organization')];
    for (const path of ['plan', 'publish', `revisions/${first}/roll_back`]) {
      const body =
        path === 'plan'
          ? { documents, restore: true }
          : path === 'publish'
            ? { documents, restore: true, comment: 'Test' }
            : {};
      expect([path, (await metadata(path, body, publisher)).json.code]).toEqual([path, 'escalation']);
    }
    const open = course({ pin: { type: 'text', max_length: 9 } });
    await published({ documents: [open], restore: true });
    expect((await call('GET', '/x_courses?$select=title,pin')).json.value).toMatchObject([
      { title: 'Secret', pin: null },
    ]);
    await published({ documents: gone('x_course') });
    // Empty it is nobody's loss.
    await published({ documents }, publisher);
    expect((await call('GET', '/x_courses', undefined, publisher)).json.value).toEqual([]);
  });
});
