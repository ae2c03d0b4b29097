// The set `model`: a model of 1,000 entities of 50 fields. What it costs to parse, link and compare it, whole and after a change; how
// long the service takes to start with it, and how long requests wait while it changes. It measures and prints.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atOnce, type BuildMemory, compileSteps, diffModels, type SourceDocument } from '@kartoteka/metadata';
import { connectDatabase, migrate, publish, readDocumentFolder } from '@kartoteka/platform';
import { startDatabase } from './database.ts';
import { bigDocuments } from './model-documents.ts';
import { median } from './report.ts';
import { type RunningServer, startServer } from './servers.ts';
import { StallMeter, wordsOf } from './stall.ts';

const ENTITIES = Number(process.env.BENCH_ENTITIES ?? 1000);
const FIELDS = 50;
const TIMES = 7;
/** A publish locks every table that it makes, and PostgreSQL has room for some thousands of locks. */
const AT_ONCE = 50;
const ADMIN = { user: 'admin@example.com', password: 'a password for the bench' };
const log = { info: () => {}, warn: () => {}, error: (fields: object, words: string) => console.error(words, fields) };

/** Prints all figures. */
export async function measureModel(): Promise<void> {
  const shipped = await readDocumentFolder(fileURLToPath(new URL('../metadata', import.meta.url)));
  const documents = [...shipped, ...bigDocuments(ENTITIES, FIELDS)];
  console.log(`model: ${ENTITIES} entities of ${FIELDS} fields beside those that ship; medians of ${TIMES}`);
  measureBuild(documents);
  await measureService(documents);
}

const changed = (documents: readonly SourceDocument[], number: number): readonly SourceDocument[] => [
  ...documents,
  {
    ...{ kind: 'entity', name: `x_f${number}`, layer: 'custom', source: 'custom' },
    body: { extends: 'big_7', fields: { [`x_f${number}`]: { type: 'text' } } },
  },
];

function measureBuild(documents: readonly SourceDocument[]): void {
  const build = (all: readonly SourceDocument[], memory?: BuildMemory) => {
    const built = atOnce(compileSteps(all, { revision: 1 }, memory));
    if (!built.ok) throw new Error(JSON.stringify(built.errors.slice(0, 3)));
    return built;
  };
  const first = build(documents);
  const timed = (work: () => unknown): number => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  };
  const full: number[] = [];
  const again: number[] = [];
  for (let number = 0; number < TIMES; number += 1) {
    const next = changed(documents, number);
    full.push(timed(() => diffModels(first.model, build(next).model)));
    again.push(timed(() => diffModels(first.model, build(next, first.memory).model)));
  }
  console.log(`  parse + link + diff: ${median(full)?.toFixed(0)} ms`);
  console.log(`  the same when one entity has changed: ${median(again)?.toFixed(0)} ms`);
}

async function measureService(documents: readonly SourceDocument[]): Promise<void> {
  const database = await startDatabase();
  const environment = {
    DATABASE_URL: database.url,
    KARTOTEKA_ADMIN_PASSWORD: ADMIN.password,
    KARTOTEKA_JWT_SECRET: randomBytes(48).toString('base64url'),
  };
  try {
    await publishAll(database.url, documents);
    const begin = performance.now();
    // The shipped base would take the large one's place: what is stored is of a newer version.
    const service = await startServer('service', environment);
    console.log(`  start of the service: ${(performance.now() - begin).toFixed(0)} ms`);
    try {
      await measureStalls(service, database.url);
    } finally {
      await service.stop();
    }
  } finally {
    await database.remove();
  }
}

async function publishAll(url: string, documents: readonly SourceDocument[]): Promise<void> {
  await migrate(url);
  const database = await connectDatabase(url, { poolSize: 2 });
  const begin = performance.now();
  const big = (name: string): number => (/^big_\d+$/.test(name) ? Number(name.slice(4)) : -1);
  // Lookups lead to entities of any number: those come first without fields, a few at a time.
  const bare = documents.map((document) => {
    const body = document.body as { fields?: Record<string, { type: string }> };
    if (big(document.name) < 0) return document;
    const fields = Object.entries(body.fields ?? {}).filter(([, { type }]) => type !== 'lookup');
    return { ...document, body: { ...body, fields: Object.fromEntries(fields) } };
  });
  const common = { author: null, comment: 'bench', baseVersion: '99.0.0', log };
  for (let known = AT_ONCE; known < ENTITIES + AT_ONCE; known += AT_ONCE) {
    await publish(database, { ...common, documents: bare.filter(({ name }) => big(name) < known) });
  }
  for (let known = AT_ONCE; known < ENTITIES + AT_ONCE; known += AT_ONCE) {
    const next = documents.map((document, at) =>
      big(document.name) < known ? document : (bare[at] as SourceDocument),
    );
    await publish(database, { ...common, documents: next });
  }
  await database.close();
  console.log(`  published, ${AT_ONCE} entities at a time: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

async function measureStalls({ port }: RunningServer, url: string): Promise<void> {
  const text = `GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
  const meter = await StallMeter.start({
    port,
    connections: 1,
    requests: [{ kind: 'healthz', text, status: 200 }],
    gapMs: 1,
  });
  const database = await connectDatabase(url, { poolSize: 2 });
  try {
    const idle = await meter.during(() => wait(2000));
    console.log(`  waiting while nothing happens: ${wordsOf(idle.waits)}`);
    for (let number = 0; number < 3; number += 1) {
      const [change] = changed([], number) as [SourceDocument];
      const { waits } = await meter.during(async () => {
        await publish(database, { changes: [{ ...change }], author: null, comment: 'bench', log });
        await wait(2000);
      });
      console.log(`  waiting while another process publishes a field: ${wordsOf(waits)}`);
    }
    const authorization = await signedIn(port);
    for (const path of ['', '$metadata', '$metadata?$format=json', 'openapi.json']) {
      const begin = performance.now();
      const { waits, result } = await meter.during(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { headers: { authorization } });
        return { bytes: (await response.text()).length, ms: performance.now() - begin, status: response.status };
      });
      const size = `${(result.bytes / 1e6).toFixed(1)} MB`;
      console.log(`  /${path}: ${result.status}, ${size} in ${result.ms.toFixed(0)} ms; others: ${wordsOf(waits)}`);
    }
  } finally {
    await database.close();
    await meter.stop();
  }
}

async function signedIn(port: number): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'password', username: ADMIN.user, password: ADMIN.password });
  const response = await fetch(`http://127.0.0.1:${port}/auth/token`, { method: 'POST', body });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return `Bearer ${token}`;
}
