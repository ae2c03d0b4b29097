// Security events of what Prisma Client writes: in its transaction, through the platform's one statement.
import { type Origin, originOf, type Prisma, recordSecurityEvent, type SecurityEvent } from '@kartoteka/platform';
import type { FastifyRequest } from 'fastify';

/** Who does something to credentials, keys or sessions, and from where. */
export interface Doer {
  /** Null: the product itself. */
  readonly actorId: string | null;
  readonly origin?: Origin;
}

/** Records events in a transaction of Prisma Client. */
export async function recordIn(tx: Prisma.TransactionClient, ...events: readonly SecurityEvent[]): Promise<void> {
  const run = async (text: string, parameters: readonly (string | null)[] = []): Promise<readonly never[]> => {
    await tx.$executeRawUnsafe(text, ...parameters);
    return [];
  };
  await recordSecurityEvent({ run }, ...events);
}

/** Where a request came from. `client` is known by whoever is signed in, or wants to be. */
export function originIn(request: FastifyRequest, client: string | null = request.caller?.client ?? null): Origin {
  return originOf({ client, headers: request.headers, sender: request });
}

/** The caller of a request as who does what it asks for. */
export function doerOf(request: FastifyRequest): Doer {
  return { actorId: request.caller?.principal.id ?? null, origin: originIn(request) };
}

/** The user as the target of an event. */
export function userTarget(id: string): { readonly entity: string; readonly id: string } {
  return { entity: 'user', id };
}
