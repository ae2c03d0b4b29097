// Tests that need a change log of their own making: it refuses UPDATE and DELETE otherwise.
import type { Database, Parameters, Row } from '../storage/types.ts';

/** Runs one statement with the guards of kartoteka.change_log off, in a transaction that waits for writes under way. */
export function unguardedChangeLog(
  database: Database,
  text: string,
  parameters: Parameters = [],
): Promise<readonly Row[]> {
  return database.transaction(async (tx) => {
    await tx.run('alter table kartoteka.change_log disable trigger user');
    const rows = await tx.run(text, parameters);
    await tx.run('alter table kartoteka.change_log enable trigger user');
    return rows;
  });
}
