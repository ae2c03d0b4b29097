// docs/figures.md: its deals made as its table says, every request of it sent as it stands, and answered as it says. "..." in a documented
// answer stands for anything, a name in capitals for the id of what is called so.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const GUIDE = readFileSync(new URL('../docs/figures.md', import.meta.url), 'utf8');

/** Rows of the tables whose first column is called so, without their heads. */
function rowsOf(first: string): string[][] {
  const lines = GUIDE.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`| ${first} `));
  const after = lines.slice(begin + 2);
  const end = after.findIndex((line) => !line.startsWith('|'));
  return after.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

interface Example {
  readonly path: string;
  readonly answer: unknown;
}

/** Indented requests, each with the indented JSON that follows it. */
function examples(): readonly Example[] {
  const blocks = [...GUIDE.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, '').trim());
  return blocks.flatMap((block, index) =>
    block.startsWith('GET ')
      ? [{ path: block.slice('GET /api/v1'.length), answer: JSON.parse(blocks[index + 1] ?? '') }]
      : [],
  );
}

let crm: Crm;
/** Ids by the names that the guide has for them. */
const ids = new Map<string, string>();

beforeAll(async () => {
  crm = await startCrm();
  // However long ago the guide was written.
  const documents = [{ kind: 'organization', name: 'organization', patch: { retention: { changes_days: 36_500 } } }];
  expect((await crm.call(crm.admin, 'POST', '/metadata/publish', { comment: 'Long', documents })).status).toBe(200);
  const fair = await crm.create('campaigns', { name: 'Fair', actual_cost: 100, budget: 200 });
  ids.set('FAIR', fair.id).set('OWNER', crm.admin.id);
  await crm.platform.database.run('alter table kartoteka.change_log disable trigger user');
  for (const [name = '', amount, close_date, source, campaign, ...stages] of rowsOf('`name`')) {
    const values = {
      name,
      amount: Number(amount),
      close_date,
      source,
      campaign_id: campaign === 'FAIR' ? fair.id : null,
    };
    const { id } = await crm.create('deals', values);
    ids.set(name.toUpperCase(), id);
    for (const [index, text] of stages.filter((each) => each !== '').entries()) {
      const [stage = '', on = ''] = text.split(' ');
      const closed = { won: { actual_close_date: on }, lost: { actual_close_date: on, lost_reason: 'price' } }[stage];
      if (index > 0) {
        const changed = await crm.call(crm.admin, 'PATCH', `/deals(${id})`, { stage, ...closed });
        expect(changed.status, changed.text ?? '').toBeLessThan(300);
      } else
        await crm.platform.database.run('update data.deal set created_on = $2::timestamptz where id = $1::uuid', [
          id,
          `${on}Z`,
        ]);
      await crm.platform.database.run(
        `update kartoteka.change_log set at = $3::timestamptz where record_id = $1::uuid and after->>'stage' = $2::text`,
        [id, stage, `${on}T00:00:00Z`],
      );
    }
  }
});
afterAll(() => crm?.close());

async function answerOf(path: string) {
  const named = [...ids].reduce((text, [name, id]) => text.replaceAll(`(${name})`, `(${id})`), path);
  const admin = await crm.principal(crm.admin.id);
  const { status, json, text } = await crm.call(admin, 'GET', named);
  expect(status, `${path}: ${text}`).toBe(200);
  return JSON.parse([...ids].reduce((all, [name, id]) => all.replaceAll(`"${id}"`, `"${name}"`), JSON.stringify(json)));
}

/** The answer with "..." wherever the guide has it. */
function shown(answer: unknown, documented: unknown): unknown {
  if (documented === '...') return '...';
  if (Array.isArray(answer) && Array.isArray(documented))
    return answer.map((each, index) => shown(each, documented[index]));
  if (answer === null || typeof answer !== 'object' || documented === null || typeof documented !== 'object')
    return answer;
  const of = documented as Record<string, unknown>;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, shown(value, of[name])]));
}

/** Every list that the answer leads to has as many records as its figure counts. */
async function followed(answer: unknown): Promise<number> {
  if (answer === null || typeof answer !== 'object') return 0;
  let links = 0;
  const { records, count, entered } = answer as Record<string, unknown>;
  if (typeof records === 'string') {
    const { value } = await answerOf(records.slice(records.indexOf('/api/v1') + '/api/v1'.length));
    expect(value, records).toHaveLength(Number(count ?? entered));
    links += 1;
  }
  for (const each of Object.values(answer)) links += await followed(each);
  return links;
}

test.each(examples())('$path is answered as it is documented', async ({ path, answer }) => {
  const real = await answerOf(path);
  expect(shown(real, answer)).toEqual(answer);
  await followed(real);
});

test.each(rowsOf('question'))('%s: %s', async (_question, asked = '', documented = '') => {
  const query = asked.replaceAll('`', '');
  const { groups } = await answerOf(query.startsWith('/') ? query : `/deals/funnel?${query}`);
  type Group = { group: object; count: number; sums: object };
  const told = groups.map(({ group, count, sums }: Group) => [...Object.values(group), count, ...Object.values(sums)]);
  expect(told.map((each: unknown[]) => JSON.stringify(each)).join(', ')).toBe(documented.replaceAll('`', ''));
  expect(await followed(groups)).toBe(groups.length);
});

test('there are examples of everything that is documented', () => {
  const asked = [...examples().map(({ path }) => path), ...rowsOf('question').map(([, query = '']) => query)].join(' ');
  for (const name of [
    'funnel',
    'as_of',
    'figures',
    'forecast',
    'stage_history',
    'time_in_stage',
    'stage_conversion',
    'stale',
    'is_stale',
  ])
    expect(asked).toContain(name);
});
