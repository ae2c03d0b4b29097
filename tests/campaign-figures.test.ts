// Figures of a campaign: each is the number of records in the list that it leads to, whoever asks.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let seller: Principal;
let id: string;
let empty: string;

beforeAll(async () => {
  crm = await startCrm();
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  seller = await crm.user('Seller', ['sales_representative'], unit.id);
  const named = { kind: 'exhibition', actual_cost: 200, actual_cost_currency: 'EUR', budget: 500 };
  id = (await crm.create('campaigns', { name: 'Fair', ...named })).id;
  empty = (await crm.create('campaigns', { name: 'Empty' })).id;
  const other = (await crm.create('campaigns', { name: 'Other', actual_cost: 10 })).id;
  const responses = [
    'none',
    'sent',
    'opened',
    'interested',
    'registered',
    'attended',
    'declined',
    'unsubscribed',
    'interested',
  ];
  for (const [index, response] of responses.entries()) {
    const lead = await crm.create('leads', { last_name: `L${index}`, ...(index < 5 ? { campaign_id: id } : {}) });
    const member = { member_id: lead.id, member_type: 'lead', response };
    await crm.create('campaign_members', { campaign_id: index < 8 ? id : other, ...member });
  }
  const deal = (name: string, values: object, who: Principal = crm.admin) =>
    crm.create('deals', { name, campaign_id: id, ...values }, who);
  await deal('Open', { amount: 50 });
  await deal('Won', { stage: 'won', amount: 300 });
  await deal('Won, of the seller', { stage: 'won', amount: 132 }, await crm.principal(seller.id));
  await deal('Lost', { stage: 'lost', lost_reason: 'price', amount: 900 });
  await crm.create('deals', { name: 'Of another', campaign_id: other, stage: 'won', amount: 7 });
});
afterAll(() => crm?.close());

interface Figure {
  readonly name: string;
  readonly count: number;
  readonly amount: number | null;
  readonly records: string;
}

const ask = async (campaign: string, who: Principal = crm.admin) =>
  (await crm.call(await crm.principal(who.id), 'GET', `/campaigns(${campaign})/figures`)).json;

test('cost, ROI and rates are those counted by hand', async () => {
  const json = await ask(id);
  // 200 EUR at 1.08.
  expect(json).toMatchObject({
    cost: 216,
    budget: 500,
    won_amount: 432,
    roi: 100,
    response_rate: 37.5,
    cost_per_lead: 43.2,
  });
  const counts = Object.fromEntries(json.figures.map(({ name, count }: Figure) => [name, count]));
  expect(counts).toEqual({
    ...{ members: 8, responses: 3, declined: 2, leads: 5, converted_leads: 0 },
    ...{ deals: 4, open_deals: 1, won_deals: 2, lost_deals: 1 },
  });
  const campaign = (await crm.call(crm.admin, 'GET', `/campaigns(${id})`)).json;
  expect([campaign.won_amount, campaign.won_deals, campaign.roi]).toEqual([432, 2, 100]);
});

test('each figure leads to as many records as it counts, for the administrator and for a seller who sees less', async () => {
  for (const who of [crm.admin, seller]) {
    const principal = await crm.principal(who.id);
    const { figures } = await ask(id, who);
    for (const { name, count, amount, records } of figures as Figure[]) {
      const path = records.slice(records.indexOf('/api/v1') + '/api/v1'.length);
      const { status, json } = await crm.call(principal, 'GET', `${path}&$count=true`);
      expect([status, json['@odata.count']], `${name} of ${who.id}`).toEqual([200, count]);
      if (amount === null) continue;
      const sum = json.value.reduce((total: number, deal: { amount: number }) => total + deal.amount, 0);
      expect(sum, name).toBe(amount);
    }
  }
  const { figures } = await ask(id, seller);
  expect(figures.find(({ name }: Figure) => name === 'won_deals')).toMatchObject({ count: 1, amount: 132 });
});

test('a campaign without cost, members and leads has no rates', async () => {
  expect(await ask(empty)).toMatchObject({
    cost: null,
    roi: null,
    response_rate: null,
    cost_per_lead: null,
    won_amount: 0,
  });
});

test('amounts are exact to the last digit, however large', async () => {
  const { id: large } = await crm.create('campaigns', { name: 'Large', actual_cost: '100000000000000.0000' });
  for (const amount of ['100000000000000.0001', '100000000000000.0002'])
    await crm.create('deals', { name: 'Large', campaign_id: large, stage: 'won', amount });
  const { text } = await crm.call(crm.admin, 'GET', `/campaigns(${large})/figures`);
  expect(text).toContain('"won_amount":200000000000000.0003,');
  expect(await ask(large)).toMatchObject({ roi: 100 });
  const forecast = { name: 'Large, open', amount: '100000000000000.0003', probability: 100, close_date: '2099-01-01' };
  await crm.create('deals', forecast);
  const months = await crm.call(crm.admin, 'GET', "/deals/forecast?filter=name eq 'Large, open'");
  expect(months.text).toContain('"amount":100000000000000.0003,');
});

test('all figures are of one moment, whatever is written meanwhile', async () => {
  const { id: busy } = await crm.create('campaigns', { name: 'Busy' });
  const part = (url: string, body: object) => ({
    ...{ id: url, method: 'POST', url, atomicityGroup: 'g', headers: { 'content-type': 'application/json' } },
    body: { ...body, campaign_id: busy },
  });
  let isOver = false;
  const write = async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      // Deals are counted last.
      const requests = [part('leads', { last_name: 'Busy' }), part('deals', { name: 'Busy' })];
      const { json } = await crm.call(crm.admin, 'POST', '/$batch', { requests });
      expect(json.responses.map(({ status }: { status: number }) => status)).toEqual([201, 201]);
    }
    isOver = true;
  };
  const seen: number[][] = [];
  const read = async () => {
    while (!isOver) {
      const { figures } = await ask(busy);
      seen.push(['leads', 'deals'].map((name) => figures.find((each: Figure) => each.name === name).count));
    }
  };
  await Promise.all([write(), read(), read()]);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.filter(([leads, deals]) => leads !== deals)).toEqual([]);
});
