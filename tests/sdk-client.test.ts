// The client against a running service: everything that it offers, used once as a program would.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allOf,
  anyOf,
  DeltaExpiredError,
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

describe('lists', () => {
  test('are read page after page, each when its records are taken, and followed where an expanded one is long', async () => {
    const company = await crm.companies.create({ name: 'Pages' });
    const people = Array.from({ length: 130 }, (_, n) => ({
      last_name: `P${String(n).padStart(3, '0')}`,
      company_id: company.id,
    }));
    for await (const { error } of crm.contacts.bulk(people)) expect(error).toBeUndefined();
    const query = crm.contacts.query({
      filter: (c) => c.company_id.eq(company.id),
      select: ['last_name'],
      orderBy: ['last_name'],
      pageSize: 50,
      count: true,
    });
    wire.sent.length = 0;
    const seen: string[] = [];
    for await (const { last_name } of query) {
      seen.push(last_name);
      // A page is asked for when its first record is.
      expect(wire.sent).toHaveLength(Math.ceil(seen.length / 50));
    }
    expect(seen).toEqual(people.map(({ last_name }) => last_name));
    expect((await query.page()).count).toBe('130');
    await expect(query.toArray(129)).rejects.toThrow(RangeError);
    const {
      contacts,
      '@odata.etag': etag,
      ...whole
    } = await crm.companies.get(company.id, {
      select: ['name'],
      expand: { contacts: { select: ['last_name'], orderBy: ['last_name'] } },
    });
    expect(contacts).toHaveLength(100);
    const rest = await crm.follow<{ last_name: string }>(String(whole['contacts@odata.nextLink'])).toArray(100);
    expect([...contacts, ...rest].map(({ last_name }) => last_name)).toEqual(seen);
    expect(etag).toBe('W/"1"');
    const rows = crm.contacts.odata<{ n: string }>(`$apply=filter(company_id eq ${company.id})/aggregate($count as n)`);
    expect((await rows.first())?.n).toBe('130');
  });
});

describe('operations', () => {
  test('are called on a record, on a set and on the service, and lists of them are read in pages', async () => {
    const deal = await crm.deals.create({ name: 'Op' });
    const assigned = await crm.deals.action(deal.id, 'assign', { owner_id: deal.owner_id });
    expect(assigned.id).toBe(deal.id);
    const { results } = await crm.deals.actionOnSet('assign', { ids: [deal.id], owner_id: deal.owner_id });
    expect(results).toEqual([{ status: 200, id: deal.id, changed: false }]);
    const explained = await crm.deals.action(deal.id, 'explain_access', { principal_id: deal.owner_id });
    expect(explained).toMatchObject({ entity: 'deal', id: deal.id });
    const changes = await crm.deals.action(deal.id, 'changes').toArray(10);
    expect(changes.map(({ operation }) => operation)).toEqual(['create']);
    expect((await crm.action('security_events', {}, {}).first())?.kind).toMatch(/./);
    expect((await crm.action('preview_role_change', { roles: [] })).examined).toBe(0);
    const other = await crm.companies.create({ name: 'Linked' });
    const contact = await crm.companies.related(other.id, 'contacts').create({ last_name: 'New' });
    await crm.companies.related(other.id, 'contacts').unlink(contact.id);
    expect((await crm.contacts.get(contact.id)).company_id).toBeNull();
    await crm.companies.related(other.id, 'contacts').link(contact.id);
    expect((await crm.contacts.get(contact.id)).company_id).toBe(other.id);
  });
});

describe('bulk', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a list', []],
    ['a word', 'a word'],
  ])('ends at %s in place of a record with its place, after the results of what was sent before', async (said, bad) => {
    const people = [{ last_name: 'B1' }, { last_name: 'B2' }, { last_name: 'B3' }, bad, { last_name: 'B5' }];
    const told: number[] = [];
    wire.sent.length = 0;
    const work = async (): Promise<void> => {
      const source = people as { last_name: string }[];
      for await (const { index, status } of crm.contacts.bulk(source, { chunk: 1, parallel: 3, dryRun: true }))
        told.push(index + status);
    };
    await expect(work()).rejects.toThrow(new TypeError(`record 3 of a bulk request is ${said}, not an object`));
    // The last of them was not sent: whether another would go with it was not known yet.
    expect(told).toEqual([201, 202]);
    expect(wire.sent).toHaveLength(2);
  });

  test('takes a source as it comes in requests of many, and tells each record its result', async () => {
    let most = 0;
    let read = 0;
    async function* source() {
      for (let n = 0; n < 95; n += 1) {
        read += 1;
        yield { last_name: n === 41 ? '' : `B${n}`, external_id: `B-${n}` };
      }
    }
    wire.sent.length = 0;
    let told = 0;
    for await (const { index, record, status, error } of crm.contacts.bulk(source(), { chunk: 10 })) {
      expect(index).toBe(told);
      told += 1;
      most = Math.max(most, read - index);
      expect(record.external_id).toBe(`B-${index}`);
      expect(status).toBe(index === 41 ? 400 : 201);
      if (index === 41) expect(error?.details).toMatchObject([{ target: 'last_name' }]);
      else expect(error).toBeUndefined();
    }
    expect(told).toBe(95);
    expect(wire.sent).toHaveLength(10);
    // What is being sent, what was read behind it, and one to know that there is more.
    expect(most).toBeLessThanOrEqual(31);
    const again = crm.contacts.bulk(
      [
        { external_id: 'B-1', last_name: 'B1' },
        { external_id: 'B-2', last_name: 'New' },
      ],
      { mode: 'upsert', key: 'external_id' },
    );
    const results = [];
    for await (const { status, changed } of again) results.push([status, changed]);
    expect(results).toEqual([
      [200, false],
      [200, true],
    ]);
  });

  test('names the record for which a request that is made as a whole was refused by its place among all', async () => {
    const people = Array.from({ length: 9 }, (_, n) => ({ last_name: n === 7 ? '' : `Whole ${n}` }));
    let told = 0;
    const load = async (): Promise<void> => {
      for await (const { error } of crm.contacts.bulk(people, { atomic: true, chunk: 3 })) {
        expect(error).toBeUndefined();
        told += 1;
      }
    };
    await expect(load()).rejects.toMatchObject({ details: [{ target: 'records/7/last_name' }] });
    expect(told).toBe(6);
    expect(await crm.contacts.count({ filter: (c) => c.last_name.startsWith('Whole ') })).toBe('6');
  });

  test('cuts requests by their size, and closes the source that is not read to its end', async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield { last_name: 'x'.repeat(90) };
      } finally {
        closed = true;
      }
    }
    wire.sent.length = 0;
    for await (const { index } of crm.contacts.bulk(source(), { chunkCharacters: 1000, dryRun: true }))
      if (index === 20) break;
    expect(closed).toBe(true);
    expect(Math.max(...wire.sent.map(({ body }) => body.length))).toBeLessThan(1200);
    await expect(crm.contacts.bulk([{ last_name: 'x' }], { chunk: 10_001 }).next()).rejects.toThrow(RangeError);
  });
});

describe('batches', () => {
  test('make records and what belongs to them as a whole, and read in the same request', async () => {
    wire.sent.length = 0;
    const { company, contact, found } = await crm.batch((b) => {
      const made = b.atomic(() => {
        const one = b.companies.create({ name: 'Batch' });
        return { company: one, contact: b.contacts.create({ last_name: 'Of it', 'company@odata.bind': one.ref }) };
      });
      return {
        ...made,
        found: b.contacts.page({
          filter: (c) => c.company.name.eq('Batch'),
          select: ['last_name'],
          after: [made.contact],
        }),
      };
    });
    expect(contact.value.company_id).toBe(company.value.id);
    expect(found.value.records.map(({ last_name }) => last_name)).toEqual(['Of it']);
    expect(company.value.version).toBe('1');
    expect(wire.sent).toHaveLength(1);
  });

  test('tell what failed, what was undone with it, and what was not begun', async () => {
    const { good, bad, after } = await crm.batch((b) => ({
      ...b.atomic(() => ({ good: b.companies.create({ name: 'Undone' }), bad: b.companies.create({ name: '' }) })),
      after: b.companies.create({ name: 'After' }),
    }));
    expect(() => bad.value).toThrow(ValidationError);
    expect(good.error?.code).toBe('failed_dependency');
    expect(after.error?.code).toBe('not_started');
    expect(await crm.companies.count({ filter: (c) => c.name.in(['Undone', 'After']) })).toBe('0');
    const rest = await crm.batch(
      (b) => {
        const first = b.companies.update('0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d', { name: 'x' });
        return {
          first,
          depends: b.companies.create({ name: 'D' }, { after: [first] }),
          free: b.companies.create({ name: 'F' }),
        };
      },
      { continueOnError: true },
    );
    expect(rest.first.error).toBeInstanceOf(NotFoundError);
    expect(rest.depends.error?.code).toBe('failed_dependency');
    expect(rest.free.value.name).toBe('F');
  });
});

describe('delta', () => {
  test('tells a list, then what changed, going on from a text', async () => {
    const made = await Promise.all(
      [1, 2, 3].map((n) => crm.deals.create({ name: `Delta ${n}`, probability: int64(n) })),
    );
    const follow = (state?: string) =>
      crm.deals.delta(
        { select: ['name', 'probability'], filter: (d) => d.name.startsWith('Delta'), pageSize: 2 },
        state,
      );
    const copy = new Map<string, string>();
    const initial: boolean[] = [];
    const read = async (state?: string): Promise<string> => {
      let last = '';
      for await (const page of follow(state)) {
        initial.push(page.initial);
        for (const deal of page.changed) copy.set(deal.id, deal.name);
        for (const { id } of page.removed) copy.delete(id);
        last = page.state;
      }
      return last;
    };
    const half = await follow().next();
    expect(half.value).toMatchObject({ initial: true, complete: false, removed: [] });
    for (const deal of half.value?.changed ?? []) copy.set(deal.id, deal.name);
    expect(copy.size).toBe(2);
    // What happens between the pages of the list is told as well.
    await crm.deals.update(String([...copy.keys()][0]), { probability: int64(99) });
    const first = await read(half.value?.state);
    expect(initial).toEqual([true]);
    expect([...copy.values()].sort()).toEqual(['Delta 1', 'Delta 2', 'Delta 3']);
    await crm.deals.update(String(made[0]?.id), { name: 'Delta 1b' });
    await crm.deals.update(String(made[1]?.id), { name: 'Gone' });
    await crm.deals.delete(String(made[2]?.id));
    const second = await read(first);
    expect([...copy.values()]).toEqual(['Delta 1b']);
    expect(initial).toEqual([true, false, false]);
    const another = crm.deals.delta({ select: ['name'] }, second).next();
    await expect(another).rejects.toMatchObject({ code: 'delta_state_of_another_query' });
    await expect(crm.deals.delta({}, 'nonsense').next()).rejects.toThrow(DeltaExpiredError);
  });
});
