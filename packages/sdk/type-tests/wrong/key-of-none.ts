import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

// wrong: external_id
await crm.deals.get({ external_id: 'A-1' });
