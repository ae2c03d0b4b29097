// Sends what waits for one webhook, as long as anything is due and the run is not told to end. One run per webhook is under way in
// all nodes together (the job's key), so that the order within a record is that of the log.
import { type JobContext, PlatformError, type Principal, systemPrincipal } from '@kartoteka/platform';
import { bodyOf, MOST_BODY, readAs } from './payload.ts';
import { send } from './send.ts';
import { signatureHeaders } from './signature.ts';
import {
  type Delivery,
  dueDeliveries,
  holdBack,
  type Outcome,
  readChanges,
  type State,
  settle,
  stateOf,
} from './store.ts';
import type { Webhook, WebhookOptions } from './types.ts';

/** Deliveries of different records that are under way together. What a node had under way when it was killed is sent twice. */
const TOGETHER = 4;
/** After so many failures in a row the receiver counts as not there, and is left alone for a while. */
const FAILURES_IN_A_ROW = 5;
const MOST_PAUSE_MS = 60_000;
const MOST_DELAY_MS = 6 * 3_600_000;
/** A run ends after this time, so that webhooks that wait for their turn get it. */
const RUN_MS = 20_000;

export async function deliverAll(context: JobContext, webhookId: string, options: WebhookOptions): Promise<void> {
  const { database, signal } = context;
  const until = performance.now() + RUN_MS;
  while (!signal.aborted && performance.now() < until) {
    const state = await stateOf(database, webhookId);
    if (state === null) return;
    await readChanges(database, webhookId);
    const due = await dueDeliveries(database, webhookId, TOGETHER * 8);
    if (due.length === 0) return;
    const webhook = await webhookOf(context, webhookId);
    if (webhook === null || webhook.status !== 'active') return;
    if (await sendBatch(context, webhook, state, due, options)) return;
  }
}

/** The record; null when it is deleted. */
async function webhookOf({ platform }: JobContext, id: string): Promise<Webhook | null> {
  const { set } = platform.model().entities.get('webhook') ?? { set: 'webhooks' };
  const query = `$filter=id eq ${id}`.replaceAll(' ', '%20');
  const { value } = (await readAs(platform, systemPrincipal(), `/${set}`, query)) as { value: readonly Webhook[] };
  return value[0] ?? null;
}

/** True: the receiver seems not to be there, and the run is over. */
async function sendBatch(
  context: JobContext,
  webhook: Webhook,
  state: State,
  due: readonly Delivery[],
  options: WebhookOptions,
): Promise<boolean> {
  const owner = await context.platform.principals.get(webhook.owner_id);
  const waiting = [...due];
  let failures = state.failures;
  const worker = async (): Promise<void> => {
    for (;;) {
      if (context.signal.aborted || failures >= FAILURES_IN_A_ROW + state.failures) return;
      const delivery = waiting.shift();
      if (delivery === undefined) return;
      const outcome = await deliver(context, webhook, state, delivery, owner, options);
      // Told to stop: what was under way is sent again by the next run, under the same id.
      if (context.signal.aborted && outcome.state !== 'sent') return;
      await settle(context.database, webhook.id, delivery.id, outcome);
      if (outcome.state === 'sent') failures = state.failures;
      else if (outcome.state !== 'skipped') failures += 1;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  if (failures < FAILURES_IN_A_ROW + state.failures) return false;
  const rounds = Math.floor(failures / FAILURES_IN_A_ROW);
  await holdBack(
    context.database,
    webhook.id,
    Math.min(options.delayMs * 2 ** Math.min(rounds - 1, 10), MOST_PAUSE_MS),
  );
  return true;
}

async function deliver(
  { platform, signal }: JobContext,
  webhook: Webhook,
  { secrets }: State,
  delivery: Delivery,
  owner: Principal | null,
  options: WebhookOptions,
): Promise<Outcome> {
  let body: string | null;
  try {
    body = await bodyOf(platform, owner, webhook, delivery);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.status >= 500) throw error;
    return again(delivery, null, `The record cannot be read as the webhook says: ${error.message}`, options);
  }
  if (body === null)
    return {
      state: 'skipped',
      status: null,
      reason: 'The owner may not read the record, or it does not match the filter',
    };
  if (Buffer.byteLength(body) > MOST_BODY)
    return { state: 'dead', status: null, reason: `The event has more than ${MOST_BODY} bytes; choose properties` };
  const headers = signatureHeaders(secrets, delivery.id, Math.floor(Date.now() / 1000), body);
  const { networks: allowed, timeoutMs } = options;
  const { status, reason } = await send({ url: webhook.url, headers, body }, { allowed, timeoutMs, signal });
  return reason === null ? { state: 'sent', status, reason } : again(delivery, status, reason, options);
}

/** It is tried again later, until it has been often enough. */
function again({ attempts }: Delivery, status: number | null, reason: string, options: WebhookOptions): Outcome {
  if (attempts >= options.retries) return { state: 'dead', status, reason };
  const delayMs = Math.min(options.delayMs * 2 ** attempts, MOST_DELAY_MS) * (0.75 + Math.random() / 2);
  return { state: 'waiting', status, reason, delayMs };
}
