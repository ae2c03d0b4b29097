import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

const deal = await crm.deals.get('id');
// wrong: null
export const date: string = deal.close_date;
