// What tests of reading over the protocol share: one representative's small world, and requests in its name.
import { expect } from 'vitest';
import type { Answer } from './crm-kit.ts';
import { type Reader, type ReadWorld, startReadWorld } from './read-world.ts';

export interface ReaderKit {
  readonly world: ReadWorld;
  readonly reader: Reader;
  /** A company with 130 visits of the reader's, a visit that follows another, and a company hidden from the reader. */
  readonly ids: { readonly company: string; readonly hidden: string; readonly first: string; readonly second: string };
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** The answer's JSON; fails unless it is 200. */
  shown(path: string, headers?: Record<string, string>): Promise<Answer['json']>;
  /** The error; fails unless it is of the status and code. */
  refused(path: string, status: number, code: string): Promise<Answer['json']>;
}

export async function startReaderKit(): Promise<ReaderKit> {
  const world = await startReadWorld(0);
  const reader = world.readers.find(({ name }) => name === 'representative');
  if (reader === undefined) throw new Error('no representative');
  const ids = await makeRecords(world, reader);
  const get: ReaderKit['get'] = (path, headers = {}) =>
    world.crm.call(reader.principal, 'GET', path, undefined, headers);
  return {
    world,
    reader,
    ids,
    get,
    async shown(path, headers) {
      const answer = await get(path, headers);
      expect(answer.status, answer.text ?? '').toBe(200);
      return answer.json;
    },
    async refused(path, status, code) {
      const { status: got, json } = await get(path);
      expect([got, json.code]).toEqual([status, code]);
      return json;
    },
  };
}

async function makeRecords(world: ReadWorld, reader: Reader): Promise<ReaderKit['ids']> {
  const owner_id = reader.principal.id;
  const create = async (set: string, values: object): Promise<string> => (await world.crm.create(set, values)).id;
  const company = await create('companies', { name: 'Shown', legal_name: 'RU', owner_id });
  const hidden = await create('companies', { name: 'Secret', legal_name: 'XX' });
  const first = await create('visits', { title: 'first', score: 1, company_id: company, owner_id });
  const second = await create('visits', {
    title: 'second',
    score: 2,
    company_id: hidden,
    follows_id: first,
    owner_id,
  });
  await world.crm.platform.database.run(
    `insert into data.visit (id, created_on, modified_on, created_by_id, modified_by_id, version, owner_id,
       owning_business_unit_id, title, score, company_id, note)
     select gen_random_uuid(), now(), now(), $1::uuid, $1::uuid, 1, $1::uuid, $2::uuid, 'bulk ' || n, 100 + n, $3::uuid,
       case when n <= 6 then repeat('я"', 1990) || n end from generate_series(1, 129) n`,
    [owner_id, reader.unit, company],
  );
  return { company, hidden, first, second };
}

/** `bulk 3`, `bulk 4` ...: titles of the visits made in one go. */
export const bulk = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `bulk ${from + n}`);

export const titles = (rows: readonly { title: string }[]): string[] => rows.map(({ title }) => title);

/** Path and query of a link, readable. */
export const pathOf = (link: string): string => decodeURIComponent(link.slice('http://crm.test/api/v1'.length));
