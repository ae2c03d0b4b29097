// What is kept of webhooks beside their records: how far the change log is read, what waits to be sent, how it fares. All SQL of
// webhooks is here; whoever calls it has judged already.
import type { Executor } from '@kartoteka/platform';

export interface Delivery {
  readonly id: string;
  readonly recordId: string;
  readonly operation: string;
  readonly changed: readonly string[];
  readonly changedOn: string;
  /** How often it was sent before. */
  readonly attempts: number;
}

export interface State {
  readonly secrets: readonly string[];
  readonly failures: number;
  /** Hours since which nothing was received; 0 when the last one was. */
  readonly failingHours: number;
}

/** Webhooks for which there is something to do now: changes not yet read, or something to send. One statement for all of them. */
export async function webhooksWithWork(tx: Executor): Promise<readonly string[]> {
  const rows = await tx.run(WITH_WORK, [], { prepare: true });
  return rows.map(({ id }) => String(id));
}

/**
 * Changes that the snapshot `seen` did not see: those of transactions that began later, and of the few under way then. What is not
 * committed yet is not seen by this statement either, and found by a later one (ADR 11).
 */
const UNSEEN = `c.entity = s.entity and c.operation = any(s.operations) and not pg_visible_in_snapshot(c.xid, s.seen)
  and (c.xid >= pg_snapshot_xmax(s.seen) or c.xid = any(array(select pg_snapshot_xip(s.seen))))`;

const WITH_WORK = `select s.webhook_id::text as id from kartoteka.webhook_state s
  where s.is_active and s.not_before <= now()
    and (exists (select from kartoteka.webhook_delivery d where d.webhook_id = s.webhook_id and d.state = 'waiting' and d.not_before <= now())
      or exists (select from kartoteka.change_log c where ${UNSEEN}))`;

/**
 * Makes deliveries of what has changed since the log was read last, and remembers how far it is read: both or none. Only ids pass.
 * A statement of one snapshot, so that nothing is missed or taken twice, whatever is open meanwhile.
 */
export async function readChanges(tx: Executor, webhookId: string): Promise<void> {
  await tx.run(READ_CHANGES, [webhookId], { prepare: true });
}

const READ_CHANGES = `with s as (
    select webhook_id, entity, operations, seen from kartoteka.webhook_state where webhook_id = $1::uuid and is_active
  ), moved as (
    update kartoteka.webhook_state w set seen = pg_current_snapshot() from s
    where w.webhook_id = s.webhook_id and w.seen::text = s.seen::text and exists (select from kartoteka.change_log c where ${UNSEEN})
    returning w.webhook_id
  )
  insert into kartoteka.webhook_delivery (webhook_id, record_id, operation, changed, changed_on)
  select s.webhook_id, c.record_id, c.operation,
    array(select jsonb_object_keys(coalesce(c.before, '{}') || coalesce(c.after, '{}'))), c.at
  from s join moved using (webhook_id) join kartoteka.change_log c on ${UNSEEN}
  order by c.id`;

/**
 * What may be sent now: of each record the earliest that waits, once its time has come. One that is tried again holds up its record
 * and no other.
 */
export async function dueDeliveries(tx: Executor, webhookId: string, limit: number): Promise<readonly Delivery[]> {
  const rows = await tx.run(DUE, [webhookId, String(limit)], { prepare: true });
  return rows.map(({ delivery }) => JSON.parse(String(delivery)) as Delivery);
}

const DUE = `select json_build_object('id', id, 'recordId', record_id, 'operation', operation, 'changed', changed, 'changedOn', changed_on,
    'attempts', attempts)::text as delivery
  from kartoteka.webhook_delivery d
  where webhook_id = $1::uuid and state = 'waiting' and not_before <= now() and not exists (
    select from kartoteka.webhook_delivery e
    where e.webhook_id = d.webhook_id and e.record_id = d.record_id and e.seq < d.seq and e.state = 'waiting')
  order by seq limit $2::int`;

/** Null when the webhook is gone or not active any more. */
export async function stateOf(tx: Executor, webhookId: string): Promise<State | null> {
  const [row] = await tx.run(STATE, [webhookId], { prepare: true });
  return row === undefined ? null : (JSON.parse(String(row.state)) as State);
}

const STATE = `select json_build_object('failures', failures,
    'secrets', case when former_until > now() then json_build_array(secret, former_secret) else json_build_array(secret) end,
    'failingHours', coalesce(extract(epoch from now() - failing_since) / 3600, 0))::text as state
  from kartoteka.webhook_state where webhook_id = $1::uuid and is_active`;

/** Secrets to sign with, of a webhook in whatever status; none where it is gone. */
export async function secretsOf(tx: Executor, webhookId: string): Promise<readonly string[]> {
  const rows = await tx.run(
    `select secret from kartoteka.webhook_state where webhook_id = $1::uuid
      union all select former_secret from kartoteka.webhook_state where webhook_id = $1::uuid and former_until > now()`,
    [webhookId],
  );
  return rows.map(({ secret }) => String(secret));
}

export interface Outcome {
  readonly state: 'sent' | 'skipped' | 'dead' | 'waiting';
  readonly status: number | null;
  readonly reason: string | null;
  /** Milliseconds until it is tried again; of one that waits. */
  readonly delayMs?: number;
}

/** Records how a delivery went, and what that says of its webhook. */
export async function settle(tx: Executor, webhookId: string, id: string, outcome: Outcome): Promise<void> {
  const { state, status, reason, delayMs = 0 } = outcome;
  await tx.run(
    SETTLE,
    [webhookId, id, state, status === null ? null : String(status), reason, String(delayMs / 1000)],
    {
      prepare: true,
    },
  );
}

const SETTLE = `with settled as (
    update kartoteka.webhook_delivery set state = $3::text, status = $4::int, reason = $5::text,
      attempts = attempts + case when $3::text = 'skipped' then 0 else 1 end, not_before = now() + make_interval(secs => $6::float8),
      settled_on = case when $3::text = 'waiting' then null else now() end
    where id = $2::uuid and state = 'waiting'
    returning webhook_id
  )
  update kartoteka.webhook_state s set failures = case when $3::text = 'sent' then 0 else failures + 1 end,
    failing_since = case when $3::text = 'sent' then null else coalesce(failing_since, now()) end
  from settled where s.webhook_id = $1::uuid and $3::text <> 'skipped' and (s.failures > 0 or $3::text <> 'sent')`;

/** Sends nothing before some time is over: the receiver seems not to be there. */
export async function holdBack(tx: Executor, webhookId: string, ms: number): Promise<void> {
  await tx.run(
    `update kartoteka.webhook_state set not_before = now() + make_interval(secs => $2::float8) where webhook_id = $1::uuid`,
    [webhookId, String(ms / 1000)],
  );
}

/** Whether the receiver of this webhook was told of the record before: what it knows already, it may be told to be gone. */
export async function wasTold(tx: Executor, webhookId: string, recordId: string): Promise<boolean> {
  const rows = await tx.run(
    `select from kartoteka.webhook_delivery where webhook_id = $1::uuid and record_id = $2::uuid and state = 'sent' limit 1`,
    [webhookId, recordId],
  );
  return rows.length > 0;
}

export interface Subscription {
  readonly id: string;
  readonly entity: string;
  readonly operations: readonly string[];
  readonly isActive: boolean;
}

/** A webhook that was made: it tells of what commits after its own transaction. */
export async function addState(tx: Executor, subscription: Subscription, secret: string): Promise<void> {
  const { id, entity, operations, isActive } = subscription;
  await tx.run(
    `insert into kartoteka.webhook_state (webhook_id, entity, operations, is_active, secret)
      values ($1::uuid, $2::text, array(select json_array_elements_text($3::json)), $4::boolean, $5::text)`,
    [id, entity, JSON.stringify(operations), String(isActive), secret],
  );
}

/** Null: as before. `isAnew`: what happened until now is not told. */
export async function changeState(
  tx: Executor,
  id: string,
  changes: {
    readonly operations: readonly string[] | null;
    readonly isActive: boolean | null;
    readonly isAnew: boolean;
  },
): Promise<void> {
  const { operations, isActive, isAnew } = changes;
  await tx.run(
    `update kartoteka.webhook_state set
      operations = case when $2::json is null then operations else array(select json_array_elements_text($2::json)) end,
      is_active = coalesce($3::boolean, is_active), seen = case when $4::boolean then pg_current_snapshot() else seen end,
      not_before = now(), failures = case when $3::boolean then 0 else failures end,
      failing_since = case when $3::boolean then null else failing_since end
    where webhook_id = $1::uuid`,
    [
      id,
      operations === null ? null : JSON.stringify(operations),
      isActive === null ? null : String(isActive),
      String(isAnew),
    ],
  );
}

/** The new secret counts at once; the former one for a day more. */
export async function changeSecret(tx: Executor, id: string, secret: string): Promise<void> {
  await tx.run(
    `update kartoteka.webhook_state set former_secret = secret, former_until = now() + interval '1 day', secret = $2::text
      where webhook_id = $1::uuid`,
    [id, secret],
  );
}

/** What was and will be sent, the latest first; `after` is the id of the last one of the page before. */
export async function deliveries(
  tx: Executor,
  webhookId: string,
  options: { readonly state: string | null; readonly limit: number; readonly after: string | null },
): Promise<readonly unknown[]> {
  const rows = await tx.run(
    `select json_build_object('id', id, 'record_id', record_id, 'operation', operation, 'changed_on', changed_on,
        'state', state, 'attempts', attempts, 'status', status, 'reason', reason, 'settled_on', settled_on,
        'next_try_on', case when state = 'waiting' then not_before end)::text as delivery
      from kartoteka.webhook_delivery where webhook_id = $1::uuid and ($2::text is null or state = $2::text)
        and ($4::uuid is null or seq < (select seq from kartoteka.webhook_delivery where id = $4::uuid and webhook_id = $1::uuid))
      order by seq desc limit $3::int`,
    [webhookId, options.state, String(options.limit), options.after],
  );
  return rows.map(({ delivery }) => JSON.parse(String(delivery)) as unknown);
}

/** Dead deliveries wait again, these or all; how many there were. */
export async function replay(tx: Executor, webhookId: string, ids: readonly string[] | null): Promise<number> {
  const rows = await tx.run(
    `with again as (
      update kartoteka.webhook_delivery set state = 'waiting', attempts = 0, not_before = now(), settled_on = null
      where webhook_id = $1::uuid and state = 'dead' and ($2::json is null or id in (select json_array_elements_text($2::json)::uuid))
      returning id
    ), told as (update kartoteka.webhook_state set not_before = now() where webhook_id = $1::uuid)
    select count(*)::text as count from again`,
    [webhookId, ids === null ? null : JSON.stringify(ids)],
  );
  return Number(rows[0]?.count ?? 0);
}

const SENT_DAYS = 7;
const DEAD_DAYS = 30;
const BATCH = 5_000;

/** Removes what was settled long ago, and all of webhooks whose records are gone for good. */
export async function purgeDeliveries(tx: Executor, isStopped: () => boolean): Promise<void> {
  for (;;) {
    const rows = await tx.run(
      `with old as (select id from kartoteka.webhook_delivery
          where settled_on < now() - make_interval(days => case when state = 'dead' then ${DEAD_DAYS} else ${SENT_DAYS} end) limit ${BATCH})
        delete from kartoteka.webhook_delivery d using old where d.id = old.id returning d.id::text`,
    );
    if (rows.length < BATCH || isStopped()) break;
  }
  await tx.run(
    `delete from kartoteka.webhook_state s where not is_active and not exists (select from data.webhook w where w.id = s.webhook_id)`,
  );
}
