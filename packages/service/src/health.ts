// Liveness and readiness for load balancers and supervisors: no authentication, no details about the inside.
import type { FastifyInstance } from 'fastify';

/** Why the service is not ready, or null when it is. */
export type ReadinessCheck = () => Promise<string | null>;

/** Adds `/healthz` (the process answers) and `/readyz` (requests can be served; 503 with the reason otherwise). */
export function addHealthRoutes(server: FastifyInstance, readiness: ReadinessCheck): void {
  server.get('/healthz', { logLevel: 'silent' }, async (_request, reply) => {
    return reply.type('application/json; charset=utf-8').send('{"status":"ok"}');
  });
  server.get('/readyz', async (_request, reply) => {
    const reason = await readiness();
    reply.type('application/json; charset=utf-8').code(reason === null ? 200 : 503);
    return reply.send(JSON.stringify(reason === null ? { status: 'ready' } : { status: 'not_ready', reason }));
  });
}
