// The demo in Russian in a service: all of the story is there, in the words of the language, and the service's own figures tell it.
import { createTestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSettings } from '../config.ts';
import { createLog } from '../log.ts';
import { type RunningService, startService } from '../service.ts';
import { ADMIN, callApi, JWT_SECRET, signIn } from '../testing/test-service.ts';
import { DEMO_WORDS, demoStory } from './story.ts';
import { DEMO_PASSWORD } from './users.ts';

let service: RunningService;
let drop: () => Promise<void>;
const today = new Date().toISOString().slice(0, 10);

let start: () => Promise<RunningService>;

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  const own = { PORT: '0', KARTOTEKA_ADMIN_PASSWORD: ADMIN.password, KARTOTEKA_JWT_SECRET: JWT_SECRET };
  const settings = readSettings({ ...own, DATABASE_URL: database.url, LOG_LEVEL: 'warn' }, '/nowhere');
  start = () => startService(settings, createLog('warn', process.stderr), { demo: 'ru' });
  service = await start();
}, 120_000);
afterAll(async () => {
  await service?.stop();
  await drop?.();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
type Json = any;

async function ask(method: string, path: string, who: string = ADMIN.email, password: string = ADMIN.password) {
  const { access_token: token } = await signIn(service.address, who, password);
  return callApi(service.address, token, method, `/api/v1/${path.replaceAll(' ', '%20')}`);
}

async function get(path: string, login?: string): Promise<Json> {
  const response = await (login === undefined
    ? ask('GET', path)
    : ask('GET', path, `${login}@demo.example`, DEMO_PASSWORD));
  expect(response.status).toBe(200);
  return response.json();
}

const counted = async (path: string): Promise<number> =>
  (await get(`${path}${path.includes('?') ? '&' : '?'}$count=true&$top=0`))['@odata.count'];

/** Enquiries are posted while the demo starts: each is a lead more, and that it was assigned an event. */
const posted = (set: string): number => (set === 'leads' || set === 'events' ? DEMO_WORDS.ru.enquiries.length : 0);

it('has every record of the story', async () => {
  const { sets } = demoStory({ today, language: 'ru' });
  // Imports tell no assignments: the history is that of the story, and of the enquiries of today.
  for (const [set, records] of sets) expect([set, await counted(set)]).toEqual([set, records.length + posted(set)]);
});

it('has enquiries of the website that were dealt out by its rule', async () => {
  const { value } = await get(
    'leads?$filter=external_id eq null&$select=last_name,company_name,source&$expand=owning_user($select=email),events&$orderby=last_name',
  );
  const names = DEMO_WORDS.ru.enquiries.map(({ last_name }) => last_name).toSorted();
  expect(value.map(({ last_name }: Json) => last_name)).toEqual(names);
  expect(new Set(value.map(({ owning_user }: Json) => owning_user.email)).size).toBe(3);
  for (const { source, events } of value) expect([source, events]).toMatchObject(['web', [{ kind: 'assignment' }]]);
  expect(await counted("web_form_submissions?$filter=status eq 'accepted'")).toBe(3);
});

it('shows converted leads with what they became, and deals with where they come from', async () => {
  const converted = await counted(
    "leads?$filter=status eq 'converted' and converted_contact_id ne null and converted_company_id ne null",
  );
  expect(converted).toBe(await counted("leads?$filter=status eq 'converted'"));
  expect(await counted('deals?$filter=originating_lead_id ne null')).toBe(
    await counted('leads?$filter=converted_deal_id ne null'),
  );
});

it('has campaigns that paid and one that did not, by the figures of the service', async () => {
  const { value } = await get('campaigns?$select=name,roi,won_amount&$filter=actual_cost ne null');
  const returns = value.map(({ roi }: { roi: number }) => roi);
  expect(returns.filter((roi: number) => roi > 0).length).toBeGreaterThanOrEqual(4);
  expect(returns.filter((roi: number) => roi < 0).length).toBeGreaterThanOrEqual(1);
  expect(value[0].name).toMatch(/[а-я]/);
});

it('has duplicates to find', async () => {
  const { value } = await get("contacts?$filter=endswith(first_name,'.')&$select=id");
  expect(value.length).toBeGreaterThan(5);
  const found = await get(`contacts(${value[0].id})/find_duplicates`);
  expect(found.value).toMatchObject([{ rule: 'contact_email', entity: 'contact' }]);
});

it('has a team that works: everybody signs in and has own records, the queue has new leads, the webhook is off', async () => {
  for (const login of ['nora', 'ravi', 'olga', 'sam', 'lucia', 'ken']) {
    const own = await get('deals?$filter=owner_id eq me()&$count=true&$top=0', login);
    expect([login, own['@odata.count'] > 10]).toEqual([login, true]);
  }
  const [team] = (await get('teams?$select=id,name')).value;
  expect(team.name).toBe('Новые обращения');
  expect(await counted(`leads?$filter=owner_id eq ${team.id}`)).toBeGreaterThan(5);
  expect((await get('webhooks')).value).toMatchObject([{ status: 'off' }]);
  expect((await get("web_form_submissions?$filter=status eq 'review'")).value).toHaveLength(2);
});

it('tells in the history of a deal how it went from stage to stage, dated as of then', async () => {
  const [deal] = (
    await get(
      "deals?$filter=stage eq 'won' and pipeline eq 'sales'&$top=1&$expand=events($filter=kind eq 'stage';$orderby=happened_on)",
    )
  ).value;
  expect(deal.events.map(({ subject }: Json) => subject)).toEqual([
    'Поиск → Переговоры',
    'Переговоры → Предложение',
    'Предложение → Согласование',
    'Согласование → Выиграна',
  ]);
  expect(deal.events.at(-1).happened_on.slice(0, 10)).toBe(deal.actual_close_date);
  expect(deal.events[0].details).toEqual({ property: 'stage', from: 'prospecting', to: 'engaging' });
});

it('has something in the inboxes a moment after the start', async () => {
  const inboxes = async (): Promise<number> => {
    let all = 0;
    for (const login of ['ravi', 'olga', 'lucia', 'ken']) all += (await get('notifications', login)).value.length;
    return all;
  };
  await expect.poll(inboxes, { timeout: 30_000, interval: 500 }).toBeGreaterThan(0);
}, 60_000);

it('is loaded to its end by the next start where it was interrupted, and nothing is there twice', async () => {
  const [webhook] = (await get('webhooks')).value;
  expect((await ask('DELETE', `webhooks(${webhook.id})`)).status).toBe(204);
  const [event] = (await get("events?$filter=external_id eq 'demo-event-0007'")).value;
  expect((await ask('DELETE', `events(${event.id})`)).status).toBe(204);
  await service.stop();
  service = await start();
  const { sets } = demoStory({ today, language: 'ru' });
  for (const [set, records] of [...sets, ['webhooks', [1]], ['web_forms', [1]], ['teams', [1]]] as const)
    expect([set, await counted(set)]).toEqual([set, records.length + posted(set)]);
}, 120_000);
