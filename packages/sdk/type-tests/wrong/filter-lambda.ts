import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

const crm = createClient({ url: 'http://127.0.0.1', auth: { apiKey: 'key' }, schema });

// wrong: lst_name
crm.deals.query({ filter: (f) => f.contacts.any((c) => c.lst_name.eq('Smith')) });
