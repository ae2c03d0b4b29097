// The set `figures`: figures of the past and of stages over deals with a history, over HTTP, beside the SQL that somebody would write by
// hand for the same answer without rights, filters and restored records. It measures and prints.
import { randomBytes } from 'node:crypto';
import { connectDatabase } from '@kartoteka/platform';
import { startDatabase } from './database.ts';
import { COUNTS, OPEN_STAGES, STAGES } from './dataset.ts';
import { median } from './report.ts';
import { id, SEED } from './seed.ts';
import { startServer } from './servers.ts';
import { signTokens } from './tokens.ts';

const ROUNDS = 5;
const DAYS_IN_STAGE = 10;
/** In the middle of what the deals went through. */
const AS_OF_DAYS = 175;
const BEGUN_DAYS = 200;

/** Each deal began in the first stage and went on, one stage after the other, to the one that it has; the lost ones not over the won one. */
const HISTORY = `insert into kartoteka.change_log (at, entity, record_id, operation, version, actor_id, before, after)
  select now() - interval '${BEGUN_DAYS} days' + (v - 1) * interval '${DAYS_IN_STAGE} days', 'deal', d.id, case v when 1 then 'create' else 'update' end,
    v, d.owner_id, case when v > 1 then jsonb_build_object('stage', s.a[v - 1]) end,
    case v when 1 then to_jsonb(d) || jsonb_build_object('stage', s.a[1]) else jsonb_build_object('stage', s.a[v]) end
  from data.deal d cross join lateral (select case d.stage
      when 'lost' then array['${STAGES.slice(0, OPEN_STAGES).join("','")}','lost']
      else (array['${STAGES.join("','")}'])[1:array_position(array['${STAGES.join("','")}'], d.stage)] end as a) s
    cross join lateral generate_series(1, array_length(s.a, 1)) v`;

const STAYS = `select l.record_id, l.after->>'stage' as stage, l.at, l.version, lead(l.at) over (partition by l.record_id order by l.version) as next
  from kartoteka.change_log l join data.deal d on d.id = l.record_id and d.deleted_on is null where l.entity = 'deal' and l.after ? 'stage'`;

interface Question {
  readonly path: string;
  readonly sql: string;
}

function questions(asOf: string): Readonly<Record<string, Question>> {
  return {
    'funnel as of a moment': {
      path: `/api/v1/deals/funnel?levels=stage&sum=amount&as_of=${asOf}`,
      sql: `select coalesce(c.before->>'stage', d.stage), count(*), sum(d.amount_base) from data.deal d left join lateral
        (select l.before from kartoteka.change_log l where l.record_id = d.id and l.at > '${asOf}' and l.before ? 'stage' order by l.version limit 1) c on true
        where d.deleted_on is null and d.created_on <= '${asOf}' group by 1`,
    },
    time_in_stage: {
      path: '/api/v1/deals/time_in_stage?property=stage',
      sql: `select s.stage, count(*), count(distinct s.record_id), avg(coalesce(s.next, now()) - s.at),
        percentile_cont(0.5) within group (order by coalesce(s.next, now()) - s.at) from (${STAYS}) s group by 1`,
    },
    stage_conversion: {
      path: '/api/v1/deals/stage_conversion?property=stage',
      sql: `with s as materialized (${STAYS}), f as (select distinct on (record_id, stage) * from s order by record_id, stage, version)
        select f.stage, l.stage, count(distinct f.record_id) from f join s l on l.record_id = f.record_id and l.version > f.version group by 1, 2`,
    },
    stale: {
      path: '/api/v1/deals/stale?property=stage&days=30',
      sql: `select s.record_id, s.stage, s.at from (${STAYS}) s where s.next is null and s.at <= now() - interval '30 days' order by s.at, s.record_id limit 1000`,
    },
    'list of stale deals': {
      path: '/api/v1/deals?$filter=is_stale(stage)&$top=50&$select=name',
      sql: `select d.id, d.name from data.deal d where d.deleted_on is null and (select l.at from kartoteka.change_log l
        where l.record_id = d.id and l.after ? 'stage' order by l.version desc limit 1) <= now() - case d.stage when 'prospecting' then interval '30 days'
        when 'engaging' then interval '21 days' when 'proposal' then interval '14 days' when 'negotiation' then interval '14 days' end order by d.id limit 50`,
    },
  };
}

/** Prints milliseconds of both and their ratio; its own database is removed at the end. */
export async function measureFigures(): Promise<void> {
  const database = await startDatabase();
  const secret = randomBytes(48).toString('base64url');
  const environment = { DATABASE_URL: database.url, KARTOTEKA_JWT_SECRET: secret };
  try {
    await (await startServer('service', environment)).stop();
    const writer = await connectDatabase(database.url, { poolSize: 1, statementTimeout: 0 });
    for (const statement of SEED) await writer.run(statement);
    // Who reads every deal.
    await writer.run(
      `update data.role_assignment set role = 'system_administrator' where user_id = ${id('user', '1')}`,
    );
    await writer.run(HISTORY);
    await database.prepare(false);
    const service = await startServer('service', environment);
    try {
      const [token = ''] = signTokens(secret, [1]);
      const [{ entries } = { entries: 0 }] = await writer.run(
        'select count(*)::text as entries from kartoteka.change_log',
      );
      console.log(
        `figures: ${COUNTS.deals} deals, ${entries} entries of the change log, medians of ${ROUNDS} after one that does not count`,
      );
      const asOf = new Date(Date.now() - AS_OF_DAYS * 86_400_000).toISOString();
      for (const [name, { path, sql }] of Object.entries(questions(asOf))) {
        const byHand: number[] = [];
        const asked: number[] = [];
        for (let round = 0; round <= ROUNDS; round += 1) {
          byHand.push(await millisecondsOf(() => writer.run(sql)));
          asked.push(await millisecondsOf(() => request(`http://127.0.0.1:${service.port}${path}`, token)));
        }
        const [own, other] = [asked, byHand].map((times) => median(times.slice(1)) ?? Number.NaN) as [number, number];
        console.log(
          `  ${name}: ${own.toFixed(0)} ms, SQL by hand ${other.toFixed(0)} ms, ratio ${(own / other).toFixed(2)}`,
        );
      }
    } finally {
      await service.stop();
      await writer.close();
    }
  } finally {
    await database.remove();
  }
}

async function request(url: string, token: string): Promise<void> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 300)}`);
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
