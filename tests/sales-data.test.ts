// The main job on real input: a sales data set is loaded over REST by the committed script, and the figures asked over REST
// equal those of the files. The project's own sample runs everywhere; the larger set where it is at hand.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, startTestService, type TestService } from '../packages/service/src/testing/test-service.ts';
import { emailOf, loadSalesData } from '../scripts/sales-data/load.ts';
import { RestClient } from '../scripts/sales-data/rest-client.ts';
import { type CsvRow, industryOf, readRows } from '../scripts/sales-data/rows.ts';

const PASSWORD = 'sales people sell things';
const MAVEN = fileURLToPath(new URL('../../shared/data/maven-crm', import.meta.url));
const SAMPLE = fileURLToPath(new URL('./sales-sample', import.meta.url));

salesData('sample', SAMPLE, false);
salesData('maven sales data', MAVEN, !existsSync(MAVEN));

function salesData(title: string, folder: string, missing: boolean): void {
  describe.skipIf(missing)(title, () => {
    let running: TestService;
    let admin: RestClient;
    let files: Files;

    beforeAll(async () => {
      files = await readFiles(folder);
      running = await startTestService();
      admin = await RestClient.signIn(running.address, ADMIN.email, ADMIN.password);
      await loadSalesData(admin, folder, PASSWORD);
    }, 600_000);

    afterAll(() => running?.stop());

    test('has every row of the files, once', async () => {
      expect(await count(admin, 'deals')).toBe(files.deals.length);
      expect(await count(admin, 'companies')).toBe(files.accounts.length);
      expect(await loadSalesData(admin, folder, PASSWORD)).toEqual({ units: 0, users: 0, companies: 0, deals: 0 });
      expect(await count(admin, 'deals')).toBe(files.deals.length);
      for (const stage of ['Won', 'Lost', 'Engaging', 'Prospecting']) {
        const expected = files.deals.filter((row) => row.deal_stage === stage).length;
        expect(await count(admin, 'deals', `stage eq '${stage.toLowerCase()}'`)).toBe(expected);
      }
    });

    test('sums won amounts per agent as the files do', async () => {
      const expected = sums(files.won, (row) => row.sales_agent ?? '');
      const asked = new Map<string, bigint>();
      for await (const agent of admin.all('/users?$select=id,full_name&$filter=manager_id%20ne%20null')) {
        const total = await sumWon(admin, `owner_id eq ${agent.id}`);
        if (total > 0n) asked.set(String(agent.full_name), total);
      }
      expect(asked).toEqual(expected);
    });

    test('sums won amounts per sector as the files do', async () => {
      const sectors = new Map(files.accounts.map((row) => [row.account ?? '', industryOf(row)]));
      const expected = sums(files.won, (row) => sectors.get(row.account ?? '') ?? '');
      const asked = new Map<string, bigint>();
      for (const sector of expected.keys()) asked.set(sector, await sumWon(admin, `company/industry eq '${sector}'`));
      expect(asked).toEqual(expected);
      expect([...asked.values()].reduce((a, b) => a + b, 0n)).toBe(
        files.won.reduce((a, row) => a + BigInt(row.close_value ?? '0'), 0n),
      );
    });

    test('shows an agent the own deals only, and a manager those of the office', async () => {
      const first = files.teams[0];
      const agent = await RestClient.signIn(running.address, emailOf(first?.sales_agent ?? ''), PASSWORD);
      const own = files.deals.filter((row) => row.sales_agent === first?.sales_agent);
      expect(await count(agent, 'deals')).toBe(own.length);
      const owners = new Set<string>();
      for await (const deal of agent.all('/deals?$select=id&$expand=owning_user($select=full_name)')) {
        owners.add((deal.owning_user as { full_name: string }).full_name);
      }
      expect([...owners]).toEqual([first?.sales_agent]);
      const manager = await RestClient.signIn(running.address, emailOf(first?.manager ?? ''), PASSWORD);
      const office = new Set(
        files.teams.filter((row) => row.regional_office === first?.regional_office).map((row) => row.sales_agent),
      );
      expect(await count(manager, 'deals')).toBe(files.deals.filter((row) => office.has(row.sales_agent)).length);
    });

    test('hides the deals of other agents from an agent', async () => {
      const first = files.teams[0]?.sales_agent ?? '';
      const agent = await RestClient.signIn(running.address, emailOf(first), PASSWORD);
      const foreign = files.deals.find((row) => row.sales_agent !== first)?.opportunity_id;
      const page = await admin.send('GET', `/deals?$filter=external_id%20eq%20'${foreign}'&$select=id`);
      const id = (page.value as { id: string }[])[0]?.id;
      await expect(agent.send('GET', `/deals(${id})`)).rejects.toMatchObject({ status: 404 });
      await expect(agent.send('PATCH', `/deals(${id})`, { amount: 1 })).rejects.toMatchObject({ status: 404 });
      expect(await count(agent, 'deals', `external_id eq '${foreign}'`)).toBe(0);
    });
  });
}

interface Files {
  readonly accounts: readonly CsvRow[];
  readonly teams: readonly CsvRow[];
  readonly deals: readonly CsvRow[];
  readonly won: readonly CsvRow[];
}

async function readFiles(folder: string): Promise<Files> {
  const rows = async (file: string): Promise<CsvRow[]> => {
    const all: CsvRow[] = [];
    for await (const row of readRows(folder, file)) all.push(row);
    return all;
  };
  const deals = await rows('sales_pipeline.csv');
  const won = deals.filter((row) => row.deal_stage === 'Won');
  return { accounts: await rows('accounts.csv'), teams: await rows('sales_teams.csv'), deals, won };
}

function sums(rows: readonly CsvRow[], keyOf: (row: CsvRow) => string): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const row of rows) totals.set(keyOf(row), (totals.get(keyOf(row)) ?? 0n) + BigInt(row.close_value ?? '0'));
  return totals;
}

/** Amounts are whole units in this data; a fraction would throw here rather than be lost. */
async function sumWon(client: RestClient, condition: string): Promise<bigint> {
  const filter = encodeURIComponent(`stage eq 'won' and ${condition}`);
  let total = 0n;
  for await (const deal of client.all(`/deals?$filter=${filter}&$select=amount`)) total += BigInt(String(deal.amount));
  return total;
}

async function count(client: RestClient, set: string, filter?: string): Promise<number> {
  const query = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`;
  const page = await client.send('GET', `/${set}?$count=true&$top=1&$select=id${query}`);
  return Number(page['@odata.count']);
}
