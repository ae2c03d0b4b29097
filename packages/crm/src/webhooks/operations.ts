// What is done with a webhook beside writing its record. Who may: whoever may read it, and for the actions write it, which each of
// them does first, through the pipeline.

import { randomUUID } from 'node:crypto';
import { is, type OperationContext, type OperationDefinition, type Shape } from '@kartoteka/platform';
import { send } from './send.ts';
import { newSecret, signatureHeaders } from './signature.ts';
import { changeSecret, deliveries, replay, secretsOf } from './store.ts';
import type { WebhookOptions } from './types.ts';

const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;
const MOST = 100;

export const webhookShapes: Readonly<Record<string, Shape>> = {
  webhook_secret: {
    context: true,
    description: 'The secret that events are signed with; it is not shown again',
    members: {
      secret: is('Edm.String', 'For HMAC-SHA256, as the Standard Webhooks specification has it: `whsec_` and base64'),
    },
  },
  webhook_test: {
    context: true,
    description: 'How a test event fared',
    members: {
      received: is('Edm.Boolean', 'Whether it was answered with a status of 2xx'),
      status: is('Edm.Int32', 'HTTP status of the answer; null: there was none', NULLABLE),
      reason: is('Edm.String', 'Why it does not count as received', NULLABLE),
    },
  },
  webhook_replayed: {
    context: true,
    description: 'Deliveries that wait again',
    members: { count: is('Edm.Int32', 'How many') },
  },
  webhook_delivery: {
    description: 'A change of a record, for one webhook',
    members: {
      id: is('Edm.Guid', 'Sent as `webhook-id`, the same at every try'),
      record_id: is('Edm.Guid', 'The record'),
      operation: is('Edm.String', 'create, update, delete or restore'),
      changed_on: is('Edm.DateTimeOffset', 'When it was changed'),
      state: is('Edm.String', 'How it stands', { values: ['waiting', 'sent', 'skipped', 'dead'] }),
      attempts: is('Edm.Int32', 'How often it was sent'),
      status: is('Edm.Int32', 'HTTP status of the last answer', NULLABLE),
      reason: is('Edm.String', 'Why the last try failed, or nothing was sent', NULLABLE),
      settled_on: is('Edm.DateTimeOffset', 'When it was over', NULLABLE),
      next_try_on: is('Edm.DateTimeOffset', 'When it is tried next', NULLABLE),
    },
  },
};

const ofWebhooks = { binding: 'record', entity: ({ name }: { readonly name: string }) => name === 'webhook' } as const;

/** A write of the record: refused to whom it is not allowed, and seen in the change log. */
async function note({ engine, entity, id }: OperationContext): Promise<void> {
  await engine.update(entity?.set ?? 'webhooks', id, { last_action_on: new Date().toISOString() });
}

export function webhookOperations(options: WebhookOptions): readonly OperationDefinition[] {
  return [ROTATE_SECRET, pingOf(options), DELIVERIES, REPLAY];
}

const ROTATE_SECRET: OperationDefinition = {
  ...{ name: 'rotate_secret', kind: 'action', ...ofWebhooks, parameters: {}, returns: { shape: 'webhook_secret' } },
  summary: 'Give it a new secret',
  description: 'Answers a new secret, once. For a day events are signed with the former one, too.',
  async run(context) {
    await note(context);
    const secret = newSecret();
    await changeSecret(context.database, context.id, secret);
    return { secret };
  },
};

function pingOf({ networks: allowed, timeoutMs }: WebhookOptions): OperationDefinition {
  return {
    ...{ name: 'ping', kind: 'action', ...ofWebhooks, parameters: {}, returns: { shape: 'webhook_test' } },
    summary: 'Send a test event',
    description: 'Sends an event of the type `ping`, without data, once and at once, and answers how it fared.',
    async run(context) {
      await note(context);
      const { url } = await context.engine.get(`/${context.entity?.set}(${context.id})?$select=url`);
      const secrets = await secretsOf(context.database, context.id);
      const id = randomUUID();
      const body = JSON.stringify({ id, type: 'ping', webhook_id: context.id, data: null });
      const headers = signatureHeaders(secrets, id, Math.floor(Date.now() / 1000), body);
      const signal = new AbortController().signal;
      const { status, reason } = await send({ url, headers, body }, { allowed, timeoutMs, signal });
      return { received: reason === null, status, reason };
    },
  };
}

const DELIVERIES: OperationDefinition = {
  ...{ name: 'deliveries', kind: 'function', ...ofWebhooks, returns: { shape: 'webhook_delivery', collection: true } },
  parameters: {
    state: is('Edm.String', 'Only those in this state', {
      ...OPTIONAL,
      values: ['waiting', 'sent', 'skipped', 'dead'],
    }),
    after: is('Edm.Guid', 'Those after this one: the last of the answer before', OPTIONAL),
  },
  summary: 'What was sent',
  description: `Deliveries, the latest first, ${MOST} at a time. What was sent is kept for seven days, what is dead for thirty.`,
  async run({ database, id }, { state = null, after = null }) {
    const options = { state: state as string | null, after: after as string | null, limit: MOST };
    return { value: await deliveries(database, id, options) };
  },
};

const REPLAY: OperationDefinition = {
  ...{ name: 'replay', kind: 'action', ...ofWebhooks, returns: { shape: 'webhook_replayed' } },
  parameters: {
    ids: is('Edm.Guid', 'Deliveries; all that are dead unless given', { ...OPTIONAL, collection: true, most: 1000 }),
  },
  summary: 'Send dead deliveries again',
  description: 'Deliveries that failed for good wait again, from their first try on and under their former ids.',
  async run(context, { ids = null }) {
    await note(context);
    return { count: await replay(context.database, context.id, ids as readonly string[] | null) };
  },
};
