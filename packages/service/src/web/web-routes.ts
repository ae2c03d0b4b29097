// Serves the built web application (packages/web/dist): its page for every address that is nobody else's, its files with hashed names for
// ever. The page's policy lets scripts and styles of this service alone run; style elements carry the answer's own nonce.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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

/** What people are told where the application is not built; the address stays, so that reloading is enough once it is. */
const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kartoteka is not built</title></head>
<body>
<h1>The web application is not built</h1>
<p>The service runs, and its API answers. To have the application, run <code>npm run build:web</code> where the service is installed, and start the service again.</p>
<p><a href="${DOCS_PATH}">Documentation of the API</a></p>
</body>
</html>
`;

/** Adds the routes; where nothing is built, pages say how it is. `folder`: the build. */
export function addWebRoutes(server: FastifyInstance, folder = WEB_BUILD): void {
  const index = `${folder}/index.html`;
  if (!existsSync(index)) {
    server.get('/', (_request, reply) => sendNotBuilt(reply));
    server.get('/*', (request, reply) => sendNotBuilt(pageAsked(request, reply)));
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
    scope.get('/*', (request, reply) => sendPage(pageAsked(request, reply), html));
  });
}

/** The answer, where a page is asked for: programs that lost their way are not helped by one. */
function pageAsked(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? '';
  const isPage = request.headers.accept?.includes('text/html') === true && !NO_PAGE.test(path);
  if (!isPage) throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
  return reply;
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  reply.code(503).headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  });
  return reply.send(NOT_BUILT);
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
