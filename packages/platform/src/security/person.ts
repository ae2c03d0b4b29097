// How the caller is called, for a page that greets him: his own record's title and address, whatever else he may read. Nothing of others.
import type { Model } from '@kartoteka/metadata';
import { quoteIdentifier, tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { DIRECTORY } from './directory.ts';
import type { Principal } from './types.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Empty where his record has none. */
  readonly email: string;
}

/** The address that people sign in with. */
const EMAIL = 'email';

/** One statement by primary key. */
export async function personOf(database: Executor, model: Model, { id }: Principal): Promise<Person> {
  const entity = model.entities.get(DIRECTORY.user);
  if (entity === undefined) throw new Error('There is no entity for users');
  const column = (name: string): string => {
    const found = entity.properties.get(name);
    return found === undefined || found.column === '' ? "''" : quoteIdentifier(found.column);
  };
  const [row] = await database.run(
    `select ${column(entity.title)} as name, ${column(EMAIL)} as email from ${tableOf(entity)} where id = $1`,
    [id],
    { prepare: true },
  );
  return { id, name: String(row?.name ?? ''), email: String(row?.email ?? '') };
}
