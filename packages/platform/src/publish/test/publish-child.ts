// A process that publishes and ends; tests let it die at a fault point. Arguments: database URL; `first`, `change`, `purge`, or `input` with
// the input of a publish as JSON behind it.
import { connectDatabase } from '../../storage/database.ts';
import { planPurge, purgeHidden } from '../hidden/purge.ts';
import { type PublishInput, publish } from '../publish.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './documents.ts';
import { recordedLog } from './recorded-log.ts';

const [, , url = '', scenario, input = '{}'] = process.argv;
const database = await connectDatabase(url);
if (scenario === 'purge') {
  const { fingerprint } = await planPurge(database);
  await purgeHidden(database, { fingerprint, actor: { actorId: null }, comment: 'child' });
}
const documents = scenario === 'first' ? TEST_DOCUMENTS : CHANGED_DOCUMENTS;
const asked = scenario === 'input' ? (JSON.parse(input) as Partial<PublishInput>) : { documents };
await publish(database, { ...asked, author: null, comment: 'child', allowDestructive: true, log: recordedLog() });
await database.close();
