// The client against a running service: everything that it offers, used once as a program would.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allOf,
  anyOf,
  decimal,
  int64,
  me,
  NotFoundError,
  odata,
  PreconditionFailedError,
  ValidationError,
} from '../packages/sdk/src/index.ts';
import { clientFor, faultyFetch, startTestService, type TestService } from './sdk-kit.ts';

let service: TestService;
let crm: ReturnType<typeof clientFor>;
const wire = faultyFetch();

beforeAll(async () => {
  service = await startTestService();
  crm = clientFor(service, { fetch: wire.fetch });
});

afterAll(() => service?.stop());

describe('records', () => {
  test('are created, read, changed under their ETag and deleted', async () => {
    const made = await crm.deals.create({ name: "O'Neill & Söhne", amount: decimal('123456789012345.6789') });
    expect(made.amount).toBe('123456789012345.6789');
    expect(made.version).toBe('1');
    expect(made).not.toHaveProperty('@odata.context');
    const etag = await crm.deals.update(made.id, { probability: int64(40) }, { ifMatch: made });
    await expect(crm.deals.update(made.id, { name: 'x' }, { ifMatch: made })).rejects.toThrow(PreconditionFailedError);
    const shown = await crm.deals.get(made.id, { select: ['name', 'probability'] });
    expect(shown).toEqual({ '@odata.etag': etag, name: "O'Neill & Söhne", probability: '40' });
    expect(await crm.deals.getIfChanged(made.id, etag, { select: ['name'] })).toBeUndefined();
    const after = await crm.deals.updateAndGet(
      made.id,
      { description: 'd' },
      { ifMatch: etag, select: ['description'] },
    );
    expect(after.description).toBe('d');
    expect((await crm.deals.getIfChanged(made.id, etag))?.description).toBe('d');
    await crm.deals.delete(made.id, { ifMatch: after });
    await expect(crm.deals.get(made.id)).rejects.toThrow(NotFoundError);
    const bin = await crm.deals.deleted.get(made.id);
    expect(bin.deleted_on).toMatch(/^\d{4}-/);
    expect(await crm.deals.deleted.count()).toBe('1');
    await crm.deals.action(made.id, 'restore');
    expect((await crm.deals.get({ number: made.number })).id).toBe(made.id);
  });

  test('that are not there are not made by an update, and made by an upsert', async () => {
    const key = { external_id: "K/1 'quoted' & co" };
    await expect(crm.companies.update(key, { name: 'No' })).rejects.toThrow(NotFoundError);
    const first = await crm.companies.upsert(key, { name: 'Keyed' });
    expect(first).toMatchObject({ created: true, record: { name: 'Keyed', external_id: key.external_id } });
    expect((await crm.companies.upsert(key, { headcount: int64(7) })).created).toBe(false);
    expect((await crm.companies.get(key)).headcount).toBe('7');
    expect(() => crm.companies.get({ name: 'Keyed' } as never)).toThrow(RangeError);
  });

  test('tell every bad property with code and target', async () => {
    const error = await crm.deals.create({ name: '', amount: decimal('-1') }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ValidationError);
    const { status, code, details, requestId, request } = error as ValidationError;
    expect({ status, code, request }).toEqual({ status: 400, code: 'validation_failed', request: 'POST deals' });
    expect(details.map(({ target }) => target).sort()).toEqual(['amount', 'name']);
    expect(requestId).toMatch(/./);
  });
});

describe('queries', () => {
  test('filter by every kind of value, over lookups and collections, whatever the texts hold', async () => {
    const retail = await crm.companies.create({ name: "A'B (C);D", industry: 'retail', headcount: int64(8) });
    const other = await crm.companies.create({ name: 'Other', parent_company_id: retail.id });
    const contact = await crm.contacts.create({
      last_name: 'Smith',
      'company@odata.bind': `companies(${retail.id})`,
      birth_date: '1980-02-29',
    });
    await crm.deals.create({ name: 'Query', amount: decimal('10.5'), company_id: retail.id, close_date: '2027-03-01' });
    const deals = (filter: Parameters<typeof crm.deals.query>[0]) => crm.deals.query(filter).toArray(100);
    const found = async (filter: NonNullable<Parameters<typeof crm.deals.query>[0]>['filter']) =>
      (await deals({ filter, select: ['name'] })).map(({ name }) => name);
    for (const filter of [
      (f) => f.company.name.eq("A'B (C);D").and(f.amount.gt(decimal('10.4999'))),
      (f) => f.company.industry.in(['retail', 'finance']).and(f.name.startsWith('Qu')),
      (f) => f.close_date.ge('2027-03-01').and(f.close_date.year().eq(2027)).and(f.company_id.eq(retail.id)),
      (f) => f.created_on.le(f.modified_on).and(f.owner_id.eq(me())).and(f.name.toLower().contains('quer')),
      (f) => f.name.eq('nothing').or(f.name.eq('Query')).and(f.name.length().eq(5)).and(f.amount.round().eq(11)),
      (f) => f.company.contacts.any((c) => c.last_name.eq('Smith').and(c.company.deals.any((d) => d.name.eq(f.name)))),
      (f) =>
        f.company.deals.all((d) => d.name.eq(f.name)).and(f.company.contacts.count((c) => c.birth_date.ne(null)).eq(1)),
      (f) =>
        allOf(
          f.name.eq('Query'),
          anyOf(f.amount.lt(5n), f.stage.ne('won')),
          f.external_id.eq(null),
          odata("stage ne 'lost'"),
        ),
      (f) => f.stage.in([]).not().and(f.name.eq('Query')),
      "name eq 'Query'",
    ] as NonNullable<Parameters<typeof crm.deals.query>[0]>['filter'][]) {
      expect(await found(filter), String(filter)).toEqual(['Query']);
    }
    const companies = crm.companies.query({
      filter: (c) => c.parent_company.name.eq("A'B (C);D").and(c.contacts.any().not()),
      select: ['name'],
      expand: {
        parent_company: {
          select: ['name'],
          expand: {
            contacts: {
              filter: (k) => k.last_name.eq('Smith'),
              select: ['last_name'],
              orderBy: ['last_name desc'],
              top: 3,
              count: true,
            },
          },
        },
      },
      orderBy: (c) => [c.parent_company.name.desc(), c.deals.count().asc(), c.name.asc()],
    });
    const [row] = await companies.toArray(1);
    expect(row?.name).toBe('Other');
    expect(row?.parent_company?.contacts.map(({ last_name }) => last_name)).toEqual(['Smith']);
    expect(row?.parent_company?.['contacts@odata.count']).toBe('1');
    expect(other.parent_company_id).toBe(retail.id);
    const contacts = crm.companies.related(retail.id, 'contacts');
    expect((await contacts.query({ select: ['last_name', 'id'] }).first())?.id).toBe(contact.id);
  });
});
