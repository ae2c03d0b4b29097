// The secret address of one's own calendar feed: made, looked after and ended by the user himself. The secret is told once and kept
// as a hash only; what the feed shows is read with his rights whenever it is asked for.
import { createHash, randomBytes } from 'node:crypto';
import {
  type Executor,
  is,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  type Shape,
} from '@kartoteka/platform';

const NULLABLE = { nullable: true } as const;

export const feedShapes: Readonly<Record<string, Shape>> = {
  calendar_feed_address: {
    context: true,
    description: 'The address of a calendar feed, which is not shown again',
    members: { url: is('Edm.String', 'For calendar programs to subscribe to; whoever has it sees the calendar') },
  },
  calendar_feed_state: {
    context: true,
    description: 'Whether there is a calendar feed',
    members: { made_on: is('Edm.DateTimeOffset', 'When its address was made; null: there is none', NULLABLE) },
  },
};

const hashOf = (token: string): string => createHash('sha256').update(`calendar ${token}`).digest('base64url');

const TOKEN = /^[\w-]{43}$/;

/** Whose feed this is; null: nobody's. */
export async function userOfFeed(tx: Executor, token: string): Promise<string | null> {
  if (!TOKEN.test(token)) return null;
  const [row] = await tx.run(
    'select user_id::text as id from kartoteka.calendar_feed where token_hash = $1::text',
    [hashOf(token)],
    { prepare: true },
  );
  return row === undefined ? null : String(row.id);
}

/** Who acts for another does not take his calendar with him. */
function requireSelf({ principal }: OperationContext): void {
  if (principal.kind !== 'user' || principal.callerId !== undefined)
    throw new PlatformError('cannot_act_as', { reason: 'a calendar feed is made and ended by its user alone' });
}

const ofService = { kind: 'action', binding: 'service', parameters: {}, available: () => true } as const;

export function feedOperations(publicUrl: string | null): readonly OperationDefinition[] {
  return [renewOf(publicUrl), REVOKE, STATE];
}

function renewOf(publicUrl: string | null): OperationDefinition {
  return {
    ...{ name: 'renew_calendar_feed', ...ofService, returns: { shape: 'calendar_feed_address' } },
    summary: 'Make the address of the own calendar feed, or another one',
    description: 'Answers the address, once. A former one ends at once.',
    async run(context) {
      requireSelf(context);
      const token = randomBytes(32).toString('base64url');
      await context.database.run(
        `insert into kartoteka.calendar_feed (user_id, token_hash) values ($1::uuid, $2::text)
          on conflict (user_id) do update set token_hash = excluded.token_hash, made_on = now()`,
        [context.principal.id, hashOf(token)],
      );
      const { baseUrl } = context.request;
      const origin = publicUrl ?? (URL.canParse(baseUrl) ? new URL(baseUrl).origin : '');
      return { url: `${origin}/public/calendar/${token}.ics` };
    },
  };
}

const REVOKE: OperationDefinition = {
  ...{ name: 'revoke_calendar_feed', ...ofService, returns: null },
  summary: 'End the own calendar feed',
  description: 'Its address leads nowhere any more.',
  async run(context) {
    requireSelf(context);
    await context.database.run('delete from kartoteka.calendar_feed where user_id = $1::uuid', [context.principal.id]);
  },
};

const STATE: OperationDefinition = {
  ...{ name: 'calendar_feed', ...ofService, kind: 'function', returns: { shape: 'calendar_feed_state' } },
  summary: 'Whether there is a calendar feed of the caller',
  description: 'Says when its address was made, and never what it is.',
  async run({ database, principal }) {
    const [row] = await database.run(
      `select to_json(made_on)::text as made from kartoteka.calendar_feed where user_id = $1::uuid`,
      [principal.id],
    );
    return { made_on: row === undefined ? null : JSON.parse(String(row.made)) };
  },
};
