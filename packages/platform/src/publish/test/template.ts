// A template database with TEST_DOCUMENTS published and one deal in it.
import { connectDatabase } from '../../storage/database.ts';
import { registerTemplate } from '../../test-kit/index.ts';
import { publish } from '../publish.ts';
import { TEST_DOCUMENTS } from './documents.ts';
import { recordedLog } from './recorded-log.ts';
import { seedDeal, seedOwner } from './records.ts';

/** For createTestDatabase; importing this module registers it. */
export const BASE_TEMPLATE = 'publish_base';

registerTemplate(BASE_TEMPLATE, async (url) => {
  const database = await connectDatabase(url);
  await publish(database, { documents: TEST_DOCUMENTS, author: null, comment: 'test', log: recordedLog() });
  await seedOwner(database);
  await seedDeal(database, { external_id: 'E1' });
  await database.close();
});
