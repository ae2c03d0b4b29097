// What comes back with a publish - records of an uninstalled package, values of a removed secured field - comes back to nobody who could
// not have had it; and roles that change while one of them is given are judged as if one came after the other.
import { type Principal, publish, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

const label = { en: 'L' };
let crm: Crm;
let publisher: Principal;
beforeAll(async () => {
  const role = (name: string, body: object) =>
    ({ kind: 'role', name, layer: 'base', source: 'test', body: { name, label, ...body } }) as const;
  const documents = [
    ...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)),
    role('publisher', { privileges: {}, capabilities: ['publish_metadata'] }),
    role('reader', { privileges: {} }),
    role('giver', {
      privileges: {
        user: { read: 'organization', append_to: 'organization' },
        role_assignment: { create: 'organization', read: 'organization', append: 'organization' },
      },
    }),
  ];
  crm = await startCrm({ documents });
  publisher = await crm.user('Publisher', ['sales_representative', 'publisher']);
});
afterAll(() => crm?.close());

/** As of the latest revision. */
async function call(who: Principal, method: string, path: string, body?: unknown): Promise<Answer> {
  return crm.call(await crm.principal(who.id), method, path, body);
}
const metadata = (who: Principal, path: string, body: object): Promise<Answer> =>
  call(who, 'POST', `/metadata/${path}`, { comment: 'Test', allow_destructive: true, ...body });
const outcome = ({ status, json }: Answer) => [status, json.code ?? json.outcome];

const archive = (documents: readonly object[]) => ({
  manifest: { name: 'kept', publisher: 'P', prefix: 'kept_', version: '1.0.0' },
  documents,
});
async function install(who: Principal, documents: readonly object[], more: object = {}): Promise<Answer> {
  const body = { ...archive(documents), ...more };
  const { json } = await call(crm.admin, 'POST', '/metadata/packages/plan', body);
  return call(who, 'POST', '/metadata/packages', { ...body, fingerprint: json.plan.fingerprint });
}
async function uninstall(): Promise<void> {
  const { json } = await call(crm.admin, 'POST', '/metadata/packages/kept/uninstall/plan', {});
  const body = { data: 'keep', fingerprint: json.plan.fingerprint };
  expect(outcome(await call(crm.admin, 'POST', '/metadata/packages/kept/uninstall', body))).toEqual([200, 'published']);
}

describe('a package that comes back', () => {
  const things = (depth: string) => [
    {
      kind: 'entity',
      name: 'kept_thing',
      body: {
        ...{
          name: 'kept_thing',
          set: 'kept_things',
          label,
          plural_label: label,
          ownership: 'user',
          title: 'word',
        },
        fields: { word: { type: 'text', label, max_length: 20 } },
      },
    },
    {
      kind: 'role',
      name: 'sales_representative',
      body: { extends: 'sales_representative', privileges: { kept_thing: { read: depth } } },
    },
  ];

  it('brings its records back only by who holds all that roles give, whatever its roles give now', async () => {
    expect(outcome(await install(crm.admin, things('user')))).toEqual([200, 'published']);
    expect((await call(crm.admin, 'POST', '/kept_things', { word: 'hidden' })).status).toBe(201);
    await uninstall();
    const planned = await call(publisher, 'POST', '/metadata/packages/plan', archive(things('organization')));
    expect([planned.status, planned.json.code, planned.json.message]).toEqual([
      403,
      'escalation',
      expect.stringMatching(/^You cannot give more than you hold: \w+ on kept_thing, whose kept records come back$/),
    ]);
    expect(outcome(await install(publisher, things('organization')))).toEqual([403, 'escalation']);
    expect(outcome(await install(publisher, things('user')))).toEqual([403, 'escalation']);
    expect(outcome(await install(crm.admin, things('organization')))).toEqual([200, 'published']);
    expect((await call(publisher, 'GET', '/kept_things?$select=word')).json.value).toMatchObject([{ word: 'hidden' }]);
    await uninstall();
  });

  it('is installed without them by everybody who may publish', async () => {
    expect(outcome(await install(publisher, things('organization'), { kept_data: 'leave' }))).toEqual([
      200,
      'published',
    ]);
    expect((await call(publisher, 'GET', '/kept_things')).json.value).toEqual([]);
    await uninstall();
  });

  it('brings a secured field back only by who holds the permissions that roles give', async () => {
    const rank = (permitted: boolean) => [
      {
        kind: 'entity',
        name: 'contact',
        body: { extends: 'contact', fields: { kept_rank: { type: 'integer', label, secured: true } } },
      },
      {
        kind: 'role',
        name: 'sales_representative',
        body: { extends: 'sales_representative', fields: permitted ? { contact: { kept_rank: ['read'] } } : {} },
      },
    ];
    expect(outcome(await install(crm.admin, rank(false)))).toEqual([200, 'published']);
    const { json } = await call(crm.admin, 'POST', '/contacts', { last_name: 'Ada', kept_rank: 7 });
    await uninstall();
    expect(outcome(await install(publisher, rank(true)))).toEqual([403, 'escalation']);
    expect(outcome(await install(crm.admin, rank(true)))).toEqual([200, 'published']);
    expect((await call(crm.admin, 'GET', `/contacts(${json.id})?$select=kept_rank`)).json.kept_rank).toBe(7);
    await uninstall();
  });
});

describe('a removed secured field', () => {
  const field = (more: object | null) => ({
    documents: [
      {
        ...{ kind: 'entity', name: 'contact' },
        body: {
          extends: 'contact',
          fields: more === null ? {} : { x_pin: { type: 'text', label, max_length: 9, ...more } },
        },
      },
    ],
  });
  const secured = field({ secured: true });
  const ordinary = field({});
  let at: string;
  const pin = async () => (await call(crm.admin, 'GET', `${at}?$select=x_pin`)).json.x_pin;

  it('does not get its values back as an ordinary one, and the plan does not say so', async () => {
    expect(outcome(await metadata(crm.admin, 'publish', secured))).toEqual([200, 'published']);
    at = `/contacts(${(await call(crm.admin, 'POST', '/contacts', { last_name: 'Ada', x_pin: '1234' })).json.id})`;
    await metadata(crm.admin, 'publish', field(null));
    const { json: plan } = await metadata(crm.admin, 'plan', {
      ...ordinary,
      comment: undefined,
      restore: true,
      allow_destructive: undefined,
    });
    expect(plan.retired).toEqual([
      expect.objectContaining({ what: 'contact.x_pin', restorable: false, restored: false }),
    ]);
    expect(outcome(await metadata(publisher, 'publish', { ...ordinary, restore: true }))).toEqual([200, 'published']);
    expect(await pin()).toBe(null);
    await metadata(crm.admin, 'publish', field(null));
  });

  it('neither once the column that was used meanwhile is purged', async () => {
    const { json: purge } = await call(crm.admin, 'POST', '/metadata/purge/plan', { items: ['data.contact.x_pin_2'] });
    const body = { items: ['data.contact.x_pin_2'], fingerprint: purge.fingerprint };
    expect((await call(crm.admin, 'POST', '/metadata/purge', body)).status).toBe(200);
    expect(outcome(await metadata(publisher, 'publish', { ...ordinary, restore: true }))).toEqual([200, 'published']);
    expect(await pin()).toBe(null);
    await metadata(crm.admin, 'publish', field(null));
    const again = (await call(crm.admin, 'POST', '/metadata/purge/plan', {})).json.items;
    const newer = again.map(({ item }: { item: string }) => item).filter((item: string) => item.includes('x_pin_'));
    const { json: second } = await call(crm.admin, 'POST', '/metadata/purge/plan', { items: newer });
    await call(crm.admin, 'POST', '/metadata/purge', { items: newer, fingerprint: second.fingerprint });
  });

  it('gets them back as a secured one, by who holds the permissions, and is opened by a publish of its own', async () => {
    const back = { ...secured, restore: true };
    expect(outcome(await metadata(publisher, 'publish', back))).toEqual([403, 'escalation']);
    expect(outcome(await metadata(crm.admin, 'publish', back))).toEqual([200, 'published']);
    expect(await pin()).toBe('1234');
    expect(outcome(await metadata(publisher, 'publish', ordinary))).toEqual([403, 'escalation']);
    expect(outcome(await metadata(crm.admin, 'publish', ordinary))).toEqual([200, 'published']);
    expect(await pin()).toBe('1234');
  });
});

describe('a secured field of a former type', () => {
  const field = (more: object | null) => ({
    documents: [
      {
        ...{ kind: 'entity', name: 'contact' },
        body: { extends: 'contact', fields: more === null ? {} : { x_note: { label, ...more } } },
      },
    ],
  });

  it('does not give its values to an ordinary one, nor to who does not hold what roles give on it', async () => {
    await metadata(crm.admin, 'publish', field({ type: 'text', secured: true }));
    const { json } = await call(crm.admin, 'POST', '/contacts', { last_name: 'Ada', x_note: 'kept' });
    const note = async () => (await call(crm.admin, 'GET', `/contacts(${json.id})?$select=x_note`)).json.x_note;
    await metadata(crm.admin, 'publish', field(null));
    await metadata(publisher, 'publish', field({ type: 'integer' }));
    const back = (secured: boolean) => ({ ...field({ type: 'text', secured }), restore: true });
    expect(outcome(await metadata(publisher, 'publish', back(true)))).toEqual([403, 'escalation']);
    expect(outcome(await metadata(publisher, 'publish', back(false)))).toEqual([200, 'published']);
    const pending = async (): Promise<unknown[]> => {
      const { value } = (await call(crm.admin, 'GET', '/metadata/steps')).json;
      return value.filter(({ state }: { state: string }) => state !== 'done');
    };
    await expect.poll(pending, { timeout: 20_000 }).toEqual([]);
    expect(await note()).toBe(null);
  });
});

describe('a role that changes while it is given', () => {
  const reader = (depth: string) =>
    ({
      kind: 'role',
      name: 'reader',
      layer: 'custom',
      body: { extends: 'reader', privileges: { deal: { read: depth } } },
    }) as const;
  const isWaiting = async (): Promise<void> => {
    for (;;) {
      const rows = await crm.platform.database.run(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
      );
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('is widened only by who holds what those gain to whom it has been given meanwhile', async () => {
    const holder = await crm.user('Holder', []);
    const { layer: _, ...document } = reader('organization');
    let publishing: Promise<Answer> | undefined;
    await crm.platform.database.transaction(async (tx) => {
      await tx.run(
        `insert into data.role_assignment (id, role, user_id, created_on, created_by_id, modified_on, modified_by_id, version)
        values (gen_random_uuid(), 'reader', $1::uuid, now(), $2::uuid, now(), $2::uuid, 1)`,
        [holder.id, crm.admin.id],
      );
      await tx.run('update kartoteka.state set security = security + 1');
      publishing = metadata(publisher, 'publish', { documents: [document] });
      await isWaiting();
    });
    expect(outcome(await (publishing as Promise<Answer>))).toEqual([403, 'escalation']);
  });

  it('is not given by who holds what it was, and not what it is', async () => {
    const giver = await crm.user('Giver', ['giver']);
    const holder = await crm.user('Another', []);
    let giving: Promise<Answer> | undefined;
    const body = { role: 'reader', user_id: holder.id };
    const { revision } = await publish(crm.platform.database, {
      ...{ changes: [reader('organization')], author: null, comment: 'Wider', log: quietLog },
      async within() {
        giving ??= crm.call(giver, 'POST', '/role_assignments', body);
        await isWaiting();
      },
    });
    expect(outcome(await (giving as Promise<Answer>))).toEqual([503, 'overloaded']);
    while (crm.platform.model().revision < revision) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(outcome(await call(giver, 'POST', '/role_assignments', body))).toEqual([403, 'escalation']);
    expect((await call(crm.admin, 'POST', '/role_assignments', body)).status).toBe(201);
  });
});
