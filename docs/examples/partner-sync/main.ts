// node main.ts FILE sync | note DEAL TEXT
import { CrmError, createClient } from '@kartoteka/sdk';
import { LocalCopy } from './copy.ts';
import { schema } from './crm.ts';
import { pushBack, synchronise } from './sync.ts';

const [file, command, id = '', text = ''] = process.argv.slice(2);
const { KARTOTEKA_URL: url, KARTOTEKA_API_KEY: apiKey } = process.env;
if (file === undefined || url === undefined || apiKey === undefined || (command !== 'sync' && command !== 'note')) {
  console.error('node main.ts FILE sync | note DEAL TEXT, with KARTOTEKA_URL and KARTOTEKA_API_KEY');
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('interrupted')));
process.once('SIGTERM', () => stop.abort(new Error('interrupted')));

const crm = createClient({ url, schema, auth: { apiKey } });
const copy = await LocalCopy.open(file);
try {
  await synchronise(crm, copy, stop.signal);
  if (command === 'note') {
    const changed = await pushBack(
      crm,
      copy,
      id,
      ({ next_step }) => (next_step === text ? undefined : { next_step: text }),
      stop.signal,
    );
    console.log(changed ? 'noted' : 'nothing to note');
  }
  console.log(`${copy.records('companies').size} companies, ${copy.records('deals').size} deals`);
} catch (error) {
  if (!(error instanceof CrmError)) throw error;
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await copy.close();
}
