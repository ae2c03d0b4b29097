// Sends what comes into an inbox by mail as well, to those who want that. It is there only where mail is set up, and adds the mails in
// the transaction of the entries: two statements for any number of them.
import type { EntityType } from '@kartoteka/metadata';
import type { Hook, HookContext, WrittenRecord } from '@kartoteka/platform';
import { isMailAddress } from './address.ts';
import { enqueueMails } from './send.ts';
import type { Mail, MailOptions } from './types.ts';

export function notificationMailHook({ publicUrl }: Pick<MailOptions, 'publicUrl'>): Hook {
  return {
    entity: 'notification',
    operations: ['create'],
    after: async (context, records) => {
      const users = await recipients(context, [...new Set(records.map(({ after }) => String(after?.owner_id)))]);
      const mails = records.flatMap((record) => {
        const user = users.get(String(record.after?.owner_id));
        return user === undefined ? [] : [mailOf(record, user, linkOf(context, record, publicUrl))];
      });
      if (mails.length > 0) await enqueueMails(context.tx, mails);
    },
  };
}

interface Recipient {
  readonly address: string;
  readonly name: string;
}

/** Of the users those who are active persons and want mail. */
async function recipients({ model, tx }: HookContext, ids: readonly string[]): Promise<ReadonlyMap<string, Recipient>> {
  const user = model.entities.get('user');
  const columns = user === undefined ? null : columnsOf(user);
  if (user === undefined || columns === null) return new Map();
  const { email, full_name, active, service_principal, notify_by_email } = columns;
  const rows = await tx.run(
    `select id::text as id, ${email} as email, ${full_name} as name from data."${user.table}"
      where id in (select json_array_elements_text($1::json)::uuid) and ${active} and not ${service_principal} and ${notify_by_email}`,
    [JSON.stringify(ids)],
    { prepare: true },
  );
  return new Map(
    rows
      .filter(({ email }) => isMailAddress(String(email)))
      .map((row) => [String(row.id), { address: String(row.email), name: String(row.name) }]),
  );
}

const NEEDED = ['email', 'full_name', 'active', 'service_principal', 'notify_by_email'] as const;

/** Quoted; null where an administrator's documents have taken one away. */
function columnsOf(user: EntityType): Record<(typeof NEEDED)[number], string> | null {
  const found = NEEDED.map((name) => [name, user.properties.get(name)?.column] as const);
  if (found.some(([, column]) => column == null)) return null;
  return Object.fromEntries(found.map(([name, column]) => [name, `"${column}"`])) as Record<
    (typeof NEEDED)[number],
    string
  >;
}

function mailOf({ id, after }: WrittenRecord, to: Recipient, link: string | null): Mail {
  const subject = String(after?.subject);
  const parts = [subject, after?.text, link].filter((part) => typeof part === 'string' && part !== '');
  return { key: `notification ${id}`, to, subject, text: parts.join('\n\n') };
}

/** The page of the record that it is about. */
function linkOf({ model }: HookContext, { after }: WrittenRecord, publicUrl: string | null): string | null {
  const about = model.entities.get(String(after?.regarding_type));
  if (publicUrl === null || about === undefined || typeof after?.regarding_id !== 'string') return null;
  return `${publicUrl}/records/${about.set}/${after.regarding_id}`;
}
