import postgres from 'postgres';
import { expect, test } from 'vitest';
import { testServerUrl } from '../test-kit/index.ts';
import { connectDatabase } from './database.ts';
import { checkServer, StartupError } from './server-check.ts';
import type { Executor, Row } from './types.ts';

const good: Row = {
  version_number: '150004',
  version: '15.4',
  encoding: 'UTF8',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  intervalstyle: 'iso_8601',
  has_icu: true,
};
/** Answers as a server would that this machine does not have. */
const answering = (row: Row): Executor => ({
  run: async (text) => (text.includes('lowers') ? [{ lowers: true }] : [row]),
});

test('a server of version 15 or later with UTF-8 and ICU is taken', async () => {
  await checkServer(answering(good));
});

test.each([
  [{ version_number: '140011', version: '14.11' }, 'it is version 14.11; version 15 or later is needed'],
  [{ encoding: 'SQL_ASCII' }, 'its database is encoded in SQL_ASCII; create it with encoding UTF8'],
  [{ has_icu: false }, 'it was built without ICU: the collation "und-x-icu" is missing'],
  [{ timezone: 'Europe/Riga' }, 'it keeps the time zone Europe/Riga although UTC was asked for'],
])('another server is refused with the reason: %o', async (difference, reason) => {
  const refusal = checkServer(answering({ ...good, ...difference }));
  await expect(refusal).rejects.toThrow(StartupError);
  await expect(checkServer(answering({ ...good, ...difference }))).rejects.toThrow(reason);
});

test('a database in another encoding is refused', async () => {
  const url = new URL(testServerUrl());
  const name = `kartoteka_latin_${process.pid}`;
  const sql = postgres(url.href, { max: 1 });
  await sql.unsafe(`create database ${name} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`);
  url.pathname = `/${name}`;
  try {
    await expect(connectDatabase(url.href)).rejects.toThrow('encoded in SQL_ASCII');
  } finally {
    await sql.unsafe(`drop database ${name} with (force)`);
    await sql.end();
  }
});

test('an address without a server or database is refused without showing the password', async () => {
  await expect(connectDatabase('postgres://u:hidden@127.0.0.1:1/nowhere')).rejects.toThrow(
    /^Cannot connect to PostgreSQL at 127\.0\.0\.1:1\/nowhere: (?!.*hidden)/,
  );
  const url = new URL(testServerUrl());
  url.pathname = '/nowhere';
  await expect(connectDatabase(url.href)).rejects.toThrow(
    `Cannot connect to PostgreSQL at ${url.host}/nowhere: database "nowhere" does not exist`,
  );
});
