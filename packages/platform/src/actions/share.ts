// `share`, `modify` and `revoke`: the protocol of security/sharing.ts, for one record and for many.
import type { EntityType } from '@kartoteka/metadata';
import { LARGEST_WAVE } from '../bulk/waves.ts';
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { authorizeSharing, changeShare, changeShares, type ShareChange } from '../security/sharing.ts';
import { originOf } from '../security-log/record.ts';
import { noContent } from '../shape.ts';
import { withRetries } from '../write/database-errors.ts';
import type { Action, Order } from './types.ts';

/** The action of this name; 204 for one record. */
export function sharing(action: ShareChange['action']): Action {
  return {
    authorize: ({ principal }, entity) => authorizeSharing({ action, entity }, principal),
    read: (body) => {
      const receiver = body.id('principal_id', 'a user or team');
      return order({ action, receiver, rights: action === 'revoke' ? [] : body.rights('rights') });
    },
  };
}

type Wanted = Pick<ShareChange, 'action' | 'receiver' | 'rights'>;

function order(wanted: Wanted): Order {
  return {
    one: async (env, { entity, id }) => {
      const { model, database, principal } = env;
      const change = changeOf(env, entity, wanted);
      await withRetries(model, entity, () => database.transaction((tx) => changeShare(tx, principal, change, id)));
      return noContent(env.request, {});
    },
    many: (env, entity) => {
      const change = changeOf(env, entity, wanted);
      return {
        atOnce: LARGEST_WAVE,
        write: async (tx, items) => {
          const ids = items.map(({ id }) => id);
          const outcomes = await changeShares(tx, env.principal, change, ids);
          return outcomes.map((outcome, at) =>
            outcome instanceof PlatformError ? outcome : { status: 200, id: ids[at] ?? '', changed: outcome.changed },
          );
        },
      };
    },
  };
}

function changeOf({ request }: RequestEnvironment, entity: EntityType, wanted: Wanted): ShareChange {
  return { ...wanted, entity, origin: originOf(request) };
}
