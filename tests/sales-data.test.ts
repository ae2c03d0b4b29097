// The main job on real input: a sales data set is imported by the program and the committed maps alone, and the figures asked
// over REST equal those of the files. The project's own sample runs everywhere; the larger set where it is at hand.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ADMIN,
  callApi,
  signIn,
  startTestService,
  type TestService,
} from '../packages/service/src/testing/test-service.ts';
import { type TransferKit, transferKit } from '../packages/service/src/transfer/testing/transfer-kit.ts';

const CLI = fileURLToPath(new URL('../packages/service/src/cli.ts', import.meta.url));
const PASSWORD = 'sales people sell things';
const MAPS = fileURLToPath(new URL('../docs/examples/maven-crm', import.meta.url));
const MAVEN = fileURLToPath(new URL('../../shared/data/maven-crm', import.meta.url));
const SAMPLE = fileURLToPath(new URL('./sales-sample', import.meta.url));

/** Map, file and entity set, in the order of the import (docs/examples/maven-crm/README.md). */
const IMPORTS = [
  ['1-units.json', 'sales_teams.csv', 'business_units'],
  ['2-managers.json', 'sales_teams.csv', 'users'],
  ['3-agents.json', 'sales_teams.csv', 'users'],
  ['4-manager-roles.json', 'sales_teams.csv', 'role_assignments'],
  ['5-agent-roles.json', 'sales_teams.csv', 'role_assignments'],
  ['6-accounts.json', 'accounts.csv', 'companies'],
  ['7-pipeline.json', 'sales_pipeline.csv', 'deals'],
] as const;

test('every map is used', () => {
  const maps = readdirSync(MAPS).filter((file) => file.endsWith('.json'));
  expect(maps.sort()).toEqual(IMPORTS.map(([map]) => map));
});

salesData('sample', SAMPLE, false);
salesData('maven sales data', MAVEN, !existsSync(MAVEN));

function salesData(title: string, folder: string, missing: boolean): void {
  describe.skipIf(missing)(title, () => {
    const files = missing ? NO_FILES : readFiles(folder);
    let running: TestService;
    let kit: TransferKit;

    /** Runs every import; the summaries. Rows that are not stored fail the test. */
    const importAll = async (): Promise<string[]> => {
      const summaries: string[] = [];
      for (const [map, file, set] of IMPORTS) {
        const options = { file: join(folder, file), errors: join(kit.folder, `${map}.errors.csv`), strict: true };
        const { code, out, err } = await kit.import(set, file, join(MAPS, map), options);
        expect({ map, code, out, err }).toMatchObject({ code: 0, err: '' });
        summaries.push(out);
      }
      return summaries;
    };

    const count = async (set: string, filter: string | null = null): Promise<number> =>
      countAs(running.address, ADMIN.email, ADMIN.password, set, filter);

    beforeAll(async () => {
      running = await startTestService();
      kit = transferKit(() => running.address);
      await importAll();
    }, 600_000);

    afterAll(async () => {
      kit?.remove();
      await running?.stop();
    });

    test('has every row of the files, once', async () => {
      expect(await count('deals')).toBe(files.deals.length);
      expect(await count('companies')).toBe(files.accounts.length);
      for (const stage of ['Won', 'Lost', 'Engaging', 'Prospecting']) {
        const expected = files.deals.filter((row) => row.deal_stage === stage).length;
        expect(await count('deals', `stage eq '${stage.toLowerCase()}'`)).toBe(expected);
      }
    });

    test('is not changed by a second run: no record, no version, no row of the change log', async () => {
      const state = async () => ({
        log: await running.service.platform.database.run('select count(*)::int as n from kartoteka.change_log'),
        deals: await running.service.platform.database.run('select sum(version)::text as n from data.deal'),
      });
      const before = await state();
      for (const summary of await importAll())
        expect(summary).toMatch(/ 0 created, 0 updated, \d+ unchanged, 0 failed/);
      expect(await state()).toEqual(before);
    });

    test('has its dirt handled as the maps say', async () => {
      expect(await count('deals', `product eq 'GTXPro'`)).toBe(0);
      expect(await count('deals', `product eq 'GTX Pro'`)).toBe(
        files.deals.filter((row) => /GTX ?Pro/.test(row.product ?? '')).length,
      );
      expect(await count('deals', 'company_id eq null')).toBe(files.deals.filter((row) => row.account === '').length);
      expect(await count('deals', 'engaged_on eq null')).toBe(
        files.deals.filter((row) => row.engage_date === '').length,
      );
      expect(await count('deals', 'actual_close_date eq null')).toBe(
        files.deals.filter((row) => row.close_date === '').length,
      );
      expect(await count('deals', `lost_reason eq 'unknown'`)).toBe(await count('deals', `stage eq 'lost'`));
      const technology = files.accounts.filter((row) => row.sector === 'technolgy').length;
      expect(await count('companies', `industry eq 'technology'`)).toBe(technology);
      const companies = await kit.all('companies?$select=name&$expand=parent_company($select=name)');
      const parents = new Map(companies.map(({ name, parent_company: parent }) => [name, parent?.name ?? '']));
      expect(parents).toEqual(new Map(files.accounts.map((row) => [row.account, row.subsidiary_of])));
    });

    test('sums won amounts per agent as the files do', async () => {
      const asked = await wonPer(kit, '$expand=owning_user($select=full_name)', (deal) => deal.owning_user.full_name);
      const expected = sums(files.won, (row) => row.sales_agent ?? '');
      expect(asked).toEqual(expected);
      expect(await wonBy(kit, 'owning_user/full_name')).toEqual(expected);
    });

    test('sums won amounts per sector as the files do', async () => {
      const sectors = new Map(files.accounts.map((row) => [row.account ?? '', industryOf(row)]));
      const asked = await wonPer(kit, '$expand=company($select=industry)', (deal) => deal.company?.industry ?? '');
      const expected = sums(files.won, (row) => sectors.get(row.account ?? '') ?? '');
      expect(asked).toEqual(expected);
      expect(await wonBy(kit, 'company/industry')).toEqual(expected);
      const total = files.won.reduce((sum, row) => sum + BigInt(row.close_value ?? '0'), 0n);
      const [all] = await kit.all(
        `deals?$apply=filter(stage eq 'won')/aggregate(amount with sum as total,$count as deals)`,
      );
      expect([...asked.values()].reduce((a, b) => a + b, 0n)).toBe(total);
      expect([exact(all.total), exact(all.deals)]).toEqual([total, BigInt(files.won.length)]);
    });

    test('has the funnel of the files: per stage, per agent and per sector', async () => {
      const sectors = new Map(files.accounts.map((row) => [row.account ?? '', industryOf(row)]));
      const stage = (row: CsvRow): string => (row.deal_stage ?? '').toLowerCase();
      const levels: [string, (row: CsvRow) => string][] = [
        ['stage', stage],
        ['owning_user/full_name,stage', (row) => `${row.sales_agent} ${stage(row)}`],
        ['company/industry,stage', (row) => `${sectors.get(row.account ?? '') ?? ''} ${stage(row)}`],
      ];
      const { access_token: token } = await signIn(running.address, ADMIN.email, ADMIN.password);
      for (const [paths, keyOf] of levels) {
        const response = await callApi(running.address, token, 'GET', `/api/v1/deals/funnel?levels=${paths}`);
        const { groups } = (await response.json()) as { groups: { group: object; count: number }[] };
        const expected = new Map<string, number>();
        for (const row of files.deals) expected.set(keyOf(row), (expected.get(keyOf(row)) ?? 0) + 1);
        const keys = (group: object) =>
          Object.values(group)
            .map((value) => value ?? '')
            .join(' ');
        const found = groups.map(({ group, count: n }) => [keys(group), n] as const);
        expect(new Map(found), paths).toEqual(expected);
      }
    });

    test('sums won amounts per year and office, and shows the best agents first', async () => {
      const year = (row: CsvRow): string => (row.close_date ?? '').slice(0, 4);
      const rows = await kit.all(
        `deals?$apply=filter(stage eq 'won')/compute(year(actual_close_date) as won_in)/` +
          'groupby((won_in,owning_business_unit/name),aggregate(amount with sum as total))',
      );
      const offices = new Map(files.teams.map((row) => [row.sales_agent ?? '', row.regional_office ?? '']));
      const asked = rows.map(
        ({ won_in, owning_business_unit: unit, total }) => [`${won_in} ${unit.name}`, exact(total)] as const,
      );
      expect(new Map(asked)).toEqual(sums(files.won, (row) => `${year(row)} ${offices.get(row.sales_agent ?? '')}`));
      const best = await kit.all(
        `deals?$apply=filter(stage eq 'won')/groupby((owning_user/full_name),aggregate(amount with sum as total))&$orderby=total desc&$top=3`,
      );
      const expected = [...sums(files.won, (row) => row.sales_agent ?? '').values()].sort((a, b) => (a < b ? 1 : -1));
      expect(best.map(({ total }) => exact(total))).toEqual(expected.slice(0, 3));
    });

    test('shows an agent the own deals only, and a manager those of the office', async () => {
      const first = files.teams[0];
      const [agent, manager] = [emailOf(first?.sales_agent ?? ''), emailOf(first?.manager ?? '')];
      for (const email of [agent, manager]) await setPassword(running.address, kit, email);
      const own = files.deals.filter((row) => row.sales_agent === first?.sales_agent);
      expect(await countAs(running.address, agent, PASSWORD, 'deals', null)).toBe(own.length);
      const ownSales =
        sums(
          own.filter((row) => row.deal_stage === 'Won'),
          () => 'all',
        ).get('all') ?? null;
      expect(await wonAs(running.address, agent, PASSWORD)).toBe(ownSales);
      const foreign = files.deals.find((row) => row.sales_agent !== first?.sales_agent)?.opportunity_id;
      expect(await countAs(running.address, agent, PASSWORD, 'deals', `external_id eq '${foreign}'`)).toBe(0);
      const [{ id }] = (await kit.all(`deals?$filter=external_id eq '${foreign}'&$select=id`)) as [{ id: string }];
      const { access_token: token } = await signIn(running.address, agent, PASSWORD);
      expect((await callApi(running.address, token, 'GET', `/api/v1/deals(${id})`)).status).toBe(404);
      expect((await callApi(running.address, token, 'DELETE', `/api/v1/deals(${id})`)).status).toBe(404);
      // A change would create what is not there, and a hidden record is not.
      const change = async (of: string) =>
        (await callApi(running.address, token, 'PATCH', `/api/v1/deals(${of})`, { amount: 1 })).status;
      expect([await change(id), await change(randomUUID())]).toEqual([400, 400]);
      const office = new Set(
        files.teams.filter((row) => row.regional_office === first?.regional_office).map((row) => row.sales_agent),
      );
      const expected = files.deals.filter((row) => office.has(row.sales_agent)).length;
      expect(await countAs(running.address, manager, PASSWORD, 'deals', null)).toBe(expected);
    });

    test('comes out of an export as it was in the files, its dirt mended', async () => {
      const options = { map: join(MAPS, '7-pipeline.json'), orderby: 'external_id' };
      const { code, out } = await kit.export('deals', 'pipeline.csv', options);
      expect([code, out]).toEqual([0, expect.stringContaining(`${files.deals.length} records`)]);
      const exported = parse<CsvRow>(kit.bytes('pipeline.csv'), { columns: true });
      const mended = (product = ''): string => (product === 'GTXPro' ? 'GTX Pro' : product);
      const expected = files.deals.map((row): CsvRow => ({ ...row, product: mended(row.product) }));
      expect(byId(exported)).toEqual(byId(expected));
    });

    test('killed in the middle of the pipeline and run again has every deal once', async () => {
      // The same rows under other external ids: nothing of them is there yet.
      const { columns, templates, ...map } = JSON.parse(readFileSync(join(MAPS, '7-pipeline.json'), 'utf8'));
      const { opportunity_id: _, ...others } = columns;
      const again = { ...map, columns: others, templates: { ...templates, external_id: 'again {opportunity_id}' } };
      const options = ['--map', kit.write('again.json', again), '--errors', join(kit.folder, 'again.errors.csv')];
      const who = ['--url', running.address, '--user', ADMIN.email, '--batch', '25'];
      const args = [CLI, 'import', 'deals', join(folder, 'sales_pipeline.csv'), ...options, ...who];
      const env = { PATH: process.env.PATH ?? '', KARTOTEKA_PASSWORD: ADMIN.password };
      const killed = spawn(process.execPath, args, { env, stdio: 'ignore' });
      const ended = once(killed, 'close');
      while ((await count('deals')) < files.deals.length + 1) await new Promise((resolve) => setTimeout(resolve, 10));
      killed.kill('SIGKILL');
      await ended;
      const run = spawn(process.execPath, args, { env, stdio: 'ignore' });
      expect(await once(run, 'close')).toEqual([0, null]);
      expect(await count('deals', `startswith(external_id,'again ')`)).toBe(files.deals.length);
      expect(await count('deals')).toBe(2 * files.deals.length);
    }, 600_000);
  });
}

type CsvRow = Readonly<Record<string, string>>;

interface Files {
  readonly accounts: readonly CsvRow[];
  readonly teams: readonly CsvRow[];
  readonly deals: readonly CsvRow[];
  readonly won: readonly CsvRow[];
}

const NO_FILES: Files = { accounts: [], teams: [], deals: [], won: [] };

/** Reads the files with a parser of its own, not with the one that is tested. */
function readFiles(folder: string): Files {
  const rows = (file: string): CsvRow[] =>
    parse(readFileSync(join(folder, file)), { columns: true, trim: true, bom: true, skip_empty_lines: true });
  const deals = rows('sales_pipeline.csv');
  const won = deals.filter((row) => row.deal_stage === 'Won');
  return { accounts: rows('accounts.csv'), teams: rows('sales_teams.csv'), deals, won };
}

const byId = (rows: readonly CsvRow[]): ReadonlyMap<string, CsvRow> =>
  new Map(rows.map((row) => [row.opportunity_id ?? '', row]));

const industryOf = (row: CsvRow): string => (row.sector === 'technolgy' ? 'technology' : (row.sector ?? ''));

/** `Anna Snelling` as `anna.snelling@sales.example`. */
const emailOf = (name: string): string => `${name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@sales.example`;

function sums(rows: readonly CsvRow[], keyOf: (row: CsvRow) => string): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const row of rows) totals.set(keyOf(row), (totals.get(keyOf(row)) ?? 0n) + BigInt(row.close_value ?? '0'));
  return totals;
}

/** Amounts are whole units in this data; a fraction would throw here rather than be lost. */
// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
async function wonPer(kit: TransferKit, expand: string, keyOf: (deal: any) => string): Promise<Map<string, bigint>> {
  const totals = new Map<string, bigint>();
  for (const deal of await kit.all(`deals?$filter=stage eq 'won'&$select=amount&${expand}`)) {
    totals.set(keyOf(deal), (totals.get(keyOf(deal)) ?? 0n) + BigInt(String(deal.amount)));
  }
  return totals;
}

const exact = (value: unknown): bigint => BigInt(String(value).replace(/\.0*$/, ''));

/** The same, added up by the service. */
async function wonBy(kit: TransferKit, path: string): Promise<Map<string, bigint>> {
  const rows = await kit.all(
    `deals?$apply=filter(stage eq 'won')/groupby((${path}),aggregate(amount with sum as total))`,
  );
  // biome-ignore lint/suspicious/noExplicitAny: rows are JSON of any shape
  const keyOf = (row: any): string => path.split('/').reduce((value, name) => value?.[name], row) ?? '';
  return new Map(rows.map((row) => [keyOf(row), exact(row.total)]));
}

async function wonAs(address: string, user: string, password: string): Promise<bigint | null> {
  const { access_token: token } = await signIn(address, user, password);
  const apply = encodeURIComponent("filter(stage eq 'won')/aggregate(amount with sum as total)");
  const { value } = (await (await callApi(address, token, 'GET', `/api/v1/deals?$apply=${apply}`)).json()) as {
    value: readonly { readonly total: number | null }[];
  };
  const total = value[0]?.total ?? null;
  return total === null ? null : exact(total);
}

async function countAs(
  address: string,
  user: string,
  password: string,
  set: string,
  filter: string | null,
): Promise<number> {
  const { access_token: token } = await signIn(address, user, password);
  const query = filter === null ? '' : `?$filter=${encodeURIComponent(filter)}`;
  return Number(await (await callApi(address, token, 'GET', `/api/v1/${set}/$count${query}`)).text());
}

async function setPassword(address: string, kit: TransferKit, email: string): Promise<void> {
  const [user] = await kit.all(`users?$filter=email eq '${email}'&$select=id`);
  const { access_token: token } = await signIn(address, ADMIN.email, ADMIN.password);
  const { status } = await callApi(address, token, 'PUT', `/auth/users/${user.id}/password`, { password: PASSWORD });
  expect(status).toBe(204);
}
