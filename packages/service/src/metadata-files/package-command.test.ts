// `kartoteka package` against a running service: the sample package of the documentation from its folder, over a customisation and back.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentChange, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, signIn, startTestService, type TestService } from '../testing/test-service.ts';
import { commandRunner } from './testing/run-command.ts';

const SAMPLE = new URL('../../../../docs/examples/training', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'kartoteka-package-'));
let test: TestService;
let other: TestService;
let token = '';
beforeAll(async () => {
  [test, other] = await Promise.all([startTestService(), startTestService()]);
  token = (await signIn(test.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([test?.stop(), other?.stop()]);
});

const runs = { test: commandRunner(() => test.address), other: commandRunner(() => other.address) };
const run = (line: string, service = test): Promise<string> => (service === test ? runs.test : runs.other)(line);

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
async function api(method: string, path: string, body?: unknown): Promise<any> {
  const response = await callApi(test.address, token, method, `/api/v1/${path}`, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Publishes custom documents; `body` null takes one away. */
async function custom(...changes: readonly DocumentChange[]): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const more = { author: null, comment: 'Customisation', allowDestructive: true, log };
  const { revision } = await publish(test.database.database, { changes, ...more });
  while ((await api('GET', 'metadata')).served_revision < revision) await new Promise((done) => setTimeout(done, 20));
}

/** Every file below a folder with its bytes. */
const bytesOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]),
  );

const label = (en: string) => ({ en });

describe('the sample package', () => {
  it('is planned and installed from its folder, and its entities are there at once', async () => {
    const planned = await run(`package plan ${SAMPLE}/v1`);
    expect(planned).toContain('install training 1.0.0\n');
    expect(planned).toContain('The field contact.training_level is added');
    expect(planned).toMatch(/create table data\.training_course .*\(lock: none: the table is new\)/);
    expect(await run(`package install ${SAMPLE}/v1`)).toMatch(/install training 1\.0\.0\nPublished revision \d+\n/);
    expect(await run(`package install ${SAMPLE}/v1`)).toBe('training 1.0.0 is installed already\n');
    const course = await api('POST', 'training_courses', { title: 'Negotiating', level: 'advanced', price: 100 });
    const contact = await api('POST', 'contacts', { last_name: 'Ada', training_level: 'basic' });
    await api('POST', 'training_enrolments', { course_id: course.id, contact_id: contact.id });
    expect(course.number).toBe('C-0001');
    const { value } = await api('GET', 'training_courses?$expand=enrolments($expand=contact($select=last_name))');
    expect(value[0].enrolments[0].contact.last_name).toBe('Ada');
  });

  it('is upgraded under a customised label and an added choice value, which stay', async () => {
    await custom({
      kind: 'entity',
      name: 'training_course',
      body: {
        extends: 'training_course',
        fields: { title: { label: label('Our course') } },
      },
    });
    await custom({
      kind: 'choice',
      name: 'training_status',
      body: {
        extends: 'training_status',
        values: { x_paid: { label: label('Paid'), order: 15 } },
      },
    });
    expect(await run(`package plan ${SAMPLE}/v2`)).toContain('upgrade training 1.0.0 -> 2.0.0\n');
    await run(`package install ${SAMPLE}/v2`);
    const { body, origins } = await api('GET', 'metadata/documents/entity/training_course');
    expect(body.fields.title).toMatchObject({ label: { en: 'Our course', ru: 'Название курса' }, max_length: 300 });
    expect(origins).toMatchObject({ '': 'package:training', '/fields/title/label/en': 'custom' });
    const [enrolment] = (await api('GET', 'training_enrolments')).value;
    await api('PATCH', `training_enrolments(${enrolment.id})`, { status: 'x_paid', certificate: 'A-1' });
    await expect(run(`package install ${SAMPLE}/v1`)).rejects.toThrow('2.0.0 is installed, which is newer');
  });

  it('is exported to a folder and an archive, byte for byte the same from either environment', async () => {
    const [first, second, file] = [join(folder, 'first'), join(folder, 'second'), join(folder, 'training.json')];
    await run(`package export training ${first}`);
    await run(`package export training ${file}`);
    await run(`package pack ${first} ${join(folder, 'packed.json')}`);
    expect(readFileSync(join(folder, 'packed.json'), 'utf8')).toBe(readFileSync(file, 'utf8'));
    await run(`package install ${file}`, other);
    await run(`package export training ${second}`, other);
    expect(bytesOf(second)).toEqual(bytesOf(first));
    cpSync(join(SAMPLE, 'v2'), join(folder, 'sample'), { recursive: true });
    await run(`package export training ${join(folder, 'sample')}`);
    expect(bytesOf(join(folder, 'sample'))).toEqual(bytesOf(join(SAMPLE, 'v2')));
  });

  it('is not uninstalled under customisations of it, and then leaves its data, which come back', async () => {
    const refused = run('package uninstall training');
    await expect(refused).rejects.toThrow('custom/entity/training_course#/extends');
    await expect(refused).rejects.toThrow('custom/choice/training_status#/extends');
    const [enrolment] = (await api('GET', 'training_enrolments')).value;
    await api('PATCH', `training_enrolments(${enrolment.id})`, { status: 'attended' });
    await custom(
      { kind: 'entity', name: 'training_course', body: null },
      { kind: 'choice', name: 'training_status', body: null },
    );
    expect(await run('package uninstall training')).toContain('loses training_course (1 records)');
    await expect(api('GET', 'training_courses')).rejects.toThrow('unknown_resource');
    const again = await run(`package install ${SAMPLE}/v2`);
    expect(again).toContain('brings back the data of training_course\n');
    expect(again).toContain('brings back the data of contact.training_level\n');
    const { value } = await api('GET', 'training_enrolments?$expand=contact,course');
    expect(value).toMatchObject([
      { status: 'attended', certificate: 'A-1', contact: { training_level: 'basic' }, course: { number: 'C-0001' } },
    ]);
  });

  it('is purged with its data where that is asked for', async () => {
    await run('package uninstall training --purge');
    expect((await api('GET', 'metadata/packages')).value).toEqual([]);
    expect(await run(`package install ${SAMPLE}/v2`)).not.toContain('brings back');
    expect((await api('GET', 'training_courses')).value).toEqual([]);
    expect((await api('GET', "contacts?$filter=last_name eq 'Ada'")).value).toMatchObject([{ training_level: null }]);
  });
});

describe('customisations', () => {
  it('become a package of another environment, if their names carry its prefix', async () => {
    await custom({
      kind: 'organization',
      name: 'organization',
      body: { extends: 'organization', prefixes: ['acme_'] },
    });
    const visit = {
      ...{ name: 'acme_visit', set: 'acme_visits', label: label('Visit'), plural_label: label('Visits') },
      ...{ ownership: 'user', title: 'place', fields: { place: { type: 'text', label: label('Place') } } },
    };
    await custom({ kind: 'entity', name: 'acme_visit', body: visit });
    await custom({
      kind: 'entity',
      name: 'company',
      body: {
        extends: 'company',
        fields: { x_rank: { type: 'integer', label: label('Rank') } },
      },
    });
    const manifest = join(folder, 'manifest.json');
    writeFileSync(manifest, JSON.stringify({ name: 'visits', publisher: 'Acme', prefix: 'acme_', version: '1.0.0' }));
    const made = (documents: string) =>
      run(`package export --manifest ${manifest} --documents ${documents} ${join(folder, 'visits.json')}`);
    await expect(made('entity/acme_visit,entity/company')).rejects.toThrow(
      'package:visits/entity/company#/fields/x_rank',
    );
    await expect(made('entity/nothing')).rejects.toThrow('There is no customisation entity nothing');
    expect(await made('entity/acme_visit')).toContain('visits 1.0.0 with 1 documents');
    const bytes = readFileSync(join(folder, 'visits.json'), 'utf8');
    await made('entity/acme_visit');
    expect(readFileSync(join(folder, 'visits.json'), 'utf8')).toBe(bytes);
    await run(`package install ${join(folder, 'visits.json')}`, other);
    await run(`package export visits ${join(folder, 'again.json')}`, other);
    expect(readFileSync(join(folder, 'again.json'), 'utf8')).toBe(bytes);
    await expect(run(`package install ${join(folder, 'visits.json')}`)).rejects.toThrow(
      'custom/entity/acme_visit#/name',
    );
  });
});
