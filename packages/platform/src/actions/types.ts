// What an action on records is, alone or on many. Types only.
import type { EntityType } from '@kartoteka/metadata';
import type { WriteItems } from '../bulk/types.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import type { QueryOptions } from '../request/query-options.ts';
import type { ActionBody } from './body.ts';

/** A record of a request for many. */
export interface ActionItem {
  /** Position in the request, from 0. */
  readonly index: number;
  readonly id: string;
}

/** How an action is carried out on many records. */
export interface ManyAction {
  /** Records acted on at once at most. */
  readonly atOnce: number;
  readonly write: WriteItems<ActionItem>;
}

export interface Action {
  /** Of one record: a new version of it comes about, so that If-Match counts. */
  readonly versioned?: true;
  /** Query options that count for one record; none where it is left out. */
  readonly options?: ReadonlySet<keyof QueryOptions>;
  /** Throws what refuses the action for every record of the entity: action_not_applicable, missing_privilege. */
  authorize(env: RequestEnvironment, entity: EntityType): void;
  /** What the body orders, beside the ids of many records. */
  read(body: ActionBody): Order;
}

/** An action that knows what to do. */
export interface Order {
  one(env: RequestEnvironment, target: { readonly entity: EntityType; readonly id: string }): Promise<EngineResponse>;
  many(env: RequestEnvironment, entity: EntityType): ManyAction;
}
