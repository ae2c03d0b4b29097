// Operations of an extension over HTTP: what a partner package adds stands beside what the platform has.
import { type Extension, is, listOf, type OperationDefinition, PlatformError } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const OPTIONAL = { optional: true } as const;

const extension: Extension = {
  name: 'test',
  shapes: {
    test_copies: { context: true, description: 'Copies', members: { ids: listOf('Edm.Guid', 'Of the copies') } },
    test_sum: { context: true, description: 'A sum', members: { sum: is('Edm.Int32', 'It') } },
    test_part: { description: 'A part', members: { name: is('Edm.String', 'Its name') } },
    test_said: {
      context: true,
      description: 'What came',
      members: { given: is('Edm.Untyped', 'It'), entity: is('Edm.String', 'Of what', { nullable: true }) },
    },
  },
  operations: [
    {
      name: 'copy_deal',
      kind: 'action',
      binding: 'record',
      entity: ({ name }) => name === 'deal',
      parameters: {
        names: listOf('Edm.String', 'Names of the copies', { most: 5 }),
        by_system: is('Edm.Boolean', 'Without limits', OPTIONAL),
      },
      returns: { shape: 'test_copies' },
      summary: 'Copy a deal',
      description: 'Makes copies of a deal.',
      async run({ engine, system, id }, { names, by_system }) {
        const ids: string[] = [];
        const { amount } = await engine.get(`/deals(${id})?$select=amount`);
        for (const name of names as readonly string[]) {
          const copy = await (by_system === true ? system : engine).create('deals', { name, amount });
          ids.push(copy.id);
          if (name === 'bad') throw new PlatformError('conflict', { reason: 'bad' });
        }
        return { ids };
      },
    },
    {
      name: 'touch',
      kind: 'action',
      binding: 'collection',
      entity: ({ name }) => name === 'deal',
      parameters: { parts: listOf('test_part', 'Parts', OPTIONAL) },
      returns: null,
      summary: 'Touch',
      description: 'Does nothing.',
      run: async () => null,
    },
    {
      name: 'say',
      kind: 'function',
      binding: 'collection',
      parameters: {
        text: is('Edm.String', 'A text', OPTIONAL),
        days: listOf('Edm.Int32', 'Days', OPTIONAL),
        at: is('Edm.DateTimeOffset', 'A moment', OPTIONAL),
        kind: is('Edm.String', 'One of two', { ...OPTIONAL, values: ['one', 'two'] }),
      },
      returns: { shape: 'test_said' },
      summary: 'Say it again',
      description: 'Answers what was given.',
      run: async ({ entity }, given) => ({ given, entity: entity?.name ?? null }),
    },
    {
      name: 'test_count',
      kind: 'function',
      binding: 'service',
      capability: 'audit',
      parameters: {},
      returns: { shape: 'test_sum' },
      summary: 'Count deals',
      description: 'Counts the deals that the caller may read.',
      run: async ({ engine }) => ({ sum: (await engine.get('/deals?$top=0&$count=true'))['@odata.count'] }),
    },
    {
      name: 'test_writes',
      kind: 'function',
      binding: 'service',
      parameters: {},
      returns: { shape: 'test_sum' },
      summary: 'Write',
      description: 'Tries to write.',
      run: async ({ engine }) => ({ sum: (await engine.create('deals', { name: 'By a function' })).version }),
    },
    // Names that documents have.
    ...(['record', 'service'] as const).map(
      (binding): OperationDefinition => ({
        name: binding === 'record' ? 'name' : 'companies',
        kind: 'function',
        binding,
        parameters: {},
        returns: { shape: 'test_sum' },
        summary: 'Hidden',
        description: 'Is found by nobody.',
        run: async () => ({ sum: 0 }),
      }),
    ),
  ],
  hooks: [
    {
      entity: 'deal',
      operations: ['create'],
      needsTransaction: () => true,
      async after({ engines }, records) {
        for (const { id, after } of records)
          if (after?.name === 'with a task')
            await engines().engine.create('activities', {
              kind: 'task',
              subject: 'Call',
              regarding_id: id,
              regarding_type: 'deal',
            });
      },
    },
  ],
};

let crm: Crm;
let deal: { id: string };
beforeAll(async () => {
  crm = await startCrm({ extensions: [extension] });
  deal = await crm.create('deals', { name: 'Big', amount: 123456789012345.6 });
});
afterAll(() => crm.close());
const call: Crm['call'] = (...all) => crm.call(...all);
const names = async (): Promise<string[]> =>
  (await call(crm.admin, 'GET', '/deals?$select=name&$orderby=name')).json.value.map(
    ({ name }: { name: string }) => name,
  );

describe('an action of an extension', () => {
  it('writes by requests of its own, with the rights of the caller, in one transaction', async () => {
    const done = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, { names: ['a', 'b'] });
    expect(done.status).toBe(200);
    expect(done.json.ids).toHaveLength(2);
    const copy = await call(crm.admin, 'GET', `/deals(${done.json.ids[0]})`);
    expect(copy.json).toMatchObject({ name: 'a', created_by_id: crm.admin.id });
    const refused = await call(crm.admin, 'POST', `/deals(${deal.id})/kartoteka.copy_deal`, { names: ['c', 'bad'] });
    expect(refused).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await names()).toEqual(['a', 'b', 'Big']);
  });

  it('is refused with every argument that is wrong', async () => {
    const wrong = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, { names: [1, 'x'], other: 1 });
    expect(wrong.status).toBe(400);
    expect(wrong.json.details.map(({ code, target }: { code: string; target: string }) => [code, target])).toEqual([
      ['invalid_value', 'names/0'],
      ['invalid_value', 'other'],
    ]);
    const missing = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, {});
    expect(missing.json.details).toMatchObject([{ code: 'required', target: 'names' }]);
    const many = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, {
      names: ['1', '2', '3', '4', '5', '6'],
    });
    expect(many.json.details).toMatchObject([{ code: 'invalid_value', target: 'names' }]);
  });

  it('on a record that is hidden is one on a record that is missing; what it asks for is judged by the rights of the caller', async () => {
    const other = await crm.user('Rep', ['sales_representative']);
    const hidden = await call(other, 'POST', `/deals(${deal.id})/copy_deal`, { names: ['x'] });
    const missing = await call(other, 'POST', '/deals(01900000-0000-7000-8000-000000000001)/copy_deal', {
      names: ['x'],
    });
    expect([hidden.status, missing.status]).toEqual([404, 404]);
    const reader = await crm.user('Reader', ['integrator']);
    const denied = await call(reader, 'POST', `/deals(${deal.id})/copy_deal`, { names: ['x'] });
    expect(denied).toMatchObject({ status: 403, json: { code: 'missing_privilege' } });
    const allowed = await call(reader, 'POST', `/deals(${deal.id})/copy_deal`, {
      names: ['by system'],
      by_system: true,
    });
    expect(allowed.status).toBe(200);
    await call(crm.admin, 'DELETE', `/deals(${allowed.json.ids[0]})`);
  });

  it('goes with others in a batch, in an atomic group as well, and is done once when it is repeated', async () => {
    const request = (id: string, name: string, group?: string) => ({
      ...{ id, method: 'post', url: `/deals(${deal.id})/copy_deal`, headers: { 'content-type': 'application/json' } },
      ...{ body: { names: [name] }, ...(group === undefined ? {} : { atomicityGroup: group }) },
    });
    const requests = [request('1', 'd', 'g'), request('2', 'bad', 'g')];
    const batch = await call(crm.admin, 'POST', '/$batch', { requests });
    expect(batch.json.responses.map(({ status }: { status: number }) => status)).toEqual([424, 409]);
    const headers = { 'repeatability-request-id': 'copy-1', 'repeatability-first-sent': new Date().toUTCString() };
    const once = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, { names: ['e'] }, headers);
    const again = await call(crm.admin, 'POST', `/deals(${deal.id})/copy_deal`, { names: ['e'] }, headers);
    expect(again.json).toEqual(once.json);
    expect(await names()).toEqual(['a', 'b', 'Big', 'e']);
  });

  it('without an answer is 204, and has one method', async () => {
    expect((await call(crm.admin, 'POST', '/deals/touch', { parts: [{ name: 'x' }] })).status).toBe(204);
    expect((await call(crm.admin, 'POST', '/deals/touch')).status).toBe(204);
    const wrong = await call(crm.admin, 'POST', '/deals/touch', { parts: [{ nam: 'x' }] });
    expect(wrong.json.details.map(({ target }: { target: string }) => target)).toEqual(['parts/0/nam', 'parts/0/name']);
    expect(await call(crm.admin, 'GET', '/deals/touch')).toMatchObject({ status: 405 });
    expect((await call(crm.admin, 'POST', '/contacts/touch', {})).status).toBe(400);
  });
});

describe('a function of an extension', () => {
  it('takes arguments from the query and from parentheses', async () => {
    const query = await call(crm.admin, 'GET', '/deals/say?text=a%20b&days=1,2&kind=one');
    expect(query.json).toMatchObject({ given: { text: 'a b', days: [1, 2], kind: 'one' }, entity: 'deal' });
    const parentheses = await call(
      crm.admin,
      'GET',
      "/contacts/kartoteka.say(text='it''s',days=[3],at=2026-01-02T03:04:05Z)",
    );
    expect(parentheses.json).toMatchObject({
      given: { text: "it's", days: [3], at: '2026-01-02T03:04:05Z' },
      entity: 'contact',
    });
    const wrong = await call(crm.admin, 'GET', '/deals/say?days=1,x&kind=three&at=now');
    expect(wrong.json.details.map(({ target }: { target: string }) => target)).toEqual(['days/1', 'kind', 'at']);
    expect(await call(crm.admin, 'GET', '/deals/say?more=1')).toMatchObject({
      status: 400,
      json: { target: 'more' },
    });
    expect(await call(crm.admin, 'POST', '/deals/say', {})).toMatchObject({ status: 405 });
  });

  it('of the service needs its capability, and reads with the rights of the caller', async () => {
    expect((await call(crm.admin, 'GET', '/test_count')).json.sum).toBe((await names()).length);
    const rep = await crm.user('Rep Two', ['sales_representative']);
    expect(await call(rep, 'GET', '/test_count')).toMatchObject({
      status: 403,
      json: { code: 'missing_capability' },
    });
  });
});

describe('extensions', () => {
  it('are described for those who may use them', async () => {
    const csdl = (await call(crm.admin, 'GET', '/$metadata?$format=json')).json.kartoteka;
    expect(Object.keys(csdl)).toEqual(
      expect.arrayContaining(['copy_deal', 'say', 'test_count', 'test_copies', 'test_part']),
    );
    const paths = (await call(crm.admin, 'GET', '/openapi.json')).json.paths;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/deals({id})/copy_deal', '/api/v1/deals/say', '/api/v1/test_count']),
    );
    const rep = await crm.user('Rep Three', ['sales_representative']);
    expect(Object.keys((await call(rep, 'GET', '/$metadata?$format=json')).json.kartoteka)).not.toContain('test_count');
  });

  it('have hooks that ask the engine within the transaction of the write', async () => {
    const made = await crm.create('deals', { name: 'with a task', amount: 1 });
    const tasks = await call(crm.admin, 'GET', `/activities?$filter=regarding_id eq ${made.id}&$select=subject`);
    expect(tasks.json.value).toMatchObject([{ subject: 'Call' }]);
    const rep = await crm.user('Poor', []);
    expect((await call(rep, 'POST', '/deals', { name: 'with a task' })).status).toBe(403);
  });

  it('cannot have an operation twice, or under a name that no field could have', async () => {
    const { Extensions } = await import('../packages/platform/src/extensions/registry.ts');
    const [operation] = extension.operations ?? [];
    if (operation === undefined) throw new Error('none');
    const { entity: _entity, ...everywhere } = operation;
    expect(() => new Extensions([extension, { name: 'x', operations: [everywhere] }])).toThrow('copy_deal');
    const shapes = { caller: { description: 'As the platform has one', members: {} } };
    expect(() => new Extensions([{ name: 'x', shapes }])).toThrow('two structures caller');
    expect(() => new Extensions([{ name: 'x', operations: [{ ...operation, name: 'A b' }] }])).toThrow('A b');
    expect(() => new Extensions([{ name: 'x', operations: [{ ...operation, name: 'assign' }] }])).toThrow('assign');
  });

  it('hide nothing that documents name', async () => {
    expect((await call(crm.admin, 'GET', `/deals(${deal.id})/name`)).json.value).toBe('Big');
    expect((await call(crm.admin, 'GET', '/companies?$top=1')).status).toBe(200);
  });

  it('have functions that cannot change anything', async () => {
    const before = (await names()).length;
    await expect(call(crm.admin, 'GET', '/test_writes')).rejects.toThrow('a function changes nothing');
    expect(await names()).toHaveLength(before);
  });
});
