// Serves the built web application (packages/web/dist): its page for every address that is nobody else's, its files with hashed names for
// ever. The page's policy lets scripts and styles of this service alone run; style elements carry the answer's own nonce.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DOCS_PATH } from '../docs/docs-routes.ts';
import { loggedPath } from '../log.ts';

/** Where `npm run build:web` leaves it. */
export const WEB_BUILD = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** What stands for the nonce in index.html. */
const NONCE = '__CSP_NONCE__';
/** Names say the content. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Names of files of the build: all are in one folder. */
const ASSET = /^[\w.-]+$/;
/** Addresses that are no page: whoever asks there for something unknown is told so. */
const NO_PAGE = /^\/(?:api|auth|assets|docs|healthz|readyz)(?:\/|$)/;

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Adds the routes; where nothing is built, `GET /` leads to the documentation. `folder`: the build. */
export function addWebRoutes(server: FastifyInstance, folder = WEB_BUILD): void {
  const index = `${folder}/index.html`;
  if (!existsSync(index)) {
    server.get('/', (_request, reply) => reply.redirect(DOCS_PATH));
    return;
  }
  const html = readFileSync(index, 'utf8');
  server.register(async (scope) => {
    await scope.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, preCompressed: true });
    scope.get<{ Params: { '*': string } }>('/assets/*', (request, reply) => {
      const name = request.params['*'];
      if (!ASSET.test(name)) throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
      return reply.header('cache-control', FOR_EVER).sendFile(`assets/${name}`);
    });
    scope.get('/favicon.svg', (_request, reply) =>
      reply.header('cache-control', 'public, max-age=3600').sendFile('favicon.svg'),
    );
    scope.get('/', (_request, reply) => sendPage(reply, html));
    scope.get('/*', (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '';
      // Programs that lost their way are not helped by a page.
      const isPage = request.headers.accept?.includes('text/html') === true && !NO_PAGE.test(path);
      if (!isPage) throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
      return sendPage(reply, html);
    });
  });
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': policy(nonce),
    'cross-origin-opener-policy': 'same-origin',
  });
  return reply.send(html.replace(NONCE, nonce));
}
