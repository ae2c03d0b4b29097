import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { createPrismaClient, type PrismaClient } from './prisma.ts';

let db: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  db = await createTestDatabase();
  prisma = createPrismaClient(db.url);
});
afterAll(async () => {
  await prisma.$disconnect();
  await db.drop();
});

test('a session and its refresh tokens are stored, found by hash and end with their user', async () => {
  const userId = randomUUID();
  await prisma.principal.create({ data: { id: userId, kind: 'user' } });
  const expires_on = new Date('2030-01-01T00:00:00Z');
  const token_hash = Uint8Array.from([1, 2, 255]);
  const session = await prisma.session.create({
    data: { id: randomUUID(), user_id: userId, expires_on, refresh_tokens: { create: { token_hash, expires_on } } },
  });
  const found = await prisma.refreshToken.findUnique({ where: { token_hash }, include: { session: true } });
  expect(found?.session).toMatchObject({ id: session.id, user_id: userId, expires_on, revoked_on: null });
  await db.database.run('delete from kartoteka.principal where id = $1::uuid', [userId]);
  expect(await prisma.refreshToken.count()).toBe(0);
});

test('a connection that the server ends is replaced', async () => {
  await prisma.setting.create({ data: { key: 'a', value: 'b' } });
  await db.database.run(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'kartoteka prisma'`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await prisma.setting.findUnique({ where: { key: 'a' } })).toEqual({ key: 'a', value: 'b' });
});
