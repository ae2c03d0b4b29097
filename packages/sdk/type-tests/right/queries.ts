import {
  allOf,
  createClient,
  type Decimal,
  decimal,
  type Int64,
  int64,
  me,
  myTeams,
  now,
  odata,
  today,
} from '../../src/index.ts';
import { type Company, type Deal, type Stage, schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

const query = crm.deals.query({
  select: ['name', 'amount'],
  expand: {
    company: { select: ['name'], expand: { parent: true } },
    contacts: { filter: (c) => c.last_name.startsWith('A'), orderBy: (c) => [c.last_name.desc()], top: 5, count: true },
  },
  filter: (f) => f.stage.eq('won').and(f.company.industry.eq('retail')),
  orderBy: ['close_date desc', 'name'],
});
for await (const deal of query) {
  const exactly: { name: string; amount: Decimal | null } = deal;
  const company: string | undefined = deal.company?.name;
  const parent: Company['industry'] | undefined = deal.company?.parent?.industry;
  const names: string[] = deal.contacts.map((contact) => contact.last_name);
  const count: Int64 = deal['contacts@odata.count'];
  const rest: string | undefined = deal['contacts@odata.nextLink'];
  const etag: string = deal['@odata.etag'];
  console.log(exactly, company, parent, names, count, rest, etag);
}

const whole: Deal | undefined = await crm.deals.query().first();
const stage: Stage | undefined = whole?.stage;
const page = await crm.companies.query({ count: true, pageSize: 10 }).page();
const total: Int64 | undefined = page.count;

crm.deals.query({
  filter: (f) =>
    allOf(
      f.amount
        .gt(decimal('10.50'))
        .or(f.amount.le(5))
        .or(f.amount.in([decimal('1'), 2n])),
      f.probability.ge(int64(10)).and(f.probability.lt(f.amount)),
      f.close_date.ge('2027-01-01').and(f.close_date.lt(today())).and(f.close_date.year().eq(2027)),
      f.created_on.le(now()).and(f.created_on.date().eq(f.close_date)),
      f.owner_id.eq(me()).or(f.owner_id.in(myTeams())),
      f.stay.gt('PT1H').and(f.active.eq(true)).and(f.details.ne(null)),
      f.description.contains('x').and(f.description.toLower().eq('y')),
      f.tags
        .has('vip', 'partner')
        .or(f.tags.any((t) => t.eq('vip')))
        .or(f.tags.count().gt(1)),
      f.contacts.any((c) => c.company.deals.all((d) => d.name.eq(f.name))).and(f.contacts.any()),
      f.contacts.count((c) => c.last_name.eq('Smith')).gt(2),
      odata('length(name) gt 3'),
    ),
  orderBy: (f) => [f.company.name.desc(), f.contacts.count().asc(), f.name.length().desc()],
});
crm.deals.query({ filter: "stage eq 'won'", orderBy: 'company/name desc' });
crm.deals.query({ filter: () => undefined });
crm.deals.query({ expand: { contacts: { filter: (c) => c.last_name.eq('Smith') } } });
crm.deals.query({
  expand: { contacts: { expand: { company: { expand: { deals: { filter: (d) => d.name.eq('x') } } } } } },
});
const rows = crm.deals.odata<{ stage: Stage; total: Decimal }>(
  '$apply=groupby((stage),aggregate(amount with sum as total))',
);
const grouped: Decimal | undefined = (await rows.first())?.total;

export { grouped, stage, total, whole };
