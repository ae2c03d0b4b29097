import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

const { deal } = await crm.batch((b) => ({ deal: b.deals.create({ name: 'x' }, { select: ['name'] }) }));
// wrong: stage
export const stage = deal.value.stage;
