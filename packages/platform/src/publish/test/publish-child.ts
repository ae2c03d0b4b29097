// A process that publishes and ends; tests let it die at a fault point. Arguments: database URL; `first`, `change` or `purge`.
import { connectDatabase } from '../../storage/database.ts';
import { planPurge, purgeHidden } from '../hidden/purge.ts';
import { publish } from '../publish.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './documents.ts';
import { recordedLog } from './recorded-log.ts';

const [, , url = '', scenario] = process.argv;
const database = await connectDatabase(url);
if (scenario === 'purge') {
  const { fingerprint } = await planPurge(database);
  await purgeHidden(database, { fingerprint, actor: { actorId: null }, comment: 'child' });
}
const documents = scenario === 'first' ? TEST_DOCUMENTS : CHANGED_DOCUMENTS;
await publish(database, { documents, author: null, comment: 'child', allowDestructive: true, log: recordedLog() });
await database.close();
