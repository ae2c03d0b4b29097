// A process that publishes and ends; tests let it die at a fault point. Arguments: database URL, `first` or `change`.
import { connectDatabase } from '../../storage/database.ts';
import { publish } from '../publish.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './documents.ts';
import { recordedLog } from './recorded-log.ts';

const [, , url = '', scenario] = process.argv;
const database = await connectDatabase(url);
const documents = scenario === 'first' ? TEST_DOCUMENTS : CHANGED_DOCUMENTS;
await publish(database, { documents, author: null, comment: 'child', log: recordedLog() });
await database.close();
