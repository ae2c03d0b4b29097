// The link of mails to many by which people have no more of them. Looking changes nothing, because programs follow links of mails; the
// button posts, and so do mail programs by themselves when their user asks them (RFC 8058), with a body that says nothing else.
import { isUnsubscribed, unsubscribe } from '@kartoteka/crm';
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { LoginThrottle } from '../auth/login-throttle.ts';
import { loggedPath } from '../log.ts';
import { acceptTextBodies } from '../request-body.ts';
import { STYLE } from './form-page.ts';
import { countTry, type LinkRequest, readerLanguage, sendPage } from './links.ts';

const BODY_LIMIT = 1_024;

const TEXTS = {
  en: {
    title: 'E-mails',
    ask: 'Have no more such e-mails?',
    button: 'No more e-mails',
    done: 'You get no more such e-mails.',
  },
  ru: {
    title: 'Письма',
    ask: 'Больше не получать такие письма?',
    button: 'Не получать',
    done: 'Вы больше не будете получать такие письма.',
  },
} as const;

/** Adds `/public/unsubscribe/<token>`. */
export function addUnsubscribeRoutes(server: FastifyInstance, platform: Platform, throttle: LoginThrottle): void {
  server.register(async (scope) => {
    acceptTextBodies(scope, ['application/x-www-form-urlencoded', 'multipart/form-data'], BODY_LIMIT);
    const path = '/public/unsubscribe/:token';
    scope.get<{ Params: { token: string } }>(path, async (request, reply) => {
      const state = await isUnsubscribed(platform, request.params.token);
      return state === null ? refuse(request, throttle) : show(request, reply, state);
    });
    scope.post<{ Params: { token: string } }>(path, { bodyLimit: BODY_LIMIT }, async (request, reply) =>
      (await unsubscribe(platform, request.params.token)) ? show(request, reply, true) : refuse(request, throttle),
    );
  });
}

async function refuse(request: LinkRequest, throttle: LoginThrottle): Promise<never> {
  await countTry(request, throttle);
  throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
}

function show(request: LinkRequest, reply: FastifyReply, isDone: boolean): FastifyReply {
  const language = readerLanguage(request) ?? 'en';
  const words = TEXTS[language];
  const body = isDone
    ? `<p role="status">${words.done}</p>`
    : `<p>${words.ask}</p><form method="post"><button>${words.button}</button></form>`;
  return sendPage(
    reply,
    (
      nonce,
    ) => `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${words.title}</title><style nonce="${nonce}">${STYLE}</style></head><body><h1>${words.title}</h1>${body}</body></html>`,
  );
}
