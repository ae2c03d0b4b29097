// The calendar feeds of users, for programs that cannot sign in: whoever has the address reads it. An address that is none is not
// there, and who tries many is slowed down.
import { createHash } from 'node:crypto';
import { calendarFeed } from '@kartoteka/crm';
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance } from 'fastify';
import { TooManyAttempts } from '../auth/key-sign-in.ts';
import type { LoginThrottle } from '../auth/login-throttle.ts';
import { loggedPath } from '../log.ts';

/** Adds `/public/calendar/<token>.ics`; `publicUrl` for links to records. */
export function addCalendarRoutes(
  server: FastifyInstance,
  platform: Platform,
  throttle: LoginThrottle,
  publicUrl: string | null,
): void {
  const options = { exposeHeadRoute: true };
  server.get<{ Params: { file: string } }>('/public/calendar/:file', options, async (request, reply) => {
    const [, token] = /^([\w-]+)\.ics$/.exec(request.params.file) ?? [];
    const feed = token === undefined ? null : await calendarFeed(platform, token, { publicUrl });
    if (feed === null) {
      const { retryAfter } = await throttle.begin(request.params.file, request.ip);
      if (retryAfter > 0) throw new TooManyAttempts(retryAfter);
      throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
    }
    const etag = `"${createHash('sha256').update(feed).digest('base64url')}"`;
    // Kept by the program, asked for anew every time: what he may not read any more ends at once.
    reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding' });
    if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply
      .headers({
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'inline; filename="calendar.ics"',
      })
      .send(feed);
  });
}

function isKnown(header: string | undefined, etag: string): boolean {
  const known = (header ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
