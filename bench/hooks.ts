// The set `hooks`: what hangs on creates by default - duplicate rules, events, assignment, web hooks - costs over the same creates of
// entities that have the same fields and nothing else. In turns, in one service. It measures and prints.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectDatabase, publish, readDocumentFolder } from '@kartoteka/platform';
import type { BenchDatabase } from './database.ts';
import { COPIES, HOOK_RECORDS, type HookOperation } from './hook-operations.ts';
import type { BenchOptions } from './options.ts';
import { median } from './report.ts';
import { type Round, runRound } from './rounds.ts';
import { LEADS, SEEDED_ON } from './seed.ts';
import type { RunningServer } from './servers.ts';
import { signTokens } from './tokens.ts';

const ROLE = 'sales_representative';
/** Longest turn: the machine's moods must reach both alike. */
const LONGEST_TURN = 5;
const WARM_UP_SECONDS = 1;
/** A node looks for a new Model, and for changes of rights, once a second. */
const NEWS_MS = 2_500;

const KINDS = ['contact', 'lead', 'contacts1000'] as const;
/** With what the service does by default; with a subscription to all of it beside. */
const PHASES = ['default', 'web hook'] as const;

export interface HooksBench {
  readonly options: Pick<BenchOptions, 'seconds' | 'rounds'>;
  readonly database: Pick<BenchDatabase, 'url' | 'postmaster'>;
  readonly service: RunningServer;
  readonly secret: string;
}

interface Document {
  readonly name: string;
  readonly fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [member: string]: unknown;
}

type Writer = Awaited<ReturnType<typeof connectDatabase>>;

/** Prints ratios per kind of create. */
export async function measureHooks(bench: HooksBench): Promise<void> {
  const writer = await connectDatabase(bench.database.url, { poolSize: 1, statementTimeout: 0 });
  const sink = await startSink();
  try {
    await publishCopies(writer);
    await writer.run(LEADS);
    await wait(NEWS_MS);
    for (const phase of PHASES) {
      if (phase === 'web hook') await subscribe(bench, writer, sink);
      for (const kind of KINDS) await measureKind(bench, writer, `${kind} (${phase})`, kind);
    }
  } finally {
    sink.close();
    sink.closeAllConnections();
    await writer.close();
  }
}

/** Copies of the entities without anything beside their fields, rights on them, and a rule that assigns leads. */
export async function publishCopies(writer: Writer): Promise<void> {
  const shipped = await readDocumentFolder(fileURLToPath(new URL('../metadata', import.meta.url)));
  const copies = Object.entries(COPIES).map(([set, copy]) => {
    const found = shipped.find(({ kind, body }) => kind === 'entity' && (body as { set?: string }).set === set);
    if (found === undefined) throw new Error(`there is no entity with the set ${set}`);
    return plainCopy(found.body as Document, copy);
  });
  // Who makes a lead may read it, whoever gets it.
  const all = { create: 'user', read: 'organization', write: 'user', append: 'user', append_to: 'user' };
  const role = {
    extends: ROLE,
    privileges: { ...Object.fromEntries(copies.map(({ name }) => [name, all])), lead: { read: 'organization' } },
  };
  const assign = { method: 'round_robin', users: Array.from({ length: 20 }, (_, n) => `owner${n + 1}@example.com`) };
  const label = { en: 'Of the bench' };
  const rule = { name: 'x_bench', entity: 'lead', label, order: 1, assign };
  const changes = [
    ...copies.map((body) => ({ kind: 'entity' as const, name: body.name, body })),
    { kind: 'role' as const, name: ROLE, body: role },
    { kind: 'assignment_rule' as const, name: rule.name, body: rule },
  ];
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: object, words: string) => console.error(words, fields),
  };
  await publish(writer, { changes, author: null, comment: 'bench', log });
}

/** The document under another name; lookups get other names on the other side. */
function plainCopy(document: Document, set: string): Document {
  const { $schema: _, ...kept } = document;
  const name = set.slice(0, -1);
  const fields = Object.entries(document.fields).map(([field, body]) => {
    const { inverse: _inverse, on_merge: _merge, ...rest } = body;
    return [field, body.type === 'lookup' ? { ...rest, inverse: `${name}_${field}` } : body] as const;
  });
  return { ...kept, name, set, fields: Object.fromEntries(fields) };
}

/** Takes whatever comes. */
async function startSink(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** As the administrator. */
async function subscribe({ service, secret }: HooksBench, writer: Writer, sink: Server): Promise<void> {
  const [row] = await writer.run(`select id::text as id from data."user" where email = 'admin@example.com'`);
  const token = signTokens(secret, [1], () => String(row?.id))[0];
  const { port } = sink.address() as AddressInfo;
  for (const entity of ['contact', 'lead']) {
    const body = {
      name: `Bench ${entity}`,
      url: `http://127.0.0.1:${port}/`,
      entity,
      operations: ['create'],
    };
    const response = await fetch(`http://127.0.0.1:${service.port}/api/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 201)
      throw new Error(`the web hook was answered ${response.status}: ${await response.text()}`);
  }
  await wait(NEWS_MS);
}

async function measureKind(
  bench: HooksBench,
  writer: Writer,
  name: string,
  kind: (typeof KINDS)[number],
): Promise<void> {
  const { options, database, service, secret } = bench;
  const seconds = Math.min(options.seconds, LONGEST_TURN);
  const turns = Math.ceil(options.seconds / seconds) * options.rounds;
  const pairs: (readonly [plain: Round, hooked: Round])[] = [];
  for (let turn = 1; turn <= turns; turn += 1) {
    const round = async (operation: HookOperation): Promise<Round> => {
      await restore(writer);
      const settings = { operation, seconds, seed: turn, tokens: signTokens(secret), warmUpSeconds: WARM_UP_SECONDS };
      return runRound(service, { ...settings, postmaster: database.postmaster });
    };
    pairs.push([await round(`${kind}_plain`), await round(`${kind}_hooked`)]);
  }
  report(name, HOOK_RECORDS[`${kind}_hooked` as keyof typeof HOOK_RECORDS] ?? 1, pairs);
}

/** Only the seeded rows; no deliveries that wait. */
async function restore(writer: Writer): Promise<void> {
  const tables = ['contact', 'lead', 'event', ...Object.values(COPIES).map((set) => set.slice(0, -1))];
  for (const table of tables) await writer.run(`delete from data."${table}" where created_on > '${SEEDED_ON}'`);
  await writer.run('truncate kartoteka.webhook_delivery');
  await writer.run('alter table kartoteka.change_log disable trigger user');
  await writer.run('truncate kartoteka.change_log');
  await writer.run('alter table kartoteka.change_log enable trigger user');
  await writer.run('vacuum (analyze)');
}

const middle = (values: readonly number[], digits: number): string => (median(values) ?? Number.NaN).toFixed(digits);

function report(name: string, records: number, pairs: readonly (readonly [plain: Round, hooked: Round])[]): void {
  const cpu = ({ serverCpu, postgresCpu }: Round): number => (serverCpu ?? Number.NaN) + (postgresCpu ?? Number.NaN);
  const of = (figure: (round: Round) => number, side: 0 | 1): readonly number[] =>
    pairs.map((pair) => figure(pair[side]));
  const speeds = ([0, 1] as const).map((side) =>
    middle(
      of((round) => round.requestsPerSecond * records, side),
      0,
    ),
  );
  const ratio = middle(
    pairs.map(([plain, hooked]) => hooked.requestsPerSecond / plain.requestsPerSecond),
    2,
  );
  const parts = (['serverCpu', 'postgresCpu'] as const).map((which) =>
    ([0, 1] as const)
      .map((side) =>
        middle(
          of((round) => (round[which] ?? Number.NaN) / records, side),
          0,
        ),
      )
      .join(' -> '),
  );
  console.log(
    `hooks ${name}: ${speeds.join(' -> ')} records/s (${ratio}), CPU us a record: server ${parts[0]}, PostgreSQL ${parts[1]}, together ${middle(
      pairs.map(([plain, hooked]) => cpu(hooked) / cpu(plain)),
      2,
    )} times`,
  );
}
