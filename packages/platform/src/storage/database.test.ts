import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test.each([true, false])('values travel as text in both directions (prepared: %s)', async (prepare) => {
  for (let round = 0; round < 3; round += 1) {
    const [row] = await db.database.run(
      `select $1::int8 as big, $2::numeric as amount, $3::timestamptz as at, $4::date as day, $5::uuid[] as ids, $6::json as json,
              $7::jsonb as jsonb, $8::bool as yes, $9::bool as no, $10::float8 as float, $11::bytea as bytes, $12::text as nothing,
              $13::timestamp as local, $14::int4 as small`,
      [
        '9223372036854775807',
        '123456789012345.67890',
        '2024-02-29T23:59:59.123456Z',
        '0001-01-01',
        '{018f0000-0000-7000-8000-000000000001,018f0000-0000-7000-8000-000000000002}',
        '{"b": 1.10, "a":12345678901234567890}',
        '{"b": 1.10}',
        'true',
        'false',
        '0.1',
        '\\x00ff',
        null,
        '2024-02-29 23:59:59.123456',
        '-7',
      ],
      { prepare },
    );
    expect(row).toEqual({
      big: '9223372036854775807',
      amount: '123456789012345.67890',
      at: '2024-02-29 23:59:59.123456+00',
      day: '0001-01-01',
      ids: '{018f0000-0000-7000-8000-000000000001,018f0000-0000-7000-8000-000000000002}',
      json: '{"b": 1.10, "a":12345678901234567890}',
      jsonb: '{"b": 1.10}',
      yes: true,
      no: false,
      float: '0.1',
      bytes: '\\x00ff',
      nothing: null,
      local: '2024-02-29 23:59:59.123456',
      small: '-7',
    });
  }
});
