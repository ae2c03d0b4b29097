// A process that publishes one random change after the other until it is killed. Arguments: database URL, seed. It waits for a line
// on its standard input, so that starting costs no time of the test, and prints the revision of each publish.
import { once } from 'node:events';
import { PlatformError } from '../../errors.ts';
import { connectDatabase } from '../../storage/database.ts';
import { randomAnyChange, seededRandom } from '../../test-kit/index.ts';
import { publish } from '../publish.ts';
import { readStored } from '../read-stored.ts';
import { recordedLog } from './recorded-log.ts';

const [, , url = '', seed = '1'] = process.argv;
const random = seededRandom(Number(seed));
const database = await connectDatabase(url, { poolSize: 2 });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
for (;;) {
  const { documents } = await readStored(database);
  const { changes, description } = randomAnyChange(documents, random);
  try {
    const common = { author: null, comment: description, log: recordedLog(), allowDestructive: true };
    const { revision } = await publish(database, { ...common, changes });
    process.stdout.write(`${revision}\n`);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
  }
}
