// Types that are generated from a customised CRM: the same text every time, right for programs that are right and wrong for others, and
// compared with a server whose Model has moved on.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { render } from '../packages/sdk/src/generate/render.ts';
import { createClient, type EntityShape, type SchemaData, SchemaMovedError } from '../packages/sdk/src/index.ts';
import { type Crm, principalOf, quietLog, startCrm } from './crm-kit.ts';
import { fetchOf, KEY, kartotekaSdk, PartnerProject } from './sdk-generate-kit.ts';

let crm: Crm;
let russian: Principal;
let project: PartnerProject;
let fetcher: typeof fetch;

type Fields = Readonly<Record<string, object>>;

const REGIONS = { north: { label: { en: 'North' }, order: 1 }, south: { label: { en: 'South' }, order: 2 } };
const FIELDS: Fields = {
  x_region: {
    type: 'choice',
    label: { en: 'Region', ru: 'Регион' },
    description: { en: 'Where it is sold */ or not' },
    values: REGIONS,
  },
  x_score: { type: 'integer', label: { en: 'Score' } },
  x_partner: { type: 'lookup', label: { en: 'Partner' }, targets: ['company'], inverse: 'x_partner_deals' },
};

/** Puts custom fields on deals. */
async function customise(fields: Fields): Promise<void> {
  const { revision } = await publish(crm.platform.database, {
    changes: [{ kind: 'entity', name: 'deal', body: { extends: 'deal', fields } }],
    author: null,
    comment: 'Custom fields',
    allowDestructive: true,
    log: quietLog,
  });
  await vi.waitFor(() => expect(crm.platform.model().revision).toBe(revision), { timeout: 10_000 });
}

const generate = (file: string, more: readonly string[] = []) =>
  kartotekaSdk(['generate', '--url', 'https://crm.test', '--out', project.path(file), ...more], fetcher);
const text = (file: string): string => readFileSync(project.path(file), 'utf8');

interface Deals {
  deals: EntityShape;
}

/** A solution that uses the custom fields. */
const PARTNER = `
import { createClient, decimal } from '@kartoteka/sdk';
import { type Deal, type DealCreate, type DealUpdate, type DealXRegion, type Schema, schema } from './crm.ts';

export const regions: Record<DealXRegion, string> = { north: 'N', south: 'S' };
export function labelOf(deal: Deal): string {
  return deal.x_region === null ? deal.name : regions[deal.x_region];
}
export const made: DealCreate = { name: 'Roof', amount: decimal('900.00'), x_region: 'north', 'company@odata.bind': 'companies(external_id=\\'A\\')' };
export const nested: DealCreate = { name: 'Roof', company: { name: 'Acme', contacts: [{ last_name: 'Smith' }, { '@id': 'contacts(ID)' }] } };
export const changed: DealUpdate = { x_score: null, x_partner_id: null };
export const set: Schema['deals']['navigations']['x_partner']['set'] = 'companies';
export const version: string = schema.version;
export const kind: Schema['deals']['kinds']['amount'] = 'decimal';

const crm = createClient({ url: 'https://crm.test', schema, auth: { apiKey: 'key' } });
export async function* north(): AsyncGenerator<string> {
  const deals = crm.deals.query({
    select: ['name', 'amount', 'x_region'],
    expand: { company: { select: ['name'] }, x_partner: { select: ['industry'] } },
    filter: (f) => f.x_region.eq('north').and(f.company.industry.eq('retail')),
  });
  for await (const { name, company, x_partner, x_region } of deals) yield [name, company?.name, x_partner?.industry, x_region].join();
}
export const assigned = async (id: string): Promise<Deal> => crm.deals.action(id, 'assign', { owner_id: id });
`;

/** Lines that do not compile, by what is wrong with them. */
const WRONG: Readonly<Record<string, string>> = {
  'a value that the choice does not have': `export const a: Deal['x_region'] = 'east';`,
  'a number for a decimal': 'export const a: DealCreate = { name: "x", amount: 900 };',
  'a number for a 64-bit integer': 'export const a: DealUpdate = { x_score: 1 };',
  'a text that nobody has made a decimal': 'export const a: DealUpdate = { amount: "900" };',
  'a property that there is not': 'export const a: DealUpdate = { nothing: 1 };',
  'a create without what is required': 'export const a: DealCreate = { x_region: "north" };',
  'null for what cannot be null': 'export const a: DealUpdate = { name: null };',
  'a computed value that is written': 'export const a: DealUpdate = { amount_base: null };',
  'the version, which is only read': 'export const a: DealUpdate = { version: int64(1) };',
  'a value that may be null': 'export const a = (deal: Deal): string => deal.x_region;',
  'a navigation to another set': `export const a: Schema['deals']['navigations']['company']['set'] = 'contacts';`,
  'a required lookup that is missing': 'export const a: DealContactCreate = { deal_id: "x" };',
  'a lookup of several targets without its type':
    'export const a: EventCreate = { text: "x", kind: "comment", regarding_id: "x" };',
  'an operation that there is not': `export type A = Schema['deals']['operations']['record']['nothing'];`,
};

const wrongProgram = (line: string): string =>
  `import { int64 } from '@kartoteka/sdk';\nimport type { Deal, DealContactCreate, DealCreate, DealUpdate, EventCreate, Schema } from './crm.ts';\nexport const used = int64;\nexport type Used = [Deal, DealContactCreate, DealCreate, DealUpdate, EventCreate, Schema];\n${line}\n`;

beforeAll(async () => {
  project = new PartnerProject();
  // Each publish would have a document of its own to read.
  crm = await startCrm({ promised: false });
  fetcher = fetchOf(crm, crm.admin);
  const { id } = await crm.user('Иван', ['system_administrator']);
  await crm.call(crm.admin, 'PATCH', `/users(${id})`, { language: 'ru' });
  russian = await principalOf(crm.platform, id);
  await customise(FIELDS);
});
afterAll(async () => {
  project?.remove();
  await crm?.close();
});

describe('what is generated', () => {
  beforeAll(async () => {
    expect(await generate('crm.ts')).toEqual({ code: 0, out: `${project.path('crm.ts')} is written`, error: '' });
  });

  test('is the same text byte for byte, whoever asks and in whatever order the schemas come', async () => {
    const first = text('crm.ts');
    const { mtimeMs } = statSync(project.path('crm.ts'));
    expect(await generate('crm.ts')).toMatchObject({ code: 0, out: `${project.path('crm.ts')} is up to date` });
    expect(statSync(project.path('crm.ts')).mtimeMs).toBe(mtimeMs);
    const args = ['generate', '--url', 'https://crm.test/api/v1/', '--out', project.path('russian.ts')];
    expect((await kartotekaSdk(args, fetchOf(crm, russian))).code).toBe(0);
    expect(text('russian.ts')).toBe(first);
    const { json } = await crm.call(await principalOf(crm.platform, crm.admin.id), 'GET', '/json-schemas');
    const backwards = (value: unknown): unknown =>
      value === null || typeof value !== 'object' || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, each]) => [name, backwards(each)]),
          );
    expect(await render(backwards(json) as never)).toBe(first);
  });

  test('has labels and descriptions as comments, in English, of custom fields as well, and no comment ends early', () => {
    const [, deal = ''] = /export interface Deal \{([\s\S]*?)\n\}/.exec(text('crm.ts')) ?? [];
    expect(deal).toContain(
      '   * Region\n   *\n   * Where it is sold * / or not\n   */\n  x_region: DealXRegion | null;',
    );
    expect(text('crm.ts')).toContain(
      " * - `north`: North\n * - `south`: South\n */\nexport type DealXRegion = 'north' | 'south';",
    );
    expect(text('crm.ts')).not.toMatch(/[А-я]/);
  });

  test('compiles, and lets right programs compile and no wrong ones', async () => {
    project.write('partner.ts', PARTNER);
    const names = Object.keys(WRONG);
    for (const [at, name] of names.entries()) project.write(`wrong${at}.ts`, wrongProgram(WRONG[name] ?? ''));
    const errors = await project.errors();
    expect(errors.get('crm.ts')).toBeUndefined();
    expect(errors.get('partner.ts')).toBeUndefined();
    for (const [at, name] of names.entries()) expect(errors.get(`wrong${at}.ts`), name).toHaveLength(1);
    for (const at of names.keys()) project.write(`wrong${at}.ts`, '');
  }, 120_000);
});

describe('a Model that has moved on', () => {
  beforeAll(async () => {
    await generate('crm.ts');
    project.write('partner.ts', PARTNER);
  });

  test('is no difference while nothing has changed, also with the line ends of another system', async () => {
    const same = { code: 0, out: `${project.path('crm.ts')} does not differ from the service`, error: '' };
    expect(await generate('crm.ts', ['--check'])).toEqual(same);
    const before = text('crm.ts');
    writeFileSync(project.path('crm.ts'), before.replaceAll('\n', '\r\n'));
    expect((await generate('crm.ts', ['--check'])).code).toBe(0);
    writeFileSync(project.path('crm.ts'), before);
  });

  test('is told where only texts have changed', async () => {
    const { x_region } = FIELDS;
    await customise({ ...FIELDS, x_region: { ...x_region, description: { en: 'Elsewhere' } } });
    expect(await generate('crm.ts', ['--check'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('only descriptions'),
    });
  });

  test('is told with what breaks programs first, and a solution that uses a removed field does not compile any more', async () => {
    const { x_region: _gone, x_score, ...others } = FIELDS;
    await customise({
      ...others,
      x_score: { ...x_score, type: 'text' },
      x_needed: { type: 'boolean', label: { en: 'Needed' }, required: true },
      x_more: { type: 'text', label: { en: 'More' } },
    });
    const before = text('crm.ts');
    expect(await generate('crm.ts', ['--check'])).toEqual({
      code: 1,
      error: '',
      out: [
        `${project.path('crm.ts')} differs from the service:`,
        '  breaking (3):',
        '    deals/x_needed is new, and required in a create',
        '    deals/x_region is gone',
        '    deals/x_score is another type: string instead of int64',
        '  not breaking (1):',
        '    deals/x_more is new',
      ].join('\n'),
    });
    expect(text('crm.ts')).toBe(before);
    const { schema } = (await import(project.path('crm.ts'))) as { schema: SchemaData<Deals> };
    const asked = { url: 'https://crm.test', schema, auth: { apiKey: KEY }, fetch: fetcher };
    const refused = await createClient(asked)
      .deals.get(crm.admin.id)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SchemaMovedError);
    expect((refused as SchemaMovedError).details.map(({ target }) => target)).toContain('deals/x_region');
    expect((await generate('crm.ts')).out).toContain('written anew');
    const errors = await project.errors();
    expect(errors.get('crm.ts')).toBeUndefined();
    expect(errors.get('partner.ts')?.join('\n')).toContain("'x_region'");
  }, 120_000);
});

describe('the command', () => {
  const ask = (args: readonly string[], env?: Readonly<Record<string, string>>) => kartotekaSdk(args, fetcher, env);
  const whole = (): string[] => ['generate', '--url', 'https://crm.test', '--out', project.path('none/at/all.ts')];

  test('is told what is wrong with its arguments, ends with 2 and asks nobody', async () => {
    const cases: readonly [readonly string[], string, Readonly<Record<string, string>>?][] = [
      [[], 'The one command is generate'],
      [['make'], 'not make'],
      [['generate', '--out', 'x.ts'], '--url is missing'],
      [['generate', '--url', 'https://crm.test'], '--out is missing'],
      [[...whole(), '--api-key', 'secret'], '--api-key'],
      [['generate', '--url', 'crm', '--out', 'x.ts'], 'no URL'],
      [['generate', '--url', 'ftp://crm', '--out', 'x.ts'], 'http'],
      [['generate', '--url', 'https://me:secret@crm.test', '--out', 'x.ts'], 'credentials'],
      [whole(), 'KARTOTEKA_API_KEY', {}],
      [whole(), 'not both', { KARTOTEKA_API_KEY: 'a', KARTOTEKA_TOKEN: 'b' }],
      [whole(), 'characters', { KARTOTEKA_TOKEN: 'a\nb' }],
    ];
    for (const [args, words, env] of cases) {
      const nobody = () => Promise.reject(new Error('asked'));
      const { code, error } = await kartotekaSdk(args, nobody as typeof fetch, env);
      expect([code, error.split('\n')[0]], args.join(' ')).toEqual([2, expect.stringContaining(words)]);
      expect(error).not.toContain('secret@');
    }
    expect(await ask(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('KARTOTEKA_TOKEN') });
  });

  test('tells why the service does not answer, ends with 3 and shows no key', async () => {
    const answers: readonly [() => Promise<Response>, string][] = [
      [async () => new Response('<html>', { status: 200 }), 'does not answer schemas'],
      [async () => Response.json({ sets: [] }), 'does not answer schemas'],
      [async () => new Response('', { status: 404 }), 'is this the address of a service?'],
      [async () => Response.json({ error: { message: 'Slowly' } }, { status: 429 }), 'answers 429: Slowly'],
      [
        () =>
          Promise.reject(Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED', message: '' } })),
        'ECONNREFUSED',
      ],
    ];
    for (const [answer, words] of answers) {
      const { code, error } = await kartotekaSdk(whole(), answer as typeof fetch);
      expect([code, error], words).toEqual([3, expect.stringContaining(words)]);
    }
    const refused = await ask(whole(), { KARTOTEKA_TOKEN: 'another-key' });
    expect([refused.code, refused.error]).toEqual([3, expect.stringContaining('does not accept the credentials')]);
    expect(refused.error).not.toContain('another-key');
    project.write('file', '');
    const nowhere = await ask(['generate', '--url', 'https://crm.test', '--out', project.path('file/crm.ts')]);
    expect([nowhere.code, nowhere.error]).toEqual([3, expect.stringContaining('ENOTDIR')]);
  });

  test('checks nothing where there is no file, or another one, and makes folders where it writes', async () => {
    expect(await ask([...whole(), '--check'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('There is no'),
    });
    project.write('other.ts', 'export const a = 1;\n');
    expect(await generate('other.ts', ['--check'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('was not generated'),
    });
    expect((await ask(whole())).code).toBe(0);
    expect((await ask([...whole(), '--check'])).code).toBe(0);
  });

  test('knows what the caller may use and nothing else', async () => {
    const nobody = await crm.user('Nobody', []);
    const args = ['generate', '--url', 'https://crm.test', '--out', project.path('nobody.ts')];
    expect((await kartotekaSdk(args, fetchOf(crm, nobody))).code).toBe(0);
    expect(text('nobody.ts')).not.toContain('deal');
    const marketing = await crm.user('Mark', ['marketing']);
    await kartotekaSdk([...args.slice(0, -1), project.path('marketing.ts')], fetchOf(crm, marketing));
    const errors = await project.errors();
    expect([errors.get('nobody.ts'), errors.get('marketing.ts')]).toEqual([undefined, undefined]);
  }, 120_000);
});
