// A client that odata2ts generates from $metadata compiles as it stands and goes on a tour of the running service: a shipped entity,
// and a custom one that was published before.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { publish } from '@kartoteka/platform';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, signIn } from '../../packages/service/src/testing/test-service.ts';
import { quietLog } from '../../tests/crm-kit.ts';
import { type ServiceProcess, send, startServiceProcess } from '../../tests/service-process.ts';

const PROJECT = join(import.meta.dirname, '..');
const GENERATED = join(PROJECT, '.generated/typed');

const RENTAL = {
  name: 'x_rental',
  set: 'x_rentals',
  label: { en: 'Rental' },
  plural_label: { en: 'Rentals' },
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', label: { en: 'Name' }, max_length: 80, required: true },
    days: { type: 'integer', label: { en: 'Days' } },
    rate: { type: 'decimal', label: { en: 'Rate' }, precision: 12, scale: 2 },
    starts_on: { type: 'date', label: { en: 'Starts on' } },
    tags: {
      type: 'multi_choice',
      label: { en: 'Tags' },
      values: { fast: { label: { en: 'Fast' }, order: 1 }, cheap: { label: { en: 'Cheap' }, order: 2 } },
    },
    company: { type: 'lookup', label: { en: 'Company' }, targets: ['company'], inverse: 'x_rentals' },
  },
};

let database: TestDatabase;
let service: ServiceProcess;
let token: string;
let root: string;

beforeAll(async () => {
  database = await createTestDatabase({ template: 'crm' });
  const changes = [{ kind: 'entity', name: RENTAL.name, body: RENTAL }] as const;
  await publish(database.database, { changes, author: null, comment: 'Rental', log: quietLog });
  service = await startServiceProcess(database.url);
  root = `${service.address}/api/v1`;
  ({ access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password));
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(join(GENERATED, 'src'), { recursive: true });
  const { text } = await send(service.address, token, 'GET', '$metadata');
  writeFileSync(join(GENERATED, 'metadata.xml'), text);
  writeFileSync(join(GENERATED, 'package.json'), '{"type": "commonjs"}');
  writeFileSync(join(GENERATED, 'tsconfig.json'), JSON.stringify(COMPILER));
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

// biome-ignore lint/suspicious/noExplicitAny: what the program answers has the types of the generated client
type Tour = Record<string, (...given: unknown[]) => Promise<any>>;

describe('the client that odata2ts generates', () => {
  let tour: Tour;

  test('is generated from $metadata as it is served', () => {
    run('odata2ts', [], join(PROJECT, 'typed'));
  });

  test('compiles in strict mode, with a program that uses it', () => {
    cpSync(join(PROJECT, 'typed/tour.ts.txt'), join(GENERATED, 'src/tour.ts'));
    run('tsc', ['-p', GENERATED], PROJECT);
    tour = createRequire(import.meta.url)(join(GENERATED, 'lib/tour.js')) as Tour;
  });

  test('creates, queries, expands, updates with ETag and deletes records of a shipped entity', async () => {
    const seen = await visit('visitCompanies');
    expect(seen.created.status).toBe(201);
    expect(seen.created.data).toMatchObject({ name: 'Typed & tested', revenue: 1200.5, version: 1 });
    expect(seen.found.data['@odata.count']).toBe(1);
    expect(seen.found.data.value).toMatchObject([{ name: 'Typed & tested', revenue: 1200.5 }]);
    expect(seen.expanded.data).toMatchObject({ name: 'Typed & tested', contacts: [{ last_name: 'Neill' }] });
    expect(seen.patched.status).toBe(204);
    expect(seen.stale.status).toBe(412);
    expect([200, 204]).toContain(seen.replaced.status);
    expect(seen.after).toMatchObject({ industry: 'retail', headcount: 7, revenue: 1200.5 });
    expect(seen.related.data).toMatchObject({ '@odata.count': 1, value: [{ last_name: 'Neill' }] });
    expect(seen.byKey.data.name).toBe('Typed & tested');
    expect(seen.deleted.status).toBe(204);
    expect(seen.gone.status).toBe(404);
  });

  test('does the same with a custom entity', async () => {
    const { json } = await send(service.address, token, 'POST', 'companies', { name: 'Rent & Co' });
    const seen = await visit('visitRentals', json.id);
    expect(seen.created.data).toMatchObject({ name: 'Van', rate: 49.99, tags: ['fast', 'cheap'], company_id: json.id });
    expect(seen.found.data.value).toMatchObject([{ name: 'Van', company: { name: 'Rent & Co' } }]);
    expect(seen.patched).toMatchObject({ status: 200, data: { days: 4, version: 2 } });
    expect(seen.deleted.status).toBe(204);
    expect((await send(service.address, token, 'GET', 'x_rentals/$count')).text).toBe('0');
  });

  const visit: Tour[string] = (name, ...more) =>
    (tour[String(name)] as Tour[string])(root, { Authorization: `Bearer ${token}` }, ...more);
});

const COMPILER = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    // The declarations of the libraries are not what is tested: the generated files are sources.
    skipLibCheck: true,
    types: [],
    rootDir: 'src',
    outDir: 'lib',
  },
  include: ['src'],
};

/** Runs a program of the project `clients`; what it prints is in the failure. */
function run(program: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(join(PROJECT, 'node_modules/.bin', program), args, { cwd });
  expect(error).toBeUndefined();
  expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: expect.anything() });
}
