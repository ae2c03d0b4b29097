// The hand-written service the entity engine is measured against: deals only, in one file, tuned as far as it goes.
// JSON is built by PostgreSQL and passed on as it is. It must not import anything of the product, or share code with it.
import { randomBytes } from 'node:crypto';
import fastifyJwt from '@fastify/jwt';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import postgres from 'postgres';

/** Amounts weighted by the chance to win, in the base currency. */
const WEIGHTED = 'round(d.amount_base * d.probability * 0.01, 4)';
const DEAL = `d.id, d.owner_id, d.owning_business_unit_id, d.created_on, d.created_by_id, d.modified_on,
  d.modified_by_id, d.version, d.name, d.number, d.company_id, d.contact_id, d.pipeline, d.stage, d.amount,
  d.amount_currency, d.amount_base, d.probability, ${WEIGHTED} as weighted_amount,
  'USD' as weighted_amount_currency, ${WEIGHTED} as weighted_amount_base, d.product, d.engaged_on, d.close_date,
  d.actual_close_date, d.source, d.campaign_id, d.originating_lead_id, d.lost_reason, d.next_step, d.external_id,
  d.description`;
/** Representatives see their own deals, and the companies of their business unit. */
const MY_UNIT = '(select u.owning_business_unit_id from data."user" u where u.id = $1 and u.deleted_on is null)';

/** The statements; pgbench runs the very same ones. */
export const SQL = {
  read: `select row_to_json(r)::text, r.version::text from (select ${DEAL} from data.deal d
    where d.id = $2 and d.owner_id = $1 and d.deleted_on is null) r`,
  list: `select string_agg(row_to_json(r)::text, ',') from (select ${DEAL} from data.deal d
    where d.deleted_on is null and d.owner_id = $1 and d.stage = $2
    order by d.close_date nulls first, d.id nulls first limit 50) r`,
  listExpanded: `select string_agg(row_to_json(r)::text, ','),
      (select count(*)::text from data.deal where deleted_on is null and owner_id = $1 and stage = $2)
    from (select ${DEAL}, (select row_to_json(c)
        from (select c.id, c.name, c.industry, c.physical_address_city from data.company c
        where c.id = d.company_id and c.owning_business_unit_id = ${MY_UNIT} and c.deleted_on is null) c) as company
      from data.deal d where d.deleted_on is null and d.owner_id = $1 and d.stage = $2
      order by d.close_date nulls first, d.id nulls first limit 50) r`,
  create: `insert into data.deal as d (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id,
      owning_business_unit_id, name, company_id, pipeline, stage, amount, amount_currency, amount_base, probability,
      close_date)
    select $2::uuid, now(), u.id, now(), u.id, 1, u.id, u.owning_business_unit_id, $3, c.id, 'sales', $5, $6::numeric, $9,
      $6::numeric, $7::bigint, $8::date
    from data."user" u join data.company c on c.owning_business_unit_id = u.owning_business_unit_id
    where u.id = $1 and u.deleted_on is null and c.id = $4 and c.deleted_on is null
    returning (select row_to_json(r)::text from (select ${DEAL}) r)`,
  createMany: `insert into data.deal as d (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id,
      owning_business_unit_id, name, company_id, pipeline, stage, amount, amount_currency, amount_base, probability,
      close_date)
    select r.id, now(), u.id, now(), u.id, 1, u.id, u.owning_business_unit_id, r.name, c.id, 'sales', r.stage, r.amount, $9,
      r.amount, r.probability, r.close_date
    from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::numeric[], $7::bigint[], $8::date[])
      as r(id, name, company_id, stage, amount, probability, close_date)
    join data."user" u on u.id = $1 and u.deleted_on is null
    join data.company c on c.id = r.company_id and c.owning_business_unit_id = u.owning_business_unit_id and c.deleted_on is null
    returning d.id`,
  update: `update data.deal set probability = $3, modified_on = now(), modified_by_id = $1, version = version + 1
    where id = $2 and owner_id = $1 and deleted_on is null and stage <> 'won' and ($4::bigint is null or version = $4)
    returning version::text`,
  find: 'select stage from data.deal where id = $2 and owner_id = $1 and deleted_on is null',
};

/** Amounts are in the organization's currency unless said otherwise. */
const CURRENCY = 'USD';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const STAGE = /^[a-z_]{1,63}$/;
const ETAG = /^W\/"(\d{1,18})"$/;
const JSON_TYPE = 'application/json; charset=utf-8';

/** Runs a prepared statement; rows come as arrays of text. (As buffers, lists took half as much CPU again.) */
type Run = (text: string, args: readonly (string | number | null)[]) => Promise<(string | null)[][]>;

interface Connections {
  readonly run: Run;
  /** All in one transaction. */
  readonly begin: <T>(work: (run: Run) => Promise<T>) => Promise<T>;
}

function connect(): Connections {
  const options = {
    max: Number(env('BASELINE_POOL')),
    // Not in the driver's types. Without it the driver slows down under sustained load.
    max_pipeline: 1,
    fetch_types: false,
    connection: { application_name: 'baseline', TimeZone: 'UTC' },
  };
  const sql = postgres(env('DATABASE_URL'), options);
  const runOn =
    (on: Pick<typeof sql, 'unsafe'>): Run =>
    (text, args) =>
      on.unsafe(text, [...args], { prepare: true }).values() as unknown as ReturnType<Run>;
  return { run: runOn(sql), begin: (work) => sql.begin((tx) => work(runOn(tx))) as ReturnType<typeof work> };
}

function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const fail = (reply: FastifyReply, status: number, code: string): FastifyReply =>
  reply.code(status).send({ error: { code, message: code } });

interface Claims {
  readonly sub: string;
  readonly exp: number;
}

/** Verifies bearer tokens with the service's settings; like there, a verified token is remembered until it expires. */
async function addAuthentication(app: FastifyInstance): Promise<void> {
  await app.register(fastifyJwt, {
    secret: env('KARTOTEKA_JWT_SECRET'),
    sign: { algorithm: 'HS256' },
    verify: {
      algorithms: ['HS256'],
      allowedIss: 'kartoteka',
      allowedAud: 'kartoteka/api',
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
      maxAge: 600,
    },
  });
  const verified = new Map<string, Claims>();
  app.decorateRequest('userId', '');
  app.addHook('onRequest', (request, reply, done) => {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    let claims = verified.get(token);
    if (claims === undefined || claims.exp * 1_000 <= Date.now()) {
      verified.delete(token);
      try {
        claims = app.jwt.verify<Claims>(token);
      } catch {
        fail(reply, 401, 'unauthenticated');
        return;
      }
      if (verified.size >= 20_000) verified.clear();
      verified.set(token, claims);
    }
    (request as SignedRequest).userId = claims.sub;
    done();
  });
}

type SignedRequest = FastifyRequest & { userId: string };
const userOf = (request: FastifyRequest): string => (request as SignedRequest).userId;

function addReads(app: FastifyInstance, run: Run): void {
  app.get<{ Params: { id: string } }>('/deals/:id', async (request, reply) => {
    if (!UUID.test(request.params.id)) return fail(reply, 404, 'not_found');
    const [row] = await run(SQL.read, [userOf(request), request.params.id]);
    if (!row) return fail(reply, 404, 'not_found');
    return reply.header('content-type', JSON_TYPE).header('etag', `W/"${row[1]}"`).send(row[0]);
  });

  app.get<{ Querystring: { stage?: string; expand?: string } }>('/deals', async (request, reply) => {
    const { stage, expand } = request.query;
    if (stage === undefined || !STAGE.test(stage)) return fail(reply, 400, 'invalid_filter');
    const [row] = await run(expand === 'company' ? SQL.listExpanded : SQL.list, [userOf(request), stage]);
    const head = expand === 'company' ? `{"count":${row?.[1]},"value":[` : '{"value":[';
    return reply.header('content-type', JSON_TYPE).send(`${head}${row?.[0] ?? ''}]}`);
  });
}

let randomPool = randomBytes(5_000);
let randomUsed = 0;

/** UUID v7: 48 bits of milliseconds, then random bits, which are drawn in blocks. */
function uuidv7(): string {
  if (randomUsed + 10 > randomPool.length) {
    randomPool = randomBytes(5_000);
    randomUsed = 0;
  }
  const bytes = randomPool.subarray(randomUsed, randomUsed + 10);
  randomUsed += 10;
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = bytes.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
}

interface NewDeal {
  readonly name: string;
  readonly company_id: string;
  readonly stage: string;
  readonly amount?: number;
  readonly probability?: number;
  readonly close_date?: string;
}

const PROBABILITY = { type: 'integer', minimum: 0, maximum: 100 };
const NEW_DEAL = {
  type: 'object',
  required: ['name', 'company_id', 'stage'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    company_id: { type: 'string', pattern: UUID.source },
    stage: { type: 'string', pattern: STAGE.source },
    amount: { type: 'number', minimum: 0 },
    probability: PROBABILITY,
    close_date: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' },
  },
};
const CHANGED_DEAL = {
  type: 'object',
  required: ['probability'],
  additionalProperties: false,
  properties: { probability: PROBABILITY },
};

function createValues(user: string, id: string, deal: NewDeal): (string | number | null)[] {
  const { name, company_id, stage, amount = null, probability = null, close_date = null } = deal;
  return [user, id, name, company_id, stage, amount, probability, close_date, CURRENCY];
}

interface ManyDeals {
  readonly records: readonly NewDeal[];
}

/** Up to `most` deals in one request of up to 32 MiB. */
const manyDeals = (most: number) => ({
  bodyLimit: 33_554_432,
  schema: {
    body: {
      ...{ type: 'object', required: ['records'], additionalProperties: false },
      properties: { records: { type: 'array', maxItems: most, items: NEW_DEAL } },
    },
  },
});

/** An array literal; null is none of the values. */
function arrayOf(values: readonly (string | number | undefined)[]): string {
  const items = values.map((value) => {
    if (value === undefined) return 'null';
    return typeof value === 'number' ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

function addMany(app: FastifyInstance, { run, begin }: Connections): void {
  /** One after the other, each with its answer; a batch that is not atomic keeps what was created before one fails. */
  const createEach = async (user: string, deals: readonly NewDeal[], on: Run): Promise<string> => {
    const parts: string[] = [];
    for (const [at, deal] of deals.entries()) {
      const [row] = await on(SQL.create, createValues(user, uuidv7(), deal));
      if (!row) throw Object.assign(new Error('unknown_company'), { statusCode: 400 });
      parts.push(`{"id":"${at}","status":201,"body":${row[0]}}`);
    }
    return `{"responses":[${parts.join(',')}]}`;
  };

  app.post<{ Body: ManyDeals; Querystring: { atomic?: string } }>(
    '/deals/batch',
    manyDeals(1_000),
    async (request, reply) => {
      const user = userOf(request);
      const { records } = request.body;
      const atomic = request.query.atomic === 'true';
      const body = atomic ? await begin((tx) => createEach(user, records, tx)) : await createEach(user, records, run);
      return reply.header('content-type', JSON_TYPE).send(body);
    },
  );

  app.post<{ Body: ManyDeals }>('/deals/bulk', manyDeals(10_000), async (request, reply) => {
    const { records } = request.body;
    const ids = records.map(() => uuidv7());
    const column = (of: (deal: NewDeal) => string | number | undefined): string => arrayOf(records.map(of));
    const columns = [
      ...[column((deal) => deal.name), column((deal) => deal.company_id), column((deal) => deal.stage)],
      ...[column((deal) => deal.amount), column((deal) => deal.probability), column((deal) => deal.close_date)],
    ];
    const rows = await run(SQL.createMany, [userOf(request), arrayOf(ids), ...columns, CURRENCY]);
    const created = new Set(rows.map(([id]) => id));
    const results = ids.map((id) =>
      created.has(id) ? `{"status":201,"id":"${id}","changed":true}` : '{"status":400,"error":"unknown_company"}',
    );
    return reply.header('content-type', JSON_TYPE).send(`{"results":[${results.join(',')}]}`);
  });
}

function addWrites(app: FastifyInstance, run: Run): void {
  app.post<{ Body: NewDeal }>('/deals', { schema: { body: NEW_DEAL } }, async (request, reply) => {
    const id = uuidv7();
    const [row] = await run(SQL.create, createValues(userOf(request), id, request.body));
    if (!row) return fail(reply, 400, 'unknown_company');
    reply.code(201).header('content-type', JSON_TYPE).header('etag', 'W/"1"').header('location', `/deals/${id}`);
    return reply.send(row[0]);
  });

  app.patch<{ Params: { id: string }; Body: { probability: number } }>(
    '/deals/:id',
    { schema: { body: CHANGED_DEAL } },
    async (request, reply) => {
      const { id } = request.params;
      if (!UUID.test(id)) return fail(reply, 404, 'not_found');
      const match = request.headers['if-match'];
      const expected = match === undefined || match === '*' ? null : ETAG.exec(match)?.[1];
      if (expected === undefined) return fail(reply, 412, 'precondition_failed');
      const [row] = await run(SQL.update, [userOf(request), id, request.body.probability, expected]);
      if (row) return reply.code(204).header('etag', `W/"${row[0]}"`).send();
      const [found] = await run(SQL.find, [userOf(request), id]);
      if (!found) return fail(reply, 404, 'not_found');
      return found[0] === 'won' ? fail(reply, 403, 'deal_is_won') : fail(reply, 412, 'precondition_failed');
    },
  );
}

async function start(): Promise<void> {
  const app = fastify({ logger: false, bodyLimit: 65_536, requestTimeout: 30_000 });
  await addAuthentication(app);
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    fail(reply, status, status < 500 ? 'invalid_request' : 'internal_error');
  });
  const connections = connect();
  addReads(app, connections.run);
  addWrites(app, connections.run);
  addMany(app, connections);
  process.once('SIGTERM', () => process.exit(0));
  await app.listen({ port: Number(env('PORT')), host: '127.0.0.1' });
}

if (import.meta.main) await start();
