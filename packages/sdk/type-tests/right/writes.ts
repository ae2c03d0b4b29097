import { createClient, decimal, int64 } from '../../src/index.ts';
import { type Deal, schema, type Tag } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { username: 'a@example.com', password: 'x' }, schema });

const made = await crm.deals.create({ name: 'Pens', amount: decimal('12.50'), probability: int64(10), tags: ['vip'] });
const tags: Tag[] = made.tags;
const etag: string = await crm.deals.update(made.id, { stage: 'won' }, { ifMatch: made });
const after = await crm.deals.updateAndGet(made.id, { close_date: '2027-01-31' }, { ifMatch: etag, select: ['stage'] });
const { created, record } = await crm.companies.upsert({ external_id: 'A-1' }, { name: 'Acme' }, { select: ['name'] });
await crm.deals.delete(made.id, { ifMatch: '*', signal: AbortSignal.timeout(1000) });
const assigned: Deal = await crm.deals.action(made.id, 'assign', { owner_id: 'id' });
for await (const change of crm.deals.action(made.id, 'changes')) console.log(change.operation);
const { results } = await crm.deals.actionOnSet('assign', { ids: ['id'], owner_id: 'id' });
const { examined } = await crm.action('preview_role_change');
await crm.companies.related('id', 'contacts').create({ last_name: 'Smith' });

async function* people(): AsyncGenerator<{ last_name: string }> {
  yield { last_name: 'Smith' };
}
for await (const { record: sent, error } of crm.contacts.bulk(people(), { chunk: 500 })) {
  if (error !== undefined) console.log(sent.last_name, error.code);
}
crm.companies.bulk([{ name: 'Acme', external_id: 'A-1' }], { mode: 'upsert', key: 'external_id' });

for await (const { changed, removed, state } of crm.deals.delta({
  select: ['name'],
  filter: (f) => f.stage.ne('lost'),
})) {
  for (const deal of changed) console.log(deal.id, deal.name);
  for (const { id, reason } of removed) console.log(id, reason, state);
}

const { company, deal } = await crm.batch((b) =>
  b.atomic(() => {
    const first = b.companies.create({ name: 'Acme' });
    const second = b.deals.create({ name: 'Pens', 'company@odata.bind': first.ref }, { select: ['name'] });
    b.deals.update(second, { stage: 'won' });
    return { company: first, deal: second };
  }),
);
const text: string = company.value.id + deal.value.name;

export { after, assigned, created, examined, record, results, tags, text };
