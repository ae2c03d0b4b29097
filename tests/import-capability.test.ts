// The history of imported records: who created and changed them, and when, is the holder's of the capability import to say.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BulkWorld, startBulkWorld, testId } from './bulk-kit.ts';

let world: BulkWorld;

beforeAll(async () => {
  world = await startBulkWorld();
});
afterAll(() => world.crm.close());

const HISTORY = {
  created_on: '2019-05-06T07:08:09.123456+00:00',
  created_by_id: testId(1, 2),
  modified_on: '2020-01-01T00:00:00+00:00',
  modified_by_id: testId(1, 3),
};
const SOON = new Date(Date.now() + 60_000).toISOString();
/** What is only read is refused, where it would be left aside. */
const STRICT = { prefer: 'handling=strict' };
const post = (values: object, principal = world.importer) =>
  world.crm.call(principal, 'POST', '/items', { name: 'Imported', ...values }, STRICT);

describe('who holds the capability import', () => {
  it('says who created and changed a new record, and when; the change log says who really did', async () => {
    const answer = await post(HISTORY);
    expect(answer.json).toMatchObject(HISTORY);
    const [line] = await world.crm.platform.database.run(
      `select actor_id::text as actor, at > now() - interval '1 minute' as recent, after->>'created_by_id' as creator,
       (after->>'created_on')::timestamptz = '2019-05-06T07:08:09.123456Z' as created from kartoteka.change_log where record_id = $1::uuid`,
      [answer.json.id],
    );
    expect(line).toEqual({ actor: world.importer.id, recent: true, creator: HISTORY.created_by_id, created: true });
  });

  it('says it of many records at once, and in an upsert of the new ones only', async () => {
    const upsert = (values: object) =>
      world.bulk(world.importer, { mode: 'upsert', key: 'code', records: [{ name: 'One', code: 'I1', ...values }] });
    expect((await upsert(HISTORY)).json.results).toMatchObject([{ status: 201 }]);
    const again = await upsert({ ...HISTORY, created_on: '2001-01-01T00:00:00Z' });
    expect(again.json.results).toMatchObject([{ status: 200, changed: false }]);
    const found = await world.crm.call(world.importer, 'GET', `/items(${again.json.results[0].id})`);
    expect(found.json).toMatchObject(HISTORY);
  });

  it('says nothing of a record that exists', async () => {
    const { id } = (await post({})).json;
    const patch = await world.crm.call(
      world.importer,
      'PATCH',
      `/items(${id})`,
      { created_on: HISTORY.created_on },
      STRICT,
    );
    expect(patch.json.details).toMatchObject([{ code: 'read_only', target: 'created_on' }]);
    const bulk = await world.bulk(world.importer, { mode: 'update', records: [{ id, ...HISTORY }] });
    expect(bulk.json.results[0].error.details.map(({ code }: { code: string }) => code)).toEqual(
      Array.from({ length: 4 }, () => 'read_only'),
    );
  });

  it.each([
    [{ created_on: SOON }, 'invalid_value', 'created_on'],
    [{ created_on: HISTORY.created_on, modified_on: '2019-05-06T07:08:09.123455Z' }, 'invalid_value', 'modified_on'],
    [{ modified_on: HISTORY.modified_on }, 'invalid_value', 'modified_on'],
    [{ created_by_id: testId(1, 99) }, 'target_not_found', 'created_by_id'],
    [{ modified_by_id: null }, 'required', 'modified_by_id'],
    [{ created_on: 'long ago' }, 'invalid_value', 'created_on'],
    [{ version: 7 }, 'read_only', 'version'],
  ])('is refused %j', async (values, code, target) => {
    expect((await post(values)).json.details).toMatchObject([{ code, target }]);
    const bulk = await world.bulk(world.importer, { records: [{ name: 'Imported', ...values }] });
    expect(bulk.json.results[0].error.details).toMatchObject([{ code, target }]);
  });

  it('may create and change in the same moment', async () => {
    const moment = { created_on: HISTORY.created_on, modified_on: HISTORY.created_on };
    expect((await post(moment)).json).toMatchObject(moment);
  });
});

describe('who does not', () => {
  it('is told that these cannot be written', async () => {
    for (const name of Object.keys(HISTORY)) {
      const values = { [name]: HISTORY[name as keyof typeof HISTORY] };
      expect((await post(values, world.clerk)).json.details).toMatchObject([{ code: 'read_only', target: name }]);
      const bulk = await world.bulk(world.clerk, {
        mode: 'upsert',
        key: 'code',
        records: [{ name: 'x', code: 'X', ...values }],
      });
      expect(bulk.json.results[0].error.details).toMatchObject([{ code: 'read_only', target: name }]);
    }
  });
});
