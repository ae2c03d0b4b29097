// Figures as files: rows of $apply and answers of functions, with the same values as in JSON, for who may export.
import { is, listOf, type OperationDefinition, type Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { exported, XLSX } from './export-kit.ts';
import { readWorkbook, rowsOf } from './xlsx-reader.ts';

const PAGES = 3;

/** A function with pages of two rows. */
const stories: OperationDefinition = {
  name: 'stories',
  kind: 'function',
  binding: 'service',
  parameters: { about: is('Edm.String', 'What they begin with') },
  returns: { shape: 'story', collection: true },
  list: {},
  available: () => true,
  summary: 'Stories',
  description: 'A few, on pages.',
  run: async ({ request }, { about, $skiptoken, $top }) => {
    const page = Number($skiptoken ?? 0);
    const value = [0, 1].map((n) => ({
      title: `${about} ${page * 2 + n}`,
      tags: ['x', 'y'],
      more: { page, top: $top ?? null },
    }));
    const link = `${request.baseUrl}/stories?about=wrong&$top=7&$skiptoken=${page + 1}`;
    return { value, ...(page + 1 < PAGES ? { '@odata.nextLink': link } : {}) };
  },
};
const storyShape = {
  description: 'A story',
  members: {
    title: is('Edm.String', 'Title'),
    tags: listOf('Edm.String', 'Tags'),
    more: is('Edm.Untyped', 'More'),
  },
} as const;

/** One without a table in its answer. */
const plain: OperationDefinition = {
  ...{ name: 'plain', kind: 'function', binding: 'service', parameters: {}, available: () => true },
  ...{ returns: { shape: 'plain_answer' }, summary: 'Plain', description: 'No table.' },
  run: async () => ({ text: 'x' }),
};
const plainShape = { context: true, description: 'A text', members: { text: is('Edm.String', 'Text') } } as const;

let crm: Crm;
let seller: Principal;
let reader: Principal;

beforeAll(async () => {
  const shapes = { story: storyShape, plain_answer: plainShape };
  crm = await startCrm({ extensions: [{ name: 'stories', operations: [stories, plain], shapes }] });
  seller = await crm.user('Seller', ['sales_representative']);
  reader = await crm.user('Reader', ['sales_manager']);
  const retail = await crm.create('companies', { name: '=Retail', industry: 'retail' });
  const records = Array.from({ length: 1_500 }, (_, n) => ({
    name: `Deal ${String(n).padStart(4, '0')}`,
    amount: `${n}.25`,
    ...(n % 2 === 0 ? { company_id: retail.id, stage: 'proposal' } : {}),
  }));
  for (const part of [records.slice(0, 1000), records.slice(1000)])
    expect((await crm.call(crm.admin, 'POST', '/deals/bulk', { mode: 'create', records: part })).status).toBe(200);
});
afterAll(() => crm?.close());

const csv = async (path: string, principal?: Principal, platform = crm): Promise<string[]> =>
  (await exported(platform, path, { accept: 'text/csv' }, principal)).bytes.toString().split('\r\n').slice(0, -1);
const sheet = async (path: string) => {
  const workbook = await readWorkbook(
    crm.platform,
    (await exported(crm, path, { accept: XLSX, 'accept-language': 'en' })).bytes,
  );
  return [...workbook.values()][0];
};
const log = () =>
  crm.platform.database.run(
    `select s.target_entity as entity, s.details->>'format' as format, s.details->>'path' as path, e.details->>'records' as records
     from kartoteka.security_log s join kartoteka.security_log e on e.kind = 'export_ended' and e.details->'export_id' = s.details->'export_id'
     where s.kind = 'export_started' order by s.id desc limit 1`,
  );

describe('rows of $apply', () => {
  const apply =
    '/deals?$apply=groupby((company/name,stage),aggregate(amount with sum as total,$count as n))&$orderby=total desc';

  it('are lines of a CSV and rows of a workbook, with the values of JSON', async () => {
    const { json } = await crm.call(crm.admin, 'GET', apply);
    expect(json.value[0]).toMatchObject({ company: { name: null }, total: 562_687.5 });
    const lines = await csv(apply);
    expect(lines).toEqual(
      ['company/name,stage,total,n', ',,562687.5000,750', "'=Retail,proposal,561937.5000,750"].map((line) =>
        line.replace(',,', `,${json.value[0].stage ?? ''},`),
      ),
    );
    const cells = await sheet(apply);
    expect(rowsOf(cells)[0]).toEqual(['Company / Name', 'Stage', 'total', 'n']);
    expect(cells?.get('A3')).toEqual({ type: 'inlineStr', style: '4', text: '=Retail' });
    expect(cells?.get('C3')).toEqual({ type: null, style: null, text: '561937.5000' });
    expect(await log()).toEqual([{ entity: 'deal', format: 'xlsx', path: '/deals', records: '2' }]);
  });

  it('are all there, each once, over several pages, as far as $top and $skip go', async () => {
    const names = '/deals?$apply=groupby((name),aggregate($count as n))&$orderby=name desc';
    const lines = await csv(names);
    expect(lines).toHaveLength(1_501);
    expect(new Set(lines).size).toBe(1_501);
    expect(lines.slice(1, 3)).toEqual(['Deal 1499,1', 'Deal 1498,1']);
    expect(await csv(`${names}&$skip=1&$top=1200`)).toEqual(['name,n', ...lines.slice(2, 1202)]);
    expect(await csv(`${names}&$select=n&$filter=name eq 'Deal 0001'`)).toEqual(['n', '1']);
    expect(await csv('/deals?$apply=aggregate(amount with max as most)')).toEqual(['most', '1499.2500']);
    expect(await csv("/deals?$apply=filter(name eq 'Deal 0007')&$select=name,amount")).toEqual([
      'name,amount',
      'Deal 0007,7.2500',
    ]);
  });

  it('need the capability, and show what may be read', async () => {
    for (const format of ['csv', 'xlsx'])
      expect(await crm.call(seller, 'GET', `${apply}&$format=${format}`)).toMatchObject({
        status: 403,
        json: { code: 'missing_capability' },
      });
    expect(reader.capabilities.has('export')).toBe(true);
    const count = '/deals?$apply=aggregate($count as n)';
    expect(await csv(count, reader)).toEqual(['n', String((await crm.call(reader, 'GET', count)).json.value[0].n)]);
    expect(await crm.call(crm.admin, 'GET', '/deals?$apply=groupby((nothing))&$format=csv')).toMatchObject({
      status: 400,
    });
    expect(await crm.call(crm.admin, 'GET', `${apply}&$count=true&$format=csv`)).toMatchObject({
      json: { code: 'invalid_option' },
    });
  });
});

describe('the answer of a function', () => {
  const funnel = "/deals/funnel?levels=company/name,stage&sum=amount&filter=contains(name,'Deal')";

  it('is a file, its objects a column for each member', async () => {
    const { json } = await crm.call(crm.admin, 'GET', funnel);
    const lines = await csv(funnel);
    expect(lines[0]).toBe('group/company/name,group/stage,count,sums/amount,records');
    expect(lines).toHaveLength(1 + json.groups.length);
    expect(lines.filter((line) => line.startsWith("'=Retail,proposal,750,561937.5,http"))).toHaveLength(1);
    const rows = rowsOf(await sheet(funnel));
    expect(rows[0]).toEqual(['group / Company / Name', 'group / Stage', 'count', 'sums / Amount', 'records']);
    expect(rows.slice(1).map(([name]) => name)).toEqual(
      json.groups.map(({ group }: { group: Record<string, unknown> }) => group['company/name']),
    );
    const { headers } = await exported(crm, `${funnel}&$format=csv`, {});
    expect(headers['content-disposition']).toBe('attachment; filename="deals-funnel.csv"');
    expect(await log()).toEqual([
      { entity: 'deal', format: 'csv', path: '/deals/funnel', records: String(json.groups.length) },
    ]);
  });

  it('needs the capability, and is refused as it is as JSON', async () => {
    expect(await crm.call(seller, 'GET', `${funnel}&$format=csv`)).toMatchObject({
      status: 403,
      json: { code: 'missing_capability' },
    });
    expect((await crm.call(seller, 'GET', funnel)).status).toBe(200);
    expect(await crm.call(crm.admin, 'GET', '/deals/funnel?levels=nothing&$format=csv')).toMatchObject({ status: 400 });
    expect(await crm.call(crm.admin, 'GET', '/deals/funnel?$format=csv')).toMatchObject({
      json: { code: 'invalid_arguments' },
    });
  });

  it('is taken page after page, as its links say', async () => {
    const rows = Array.from({ length: PAGES * 2 }, (_, n) => {
      const page = Math.floor(n / 2);
      return `-it ${n},"[""x"",""y""]","{""page"":${page},""top"":${page === 0 ? 'null' : '""7""'}}"`;
    });
    expect(await csv('/stories?about=-it')).toEqual(['title,tags,more', ...rows.map((row) => `'${row}`)]);
    expect(await log()).toEqual([{ entity: null, format: 'csv', path: '/stories', records: String(PAGES * 2) }]);
  });

  it('is no file where it is no table', async () => {
    expect(await crm.call(crm.admin, 'GET', '/plain?$format=xlsx')).toMatchObject({
      status: 406,
      json: { code: 'not_acceptable' },
    });
    expect((await crm.call(crm.admin, 'GET', '/plain')).status).toBe(200);
  });

  it('is JSON in a batch, also where its arguments speak of files', async () => {
    const requests = [{ id: '1', method: 'GET', url: "deals/funnel?levels=stage&filter=name eq 'csv'" }];
    const { json } = await crm.call(crm.admin, 'POST', '/$batch', { requests });
    expect(json.responses[0]).toMatchObject({ status: 200, body: { groups: [] } });
  });
});

it('the description says what can be had as a file, to who may export', async () => {
  const kinds = async (principal: Principal, path: string): Promise<string[]> => {
    const { json } = await crm.call(principal, 'GET', '/openapi.json');
    const { $ref = '' } = json.paths[`/api/v1${path}`].get.responses['200'];
    return Object.keys(json.components.responses[$ref.split('/').at(-1)].content);
  };
  expect(await kinds(crm.admin, '/deals/funnel')).toEqual(['application/json', 'text/csv', XLSX]);
  expect(await kinds(crm.admin, '/deals')).toEqual(['application/json', 'text/csv', XLSX]);
  expect(await kinds(crm.admin, '/plain')).toEqual(['application/json']);
  expect(await kinds(seller, '/deals/funnel')).toEqual(['application/json']);
});
