// An administrator changes the model over HTTP while people work: what he adds is there at once, everywhere, on the service that runs;
// what he gets wrong is refused with the reason, and nothing changes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, makeUser, signIn, startTestService, type TestService } from './testing/test-service.ts';
import { type TransferKit, transferKit } from './transfer/testing/transfer-kit.ts';

let node: TestService;
let kit: TransferKit;
let admin: string;
let rep: string;
/** Requests that changed the model. */
let calls = 0;

beforeAll(async () => {
  node = await startTestService();
  kit = transferKit(() => node.address);
  await makeUser(node.address, 'rep@example.com', ADMIN.password, 'sales_representative');
  rep = (await signIn(node.address, 'rep@example.com', ADMIN.password)).access_token;
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(async () => {
  kit?.remove();
  await node?.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
type Answered = { readonly status: number; readonly json: any };

async function api(method: string, path: string, body?: unknown, token = admin): Promise<Answered> {
  const response = await callApi(node.address, token, method, `/api/v1${path}`, body);
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

async function publish(comment: string, ...documents: object[]): Promise<Answered> {
  calls += 1;
  const answer = await api('POST', '/metadata/publish', { comment, documents });
  if (answer.json.outcome !== 'published') throw new Error(`${comment}: ${JSON.stringify(answer.json)}`);
  return answer;
}

const label = (en: string) => ({ label: { en } });

const COURSE = {
  ...{ name: 'x_course', set: 'x_courses', ...label('Course'), plural_label: { en: 'Courses' }, ownership: 'user' },
  title: 'title',
  fields: {
    title: { type: 'text', ...label('Title'), max_length: 100, required: true, search: true },
    code: { type: 'text', ...label('Code'), max_length: 20, pattern: '[A-Z]{2}-\\d{3}' },
    teacher: {
      type: 'lookup',
      ...label('Teacher'),
      targets: ['contact'],
      inverse: 'x_taught_courses',
      on_delete: 'restrict',
    },
  },
  keys: { code: ['code'] },
};

describe('a field that is added in one call', () => {
  it('is at once in records, filters, forms, $metadata, OpenAPI and imports', async () => {
    const contact = (await api('POST', '/contacts', { last_name: 'Miller', external_id: 'C-1' })).json;
    expect((await api('GET', '/contacts?$select=x_rating')).json.error.code).toBe('unknown_property');
    calls = 0;
    await publish('Rating', {
      ...{ kind: 'entity', name: 'contact' },
      patch: { fields: { x_rating: { type: 'integer', ...label('Rating'), min: 1, max: 5 } } },
    });
    expect(calls).toBe(1);
    expect((await api('PATCH', `/contacts(${contact.id})`, { x_rating: 5 })).status).toBe(204);
    expect((await api('PATCH', `/contacts(${contact.id})`, { x_rating: 6 })).json.error.details[0].target).toBe(
      'x_rating',
    );
    const found = await api('GET', '/contacts?$filter=x_rating gt 3&$orderby=x_rating&$select=last_name,x_rating');
    expect(found.json.value).toEqual([expect.objectContaining({ last_name: 'Miller', x_rating: 5 })]);
    expect((await api('GET', '/$metadata?$format=json')).json.kartoteka.contact).toHaveProperty('x_rating');
    const { components } = (await api('GET', '/openapi.json')).json;
    expect(components.schemas['contact.values'].properties).toHaveProperty('x_rating');
    kit.write('contacts.csv', 'key,name,stars\nC-1,Miller,2\nC-2,Baker,4\n');
    const map = { key: 'external_id', columns: { key: 'external_id', name: 'last_name', stars: 'x_rating' } };
    expect(await kit.import('contacts', 'contacts.csv', map)).toMatchObject({ code: 0 });
    expect((await kit.all('/contacts?$select=x_rating&$orderby=x_rating')).map(({ x_rating }) => x_rating)).toEqual([
      2, 4,
    ]);
  });

  it('stands in the form and the view that the same kind of call puts it in', async () => {
    const { json } = await api('GET', '/metadata/documents/form/contact');
    const [section] = Object.keys(json.body.sections);
    const place = { x_rating: { order: 900 } };
    await publish(
      'Rating on the form and in the list',
      { kind: 'form', name: 'contact', patch: { sections: { [section ?? '']: { fields: place } } } },
      { kind: 'view', name: 'all_contacts', patch: { columns: place } },
    );
    const form = (await api('GET', '/metadata/documents/form/contact')).json;
    expect(form.origins[`/sections/${section}/fields/x_rating`]).toBe('custom');
  });
});

describe('an entity and an N:N link that are added in two calls', () => {
  it('are there without a restart: in REST, $metadata, OpenAPI, search, audit, import and privileges', async () => {
    expect((await api('GET', '/x_courses')).status).toBe(404);
    calls = 0;
    await publish('Courses', { kind: 'entity', name: 'x_course', body: COURSE });
    const participants = { type: 'many', ...label('Courses'), target: 'x_course', inverse: 'x_participants' };
    await publish('Who takes part', {
      kind: 'entity',
      name: 'contact',
      patch: { fields: { x_courses: participants } },
    });
    expect(calls).toBe(2);

    const [miller, baker] = await kit.all('/contacts?$orderby=external_id');
    const values = { title: 'First aid for sellers', code: 'FA-001', teacher_id: baker.id };
    const course = (await api('POST', '/x_courses', values)).json;
    const links = `/contacts(${miller.id})/x_courses`;
    expect((await api('POST', `${links}/$ref`, { '@odata.id': `x_courses(${course.id})` })).status).toBe(204);
    expect((await api('GET', `${links}?$select=title`)).json.value).toEqual([
      expect.objectContaining({ title: values.title }),
    ]);
    const expanded = await api(
      'GET',
      `/x_courses(${course.id})?$expand=x_participants($select=last_name),teacher($select=last_name)`,
    );
    expect(expanded.json).toMatchObject({ x_participants: [{ last_name: 'Miller' }], teacher: { last_name: 'Baker' } });
    expect((await api('GET', `/contacts(${baker.id})/x_taught_courses/$count`)).json).toBe(1);
    expect((await api('GET', '/x_courses?$search=aid')).json.value).toHaveLength(1);
    expect((await api('GET', '/x_courses?$search=nothing')).json.value).toEqual([]);
    const [change] = (await api('GET', `/x_courses(${course.id})/changes`)).json.value.slice(-1);
    expect(change).toMatchObject({
      operation: 'create',
      changes: expect.arrayContaining([expect.objectContaining({ property: 'code', after: 'FA-001' })]),
    });

    const csdl = (await api('GET', '/$metadata?$format=json')).json.kartoteka;
    expect(csdl.x_course.x_participants).toMatchObject({ $Kind: 'NavigationProperty', $Collection: true });
    const { paths } = (await api('GET', '/openapi.json')).json;
    for (const path of ['/x_courses', '/x_courses({id})', '/x_courses/bulk', '/contacts({id})/x_courses/$ref'])
      expect(paths).toHaveProperty([`/api/v1${path}`]);

    kit.write('courses.csv', 'code,title\nFA-001,First aid\nNG-002,Negotiating\nbad,Bad\n');
    const map = { key: 'code', columns: { code: 'code', title: 'title' } };
    expect((await kit.import('x_courses', 'courses.csv', map)).code).toBe(1);
    expect(kit.read('courses.csv.errors.csv')).toContain('code');
    expect((await kit.all('/x_courses?$orderby=code')).map(({ title }) => title)).toEqual(['First aid', 'Negotiating']);
  });

  it('are hidden from who has no privilege on them until a role gives it', async () => {
    expect((await api('GET', '/x_courses', undefined, rep)).json.error.code).toBe('missing_privilege');
    expect((await api('GET', '/openapi.json', undefined, rep)).json.paths).not.toHaveProperty(['/api/v1/x_courses']);
    const patch = { privileges: { x_course: { read: 'organization' } } };
    await publish('Sellers see courses', { kind: 'role', name: 'sales_representative', patch });
    expect((await api('GET', '/x_courses?$count=true&$top=0', undefined, rep)).json['@odata.count']).toBe(2);
    expect((await api('POST', '/x_courses', { title: 'Mine' }, rep)).json.error.code).toBe('missing_privilege');
    const [event] = (await api('GET', "/security_events?$filter=kind eq 'roles_published'&$top=1")).json.value;
    expect(event).toMatchObject({ details: { roles: [{ name: 'sales_representative', change: 'changed' }] } });
    expect(event.actor_id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await api('GET', '/metadata', undefined, rep)).json.error.code).toBe('missing_capability');
  });
});

describe('what an administrator gets wrong', () => {
  const formula = (expression: string) => ({ type: 'formula', ...label('F'), result: 'integer', expression });
  const MISTAKES = [
    {
      ...{ kind: 'entity', name: 'x_bad' },
      body: {
        ...{
          name: 'x_bad',
          set: 'x_bads',
          ...label('Bad'),
          plural_label: { en: 'Bads' },
          ownership: 'user',
          title: 'name',
        },
        fields: {
          name: { type: 'text', ...label('Name'), max_length: 50 },
          created_on: { type: 'date', ...label('Reserved') },
          note: { type: 'text', ...label('Note'), max_length: 5 },
          Note: { type: 'text', ...label('Note again'), max_length: 5 },
        },
      },
    },
    {
      ...{ kind: 'entity', name: 'contact' },
      patch: {
        fields: {
          rating: { type: 'integer', ...label('No prefix') },
          x_a: formula('x_b add 1'),
          x_b: formula('x_a add 1'),
          x_code: { type: 'text', ...label('Code'), max_length: 50, pattern: '(a+)+' },
          x_nowhere: { type: 'lookup', ...label('Nowhere'), targets: ['x_nothing'] },
        },
      },
    },
    { kind: 'entity', name: 'course', body: { ...COURSE, name: 'course', set: 'courses' } },
    {
      kind: 'entity',
      name: 'x_twin',
      body: { ...COURSE, name: 'x_twin', fields: { title: COURSE.fields.title }, keys: {} },
    },
  ];
  /** Document, place, code and the words in which it is said. */
  const FOUND: readonly (readonly [string, string, string, RegExp])[] = [
    ['x_bad', '/fields/created_on', 'reserved_name', /created_on is a system property/],
    ['x_bad', '/fields/Note', 'duplicate_name', /Note and note differ only in case/],
    ['contact', '/fields/x_code/pattern', 'invalid_option', /pattern|repeat|linear|once/i],
    ['contact', '/fields/rating', 'name_prefix', /rating does not begin with x_/],
    ['contact', '/fields/x_a', 'circular_formula', /computed from itself: .*x_a/],
    ['contact', '/fields/x_nowhere/targets/0', 'unknown_entity', /no entity x_nothing/],
    ['course', '/name', 'name_prefix', /course does not begin with x_/],
    ['x_twin', '/set', 'duplicate_name', /x_courses/],
  ];

  it('is told all at once, each with its document, place, code and reason', async () => {
    const { json } = await api('POST', '/metadata/validate', { documents: MISTAKES });
    expect(json.valid).toBe(false);
    const told = json.findings.map(({ name, pointer, code }: Record<string, string>) => `${name} ${pointer} ${code}`);
    for (const [name, pointer, code, reason] of FOUND) {
      expect(told).toContain(`${name} ${pointer} ${code}`);
      const finding = json.findings.find(
        (each: Record<string, string>) => each.name === name && each.pointer === pointer && each.code === code,
      );
      expect(finding).toMatchObject({ layer: 'custom', kind: 'entity', reason: expect.stringMatching(reason) });
    }
    const prefix = json.findings.find(({ pointer }: { pointer: string }) => pointer === '/fields/rating');
    expect(prefix.hint).toBe('Call it x_rating');
  });

  it('is refused by plan and publish with the same, and nothing changes', async () => {
    const before = (await api('GET', '/metadata')).json.revision;
    for (const path of ['plan', 'publish']) {
      const more = path === 'publish' ? { comment: 'Mistakes' } : {};
      const { status, json } = await api('POST', `/metadata/${path}`, { documents: MISTAKES, ...more });
      expect([path, status, json.error.code]).toEqual([path, 400, 'invalid_documents']);
      const targets = json.error.details.map(({ target }: { target: string }) => target);
      for (const [name, pointer] of FOUND) expect(targets).toContain(`custom/entity/${name}#${pointer}`);
    }
    expect((await api('GET', '/metadata')).json).toMatchObject({ revision: before, served_revision: before });
    expect((await api('GET', '/contacts?$select=rating')).json.error.code).toBe('unknown_property');
  });

  it.each(FOUND.map(([name, pointer, code]) => [code, name, pointer]))(
    '%s is refused also where it is the only mistake (%s%s)',
    async (code, name, pointer) => {
      const mistake = MISTAKES.find((each) => each.name === name);
      const { json } = await api('POST', '/metadata/validate', { documents: [mistake] });
      expect(json.findings).toContainEqual(expect.objectContaining({ code, pointer, name }));
    },
  );
});
