// The secret that signs access tokens: given by the operator, or made once and kept in the database so that all nodes
// agree. It never goes into a log or an answer.
import { randomBytes } from 'node:crypto';
import type { Database } from '@kartoteka/platform';

const KEY = 'jwt_secret';

/** The operator's secret, or the database's, which the first node that asks makes (48 random bytes, base64url). */
export async function jwtSecret(database: Database, given: string | null): Promise<string> {
  if (given !== null) return given;
  const made = randomBytes(48).toString('base64url');
  await database.run('insert into kartoteka.setting (key, value) values ($1, $2) on conflict (key) do nothing', [
    KEY,
    made,
  ]);
  const [row] = await database.run('select value from kartoteka.setting where key = $1', [KEY]);
  if (typeof row?.value !== 'string') throw new Error('The secret of access tokens cannot be read');
  return row.value;
}
