// The page to which the link of an invitation leads. Looking at it changes nothing, because programs follow links of mails; its
// buttons post. Whoever has no such link finds nothing, and is slowed down when he tries many.
import { invitationView, REPLIES, replyByLink } from '@kartoteka/crm';
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { LoginThrottle } from '../auth/login-throttle.ts';
import { loggedPath } from '../log.ts';
import { acceptTextBodies } from '../request-body.ts';
import { invitationPage } from './invitation-page.ts';
import { countTry, type LinkRequest, readerLanguage, sendPage } from './links.ts';

/** Bytes of a post, which holds one word. */
const BODY_LIMIT = 1_024;

/** Adds `/public/invitations/<token>`. */
export function addInvitationRoutes(server: FastifyInstance, platform: Platform, throttle: LoginThrottle): void {
  server.register(async (scope) => {
    acceptTextBodies(scope, 'application/x-www-form-urlencoded', BODY_LIMIT);
    const path = '/public/invitations/:token';
    scope.get<{ Params: { token: string } }>(path, (request, reply) => show(request, reply, platform, throttle));
    scope.post<{ Params: { token: string } }>(path, { bodyLimit: BODY_LIMIT }, (request, reply) =>
      take(request, reply, platform, throttle),
    );
  });
}

async function show(request: LinkRequest, reply: FastifyReply, platform: Platform, throttle: LoginThrottle) {
  const view = await invitationView(platform, request.params.token, readerLanguage(request));
  if (view === null) {
    await countTry(request, throttle);
    throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
  }
  return sendPage(reply, (nonce) => invitationPage(view, nonce));
}

/** Each reply counts, so that nobody floods the organizer by pressing buttons in turn. */
async function take(request: LinkRequest, reply: FastifyReply, platform: Platform, throttle: LoginThrottle) {
  const given = new URLSearchParams(typeof request.body === 'string' ? request.body : '').getAll('reply');
  const answer = REPLIES.find((value) => given.length === 1 && given[0] === value);
  if (answer === undefined)
    throw new PlatformError(
      'invalid_value',
      { name: 'reply', reason: `one of ${REPLIES.join(', ')} is needed` },
      { target: 'reply' },
    );
  await countTry(request, throttle);
  if (await replyByLink(platform, request.params.token, answer)) return show(request, reply, platform, throttle);
  throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
}
