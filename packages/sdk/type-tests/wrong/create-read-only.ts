import { createClient, int64 } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

// wrong: version
await crm.deals.create({ name: 'x', version: int64(1) });
