// The page to which the link of an invitation leads. Looking at it changes nothing, because programs follow links of mails; its
// buttons post. Whoever has no such link finds nothing, and is slowed down when he tries many.
import { randomBytes } from 'node:crypto';
import { invitationView, REPLIES, replyByLink } from '@kartoteka/crm';
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TooManyAttempts } from '../auth/key-sign-in.ts';
import type { LoginThrottle } from '../auth/login-throttle.ts';
import { loggedPath } from '../log.ts';
import { acceptTextBodies } from '../request-body.ts';
import { invitationPage } from './invitation-page.ts';

/** Bytes of a post, which holds one word. */
const BODY_LIMIT = 1_024;

type InvitationRequest = FastifyRequest<{ Params: { token: string } }>;

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

async function show(request: InvitationRequest, reply: FastifyReply, platform: Platform, throttle: LoginThrottle) {
  const view = await invitationView(platform, request.params.token, languageOf(request));
  if (view === null) {
    await count(request, throttle);
    throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
  }
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
  return reply
    .header('content-security-policy', policy)
    .header('content-type', 'text/html; charset=utf-8')
    .send(invitationPage(view, nonce));
}

/** Each reply counts, so that nobody floods the organizer by pressing buttons in turn. */
async function take(request: InvitationRequest, reply: FastifyReply, platform: Platform, throttle: LoginThrottle) {
  const given = new URLSearchParams(typeof request.body === 'string' ? request.body : '').getAll('reply');
  const answer = REPLIES.find((value) => given.length === 1 && given[0] === value);
  if (answer === undefined)
    throw new PlatformError(
      'invalid_value',
      { name: 'reply', reason: `one of ${REPLIES.join(', ')} is needed` },
      { target: 'reply' },
    );
  await count(request, throttle);
  if (await replyByLink(platform, request.params.token, answer)) return show(request, reply, platform, throttle);
  throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
}

/** @throws TooManyAttempts */
async function count({ params, ip }: InvitationRequest, throttle: LoginThrottle): Promise<void> {
  const { retryAfter } = await throttle.begin(params.token, ip);
  if (retryAfter > 0) throw new TooManyAttempts(retryAfter);
}

/** As the reader's browser asks; undefined: as the mail was written. */
function languageOf({ headers }: FastifyRequest): 'en' | 'ru' | undefined {
  const [, language] = /^\s*(en|ru)\b/i.exec(headers['accept-language'] ?? '') ?? [];
  return language?.toLowerCase() as 'en' | 'ru' | undefined;
}
