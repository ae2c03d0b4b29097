// Records that somebody lacked a capability for what he asked for. It refuses nothing itself.
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';
import type { LimitedEvents } from './limited.ts';
import { actorOf, originOf, type RequestSource } from './record.ts';

/** Records `thrown` where it is missing_capability; `resource` is what was asked for, an entity set or a route. Never throws. */
export async function recordRefusal(
  events: LimitedEvents,
  thrown: unknown,
  asked: { readonly principal: Principal; readonly request: RequestSource; readonly resource: string },
): Promise<void> {
  if (!(thrown instanceof PlatformError) || thrown.code !== 'missing_capability') return;
  const { principal, request, resource } = asked;
  const capability = thrown.values.name ?? '';
  await events.record(`${principal.id} ${capability}`, {
    kind: 'capability_refused',
    ...actorOf(principal),
    origin: originOf(request),
    details: { capability, resource },
  });
}
