// Liveness and readiness for load balancers and supervisors: no authentication, no details about the inside.
import type { FastifyInstance } from 'fastify';

export interface Readiness {
  /** Why the service is not ready, or null when it is. */
  readonly reason: string | null;
  /** What somebody should look after although requests are served. */
  readonly warning: string | null;
}

/**
 * Adds `/healthz` (the process answers) and `/readyz` (requests can be served, with a warning where there is one; 503 with the reason
 * otherwise).
 */
export function addHealthRoutes(server: FastifyInstance, readiness: () => Promise<Readiness>): void {
  server.get('/healthz', { logLevel: 'silent' }, async (_request, reply) => {
    return reply.type('application/json; charset=utf-8').send('{"status":"ok"}');
  });
  server.get('/readyz', async (_request, reply) => {
    const { reason, warning } = await readiness();
    reply.type('application/json; charset=utf-8').code(reason === null ? 200 : 503);
    const ready = { status: 'ready', ...(warning === null ? {} : { warning }) };
    return reply.send(JSON.stringify(reason === null ? ready : { status: 'not_ready', reason }));
  });
}
