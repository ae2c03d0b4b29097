import { createClient } from '../../src/index.ts';
import { schema } from '../sample.ts';

// wrong: password
createClient({ url: 'http://127.0.0.1', auth: { username: 'a@example.com' }, schema });
