// POST /auth/revoke (RFC 7009): signs out. The session of the token ends, with every token that descends from it.
import type { FastifyInstance } from 'fastify';
import type { AccessTokens } from './access-token.ts';
import { oauthForm } from './oauth-request.ts';
import type { Sessions } from './sessions.ts';

/**
 * Adds the route. A refresh token or an access token is taken; an unknown one is answered like a known one, as the RFC
 * says. `token_type_hint` is not needed: the two look different.
 */
export function addRevokeRoute(scope: FastifyInstance, tokens: AccessTokens, sessions: Sessions): void {
  scope.post('/auth/revoke', async (request, reply) => {
    const token = oauthForm(request).require('token', 2048);
    const claims = token.includes('.') ? tokens.verify(token) : null;
    if (claims !== null) await sessions.revoke(claims.sid);
    else await sessions.revokeByRefreshToken(token);
    return reply.code(200).send();
  });
}
