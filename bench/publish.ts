// The set `publish`: a field, a lookup and a many-to-many relation are added to a million contacts while the service answers; how long
// the longest request waited. It measures and prints.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connectDatabase, publish } from '@kartoteka/platform';
import { startDatabase } from './database.ts';
import { COUNTS, idOf } from './dataset.ts';
import { contactRows, SEED } from './seed.ts';
import { type RunningServer, startServer } from './servers.ts';
import { StallMeter, type StallRequest, wordsOf } from './stall.ts';
import { signTokens } from './tokens.ts';

const ROWS = Number(process.env.BENCH_CONTACTS ?? 1_000_000);
const CONNECTIONS = 4;
const log = { info: () => {}, warn: () => {}, error: (fields: object, words: string) => console.error(words, fields) };

const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a field': { x_shoe_size: { type: 'integer', min: 0, max: 60 } },
  'a field with a default': { x_vip: { type: 'boolean', required: true, default: false } },
  'a lookup': { x_second_company: { type: 'lookup', targets: ['company'], inverse: 'x_second_contacts' } },
  'a many-to-many relation': { x_friends: { type: 'many', target: 'contact', inverse: 'x_friend_of' } },
};

/** Prints the longest waits; its own database is removed at the end. */
export async function measurePublish(): Promise<void> {
  const database = await startDatabase();
  const secret = randomBytes(48).toString('base64url');
  const environment = { DATABASE_URL: database.url, KARTOTEKA_JWT_SECRET: secret };
  try {
    await (await startServer('service', environment)).stop();
    console.log(`publish: making ${ROWS} contacts`);
    const writer = await connectDatabase(database.url, { poolSize: 2, statementTimeout: 0 });
    for (const statement of SEED) await writer.run(statement);
    if (ROWS > COUNTS.contacts) await writer.run(contactRows(COUNTS.contacts + 1, ROWS));
    await database.prepare(false);
    const service = await startServer('service', environment);
    try {
      await measure(service, writer, signTokens(secret, [1])[0] ?? '');
    } finally {
      await service.stop();
      await writer.close();
    }
  } finally {
    await database.remove();
  }
}

async function measure(
  { port }: RunningServer,
  writer: Awaited<ReturnType<typeof connectDatabase>>,
  token: string,
): Promise<void> {
  const meter = await StallMeter.start({ port, connections: CONNECTIONS, requests: requestsOf(port, token), gapMs: 2 });
  try {
    await meter.during(() => wait(3000));
    console.log(`  nothing published: ${wordsOf((await meter.during(() => wait(3000))).waits)}`);
    for (const [what, fields] of Object.entries(CHANGES)) {
      const name = Object.keys(fields)[0] ?? '';
      const body = { extends: 'contact', fields };
      const begin = performance.now();
      const { waits, result } = await meter.during(async () => {
        const changes = [{ kind: 'entity' as const, name, body }];
        const { pending } = await publish(writer, { changes, author: null, comment: 'bench', log });
        const ms = performance.now() - begin;
        await wait(1000);
        return { ms, pending: pending.length };
      });
      const done = `${(result.ms / 1000).toFixed(1)} s${result.pending === 0 ? '' : `, ${result.pending} steps left`}`;
      console.log(`  ${what} (${done}): ${wordsOf(waits)}`);
    }
  } finally {
    await meter.stop();
  }
}

/** What a representative does with his contacts and companies: reads, lists, changes and makes them. */
function requestsOf(port: number, token: string): StallRequest[] {
  const head = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n`;
  const get = (kind: string, path: string): StallRequest => ({
    ...{ kind, status: 200 },
    text: `GET /api/v1/${path} HTTP/1.1\r\n${head}\r\n`,
  });
  const send = (kind: string, method: string, path: string, body: string, status: number): StallRequest => {
    const length = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    return { kind, status, text: `${method} /api/v1/${path} HTTP/1.1\r\n${head}${length}${body}` };
  };
  const mine = idOf('contact', 1);
  return [
    get('read', `contacts(${mine})`),
    get('list', 'contacts?$top=20&$orderby=last_name&$expand=company($select=name)'),
    send('update', 'PATCH', `contacts(${mine})`, '{"job_title":"Measured"}', 204),
    send('create', 'POST', 'contacts', '{"last_name":"Made by the bench"}', 201),
    get('read company', `companies(${idOf('company', 1)})`),
  ];
}
