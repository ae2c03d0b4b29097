// POST /auth/revoke (RFC 7009): signs out. The session of the token ends, with every token that descends from it. A token of
// an API key has no session: it ends with its key.
import type { FastifyInstance } from 'fastify';
import type { AccessTokens } from './access-token.ts';
import { OAuthError, oauthForm, refuseClientSecret } from './oauth-request.ts';
import { originIn } from './recorded.ts';
import type { Sessions } from './sessions.ts';

/**
 * Adds the route. A refresh token or an access token is taken; an unknown one is answered like a known one, as the RFC
 * says. `token_type_hint` is not needed: the two look different.
 */
export function addRevokeRoute(scope: FastifyInstance, tokens: AccessTokens, sessions: Sessions): void {
  scope.post('/auth/revoke', async (request, reply) => {
    const form = oauthForm(request);
    refuseClientSecret(request, form);
    const token = form.require('token', 2048);
    const claims = token.includes('.') ? tokens.verify(token) : null;
    if (claims?.isOfKey === true) {
      throw new OAuthError('unsupported_token_type', 'A token of an API key ends with its key: revoke the key');
    }
    const by = { kind: 'sign_out', actorId: null, origin: originIn(request, claims?.client ?? null) } as const;
    if (claims !== null) await sessions.revoke(claims.sid, by);
    else await sessions.revokeByRefreshToken(token, by);
    return reply.code(200).send();
  });
}
