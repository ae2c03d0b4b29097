// Views and forms on a real database: they are stored and loaded like other documents, add no tables, and hold on to the
// fields that they name.
import type { SourceDocument } from '@kartoteka/metadata';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { loadModel } from './load.ts';
import { type PublishInput, publish } from './publish.ts';
import { TEST_DOCUMENTS, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const label = { en: 'L' };
const document = (kind: 'view' | 'form', name: string, body: object): SourceDocument => ({
  kind,
  name,
  layer: 'base',
  source: `${kind}s/${name}.json`,
  body: { name, entity: 'deal', label, ...body },
});
const VIEW = document('view', 'all_deals', { columns: { amount: { order: 1 } }, filter: 'amount gt 5' });
const FORM = document('form', 'deal', { sections: { main: { label, order: 1, fields: { amount: { order: 1 } } } } });
const run = (more: Partial<PublishInput>) =>
  publish(db.database, { author: null, comment: 'test', log: recordedLog(), ...more });
const withoutAmount = withDocument('deal', (body) => {
  body.fields = Object.fromEntries(Object.entries(body.fields).filter(([name]) => name !== 'amount'));
  body.indexes = {};
  body.rules = {};
});

test('views and forms are published without touching a table, and loaded with their custom layer', async () => {
  const result = await run({ documents: [...TEST_DOCUMENTS, VIEW, FORM] });
  expect([result.outcome, result.ddl]).toEqual(['published', []]);
  expect(result.changes.map(({ words }) => words)).toEqual(['The view all_deals is added', 'The form deal is added']);
  const custom = { extends: 'all_deals', columns: { stage: { order: 0 } } };
  await run({ changes: [{ kind: 'view', name: 'all_deals', body: custom }] });
  const model = await loadModel(db.database);
  expect(model.views.get('all_deals')?.columns).toEqual([{ path: 'stage' }, { path: 'amount' }]);
  expect(model.forms.get('deal')?.sections).toHaveLength(1);
  expect(await run({ documents: [...TEST_DOCUMENTS, VIEW, FORM] })).toMatchObject({ outcome: 'unchanged' });
});

test('a field that a shipped or a custom view or form names cannot be removed, and nothing is published', async () => {
  await run({ documents: [...TEST_DOCUMENTS, FORM] });
  const mine = { ...(VIEW.body as object), name: 'x_mine' };
  await run({ changes: [{ kind: 'view', name: 'x_mine', body: mine }] });
  const refused = await run({ documents: [...withoutAmount, FORM], allowDestructive: true }).catch((error) => error);
  expect(refused).toMatchObject({ code: 'invalid_documents' });
  expect(
    refused.details.map(({ target, message }: { target: string; message: string }) => `${target} ${message}`),
  ).toEqual([
    expect.stringMatching(/^custom\/view\/x_mine#\/columns\/amount .*There is no property amount on deal/),
    expect.stringMatching(/^custom\/view\/x_mine#\/filter .*There is no property amount on deal/),
    expect.stringMatching(/^forms\/deal\.json#\/sections\/main\/fields\/amount .*There is no field amount on deal/),
  ]);
  expect((await loadModel(db.database)).revision).toBe(3);
});
