import { createClient, decimal } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

// wrong: Decimal
await crm.deals.create({ name: 'x', probability: decimal('1.5') });
