import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

// wrong: nam
await crm.batch((b) => ({ deal: b.deals.create({ nam: 'x' }) }));
