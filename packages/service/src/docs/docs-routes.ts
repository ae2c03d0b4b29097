// The documentation page under /api/docs: Swagger UI with a sign-in of its own, over the OpenAPI document of whoever signs in. It serves
// files of a table and nothing else, and holds no data: everybody may load it.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

export const DOCS_PATH = '/api/docs';

const PAGE = fileURLToPath(new URL('./page', import.meta.url));
const SWAGGER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Files by the name under which they are asked for, with the folder where they are. */
const FILES: Readonly<Record<string, string>> = {
  'docs.js': PAGE,
  'docs.css': PAGE,
  'swagger-ui.css': SWAGGER,
  'swagger-ui-bundle.js': SWAGGER,
};

/** Scripts, styles and requests of this service alone; nothing inline, and in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Names say no version, so that browsers ask whether a file is still the same. */
const CACHE = 'public, max-age=300, must-revalidate';

/** Adds `/api/docs` and its files. */
export function addDocsRoutes(server: FastifyInstance): void {
  server.register(async (scope) => {
    await scope.register(fastifyStatic, { root: PAGE, serve: false, cacheControl: false });
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('content-security-policy', POLICY);
      done();
    });
    scope.get(DOCS_PATH, (_request, reply) => reply.header('cache-control', CACHE).sendFile('index.html', PAGE));
    for (const [name, folder] of Object.entries(FILES)) {
      scope.get(`${DOCS_PATH}/${name}`, (_request, reply) =>
        reply.header('cache-control', CACHE).sendFile(name, folder),
      );
    }
  });
}
