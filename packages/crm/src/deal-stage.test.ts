// What a deal's stage brings with it, over the real engine and a real database.

import { fileURLToPath } from 'node:url';
import { createPlatform, dateIn, type Platform, readDocumentFolder, systemPrincipal } from '@kartoteka/platform';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crmExtension } from './index.ts';

let database: TestDatabase;
let platform: Platform;
let owner: string;
const log = { info: () => {}, warn: () => {}, error: () => {} };
type Json = Record<string, unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  const documents = await readDocumentFolder(fileURLToPath(new URL('../../../metadata', import.meta.url)));
  platform = await createPlatform({ databaseUrl: database.url, documents, extensions: [crmExtension], log });
  const unit = await send('POST', '/business_units', { name: 'Root' });
  const user = { email: 'a@example.com', full_name: 'A', owning_business_unit_id: unit.id };
  owner = String((await send('POST', '/users', user)).id);
  await send('POST', '/role_assignments', { role: 'sales_representative', user_id: owner });
});
afterAll(async () => {
  await platform.close();
  await database.drop();
});

async function send(method: string, path: string, body: Json): Promise<Json> {
  const headers = { 'content-type': 'application/json', prefer: 'return=representation' };
  const request = { method, path, query: '', headers, body: JSON.stringify(body), baseUrl: 'http://x', client: null };
  const response = await platform.handle(request, systemPrincipal());
  return JSON.parse(response.body ?? '{}') as Json;
}

const create = (values: Json) => send('POST', '/deals', { name: 'Deal', amount: 1, owner_id: owner, ...values });
const update = (deal: Json, values: Json) => send('PATCH', `/deals(${deal.id})`, values);
const today = (): string => dateIn('UTC', new Date());

describe('a stage', () => {
  it('brings its probability when the deal is created and when it is changed', async () => {
    const deal = await create({ stage: 'engaging' });
    expect(deal.probability).toBe(30);
    expect(await update(deal, { stage: 'proposal' })).toMatchObject({ probability: 60 });
    expect(await update(deal, { description: 'x' })).toMatchObject({ probability: 60 });
  });

  it('leaves a probability alone that the client gives', async () => {
    const deal = await create({ stage: 'engaging', probability: 55 });
    expect(deal.probability).toBe(55);
    expect(await update(deal, { stage: 'proposal', probability: null })).toMatchObject({ probability: null });
  });

  it('that is won or lost closes the deal today', async () => {
    expect(await create({ stage: 'won' })).toMatchObject({ actual_close_date: today(), probability: 100 });
    const deal = await create({ stage: 'engaging' });
    expect(deal.actual_close_date).toBeNull();
    expect(await update(deal, { stage: 'lost', lost_reason: 'price' })).toMatchObject({ actual_close_date: today() });
  });

  it('that is won keeps a day of closing, given now or before', async () => {
    const deal = await create({ stage: 'won', actual_close_date: '2020-02-29' });
    expect(deal.actual_close_date).toBe('2020-02-29');
    expect(await update(deal, { stage: 'won' })).toMatchObject({ actual_close_date: '2020-02-29' });
    expect(await update(deal, { stage: 'won', actual_close_date: '2021-01-01' })).toMatchObject({
      actual_close_date: '2021-01-01',
    });
  });

  it('that is open again empties the day of closing', async () => {
    const deal = await create({ stage: 'won', actual_close_date: '2020-02-29', close_date: '2020-02-28' });
    expect(await update(deal, { stage: 'negotiation' })).toMatchObject({ actual_close_date: null, probability: 80 });
  });

  it('that does not exist is left to validation', async () => {
    await expect(create({ stage: 'dreaming' })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('today', () => {
  it('is the day in the time zone of the organization', () => {
    const moment = new Date('2026-12-31T23:30:00Z');
    expect(dateIn('UTC', moment)).toBe('2026-12-31');
    expect(dateIn('Asia/Yekaterinburg', moment)).toBe('2027-01-01');
    expect(dateIn('America/New_York', moment)).toBe('2026-12-31');
  });
});
