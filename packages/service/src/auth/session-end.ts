// The end of sessions: by the database's clock, announced to every node and recorded, all in one transaction.
import type { Prisma, PrismaClient } from '@kartoteka/platform';
import { type Doer, recordIn, userTarget } from './recorded.ts';

/** Who ends a session, and what that is called. */
export interface SessionEnder extends Doer {
  readonly kind: 'sign_out' | 'session_revoked' | 'refresh_token_reused';
  /** What made it end, where nobody asked for it. */
  readonly reason?: string;
}

/** One session, or all of a user except one. */
export type Ended = { readonly id: string } | { readonly user: string; readonly except: string | null };

/** Ends what is not ended already. */
export async function endSessions(prisma: PrismaClient, which: Ended, by: SessionEnder): Promise<void> {
  await prisma.$transaction((tx) => endIn(tx, which, by));
}

async function endIn(tx: Prisma.TransactionClient, which: Ended, by: SessionEnder): Promise<void> {
  const [id, user, except] = 'id' in which ? [which.id, null, null] : [null, which.user, which.except];
  const ended = await tx.$queryRaw<{ id: string; user_id: string }[]>`
    with ended as (
      update kartoteka.session set revoked_on = now()
      where (id = ${id}::uuid or user_id = ${user}::uuid and id is distinct from ${except}::uuid) and revoked_on is null
      returning id, user_id
    )
    select id::text as id, user_id::text as user_id, pg_notify('kartoteka_session', id::text)::text as told from ended`;
  const { kind, reason, actorId, origin } = by;
  const because = reason === undefined ? {} : { reason };
  const events = ended.map((session) => ({
    kind,
    // Who shows a token of the session is its user.
    actorId: kind === 'sign_out' ? session.user_id : actorId,
    ...(origin === undefined ? {} : { origin }),
    target: userTarget(session.user_id),
    details: { session_id: session.id, ...because },
  }));
  await recordIn(tx, ...events);
}
