// `kartoteka metadata` against a running service: files that stay as they are, changes of either side, conflicts; and the commands of the guide.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, signIn, startTestService, type TestService } from '../testing/test-service.ts';
import { commandRunner } from './testing/run-command.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'kartoteka-metadata-'));
const files = join(folder, 'files');
let test: TestService;
let token = '';
beforeAll(async () => {
  test = await startTestService();
  token = (await signIn(test.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await test?.stop();
});

const run = commandRunner(() => test.address);
const label = (en: string) => ({ en });

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
async function api(method: string, path: string, body?: unknown): Promise<any> {
  const response = await callApi(test.address, token, method, `/api/v1/${path}`, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** What a person changes in the editor. */
const edit = (kind: string, name: string, body: unknown) =>
  api('POST', 'metadata/publish', { documents: [{ kind, name, body }], comment: 'Editor' });

const write = (path: string, text: string): void => {
  mkdirSync(join(files, path, '..'), { recursive: true });
  writeFileSync(join(files, path), text);
};
const read = (path: string): string => readFileSync(join(files, path), 'utf8');
const company = (size: string) => ({ extends: 'company', fields: { x_rank: { type: 'integer', label: label(size) } } });
/** Every file with its bytes, the state among them. */
const all = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(files, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(files.length + 1))
      .sort()
      .map((path) => [path, read(path)]),
  );

describe('customisations as files', () => {
  it('are pulled one per document, and again without a change of any byte', async () => {
    await edit('entity', 'company', company('Rank'));
    expect(await run(`metadata pull ${files}`)).toMatch(
      /Revision \d+: 1 customised documents\n {2}written entities\/company.json\n/,
    );
    expect(JSON.parse(read('entities/company.json'))).toEqual(company('Rank'));
    const before = all();
    expect(await run(`metadata pull ${files}`)).toMatch(/^Revision \d+: 1 customised documents\n$/);
    expect(all()).toEqual(before);
    expect(await run(`metadata plan ${files}`)).toBe('Nothing was changed in the folder\n');
  });

  it('are planned and pushed as they were changed, and the next pull leaves every byte of a file as its author wrote it', async () => {
    const own = '{"extends": "company",\n   "fields": {"x_rank": {"type": "integer", "label": {"en": "Our rank"}}}}';
    write('entities/company.json', own);
    const shape = {
      set: 'x_visits',
      label: label('Visit'),
      plural_label: label('Visits'),
      ownership: 'user',
      title: 'place',
    };
    const visit = {
      $schema: '../entity.schema.json',
      name: 'x_visit',
      ...shape,
      fields: { place: { type: 'text', label: label('Place') } },
    };
    write('entities/x_visit.json', JSON.stringify(visit));
    const planned = await run(`metadata plan ${files}`);
    expect(planned).toContain('  changed entities/company.json\n  added entities/x_visit.json\n');
    expect(planned).toContain('create table data.x_visit');
    expect(await run(`metadata push ${files}`)).toMatch(/Published revision \d+\n$/);
    expect((await api('GET', 'x_visits')).value).toEqual([]);
    const before = all();
    await run(`metadata pull ${files}`);
    expect({ ...all(), '.kartoteka.json': '' }).toEqual({ ...before, '.kartoteka.json': '' });
    expect(read('entities/company.json')).toBe(own);
    expect(await run(`metadata push ${files}`)).toBe('Nothing was changed in the folder\n');
  });

  it('come back from the editor as the same files, beside changes that are not pushed yet', async () => {
    write(
      'choices/deal_stage.json',
      JSON.stringify({ extends: 'deal_stage', values: { x_paused: { label: label('Paused'), order: 5 } } }),
    );
    await edit('entity', 'company', company('Edited'));
    const pulled = await run(`metadata pull ${files}`);
    expect(pulled).toContain('written entities/company.json\n  kept your change of choices/deal_stage.json\n');
    expect(JSON.parse(read('entities/company.json'))).toEqual(company('Edited'));
    await run(`metadata push ${files}`);
    expect((await api('GET', 'metadata/documents/choice/deal_stage?layer=custom')).body.values).toHaveProperty(
      'x_paused',
    );
  });

  it('that both sides have changed are named, and nothing is done', async () => {
    await edit('entity', 'company', company('Theirs'));
    write('entities/company.json', JSON.stringify(company('Ours')));
    const { revision } = await api('GET', 'metadata');
    const before = all();
    for (const action of ['plan', 'push', 'pull'])
      await expect(run(`metadata ${action} ${files}`), action).rejects.toThrow(
        /Changed in the folder and in the service;.*\n {2}entities\/company.json$/,
      );
    expect(all()).toEqual(before);
    expect((await api('GET', 'metadata')).revision).toBe(revision);
    write('entities/company.json', JSON.stringify(company('Theirs')));
    expect(await run(`metadata push ${files}`)).toBe('Nothing was changed in the folder\n');
    await run(`metadata pull ${files}`);
  });

  it('whose file is removed leave the layer, with a word for what is lost', async () => {
    rmSync(join(files, 'entities/x_visit.json'));
    await expect(run(`metadata push ${files}`)).rejects.toThrow('x_visit');
    expect((await api('GET', 'x_visits')).value).toEqual([]);
    expect(await run(`metadata plan ${files}`)).toContain('  removed entities/x_visit.json\n');
    await run(`metadata push ${files} --destructive`);
    await expect(api('GET', 'x_visits')).rejects.toThrow('unknown_resource');
    await edit('entity', 'x_visit2', {
      ...{
        name: 'x_visit2',
        set: 'x_visits2',
        label: label('V'),
        plural_label: label('V'),
        ownership: 'user',
        title: 'place',
      },
      fields: { place: { type: 'text', label: label('Place') } },
    });
    await run(`metadata pull ${files}`);
    const documents = [{ kind: 'entity', name: 'x_visit2', remove: true }];
    await api('POST', 'metadata/publish', { documents, comment: 'Away', allow_destructive: true });
    expect(await run(`metadata pull ${files}`)).toContain('  removed entities/x_visit2.json\n');
    expect(existsSync(join(files, 'entities/x_visit2.json'))).toBe(false);
  });

  it('in no place of a document are named by plan and push, and left alone', async () => {
    for (const path of ['x_lost.json', 'entity/x_lost.json', 'entities/deep/x_lost.json', 'entities/x_lost.jsonc'])
      write(path, '{');
    for (const path of ['notes.md', '.vscode/settings.json', 'entity.schema.json', 'entities/a.schema.json'])
      write(path, '{}');
    const named = ['entities/deep/x_lost.json', 'entities/x_lost.jsonc', 'entity/x_lost.json', 'x_lost.json'];
    const lines = named.map(
      (path) => `  left alone ${path}: it is in no place of a document, such as entities/x_visit.json\n`,
    );
    for (const action of ['plan', 'push'])
      expect(await run(`metadata ${action} ${files}`)).toBe(`Nothing was changed in the folder\n${lines.join('')}`);
    expect(read('x_lost.json')).toBe('{');
    for (const path of named) rmSync(join(files, path));
  });

  it('that are wrong are told of with file-like places, all at once, and a file that is no JSON by its name', async () => {
    write(
      'entities/company.json',
      JSON.stringify({ extends: 'company', fields: { rank: { type: 'integer' }, x_a: { type: 'nothing' } } }),
    );
    const refused = run(`metadata push ${files}`);
    await expect(refused).rejects.toThrow('custom/entity/company#/fields/rank');
    await expect(refused).rejects.toThrow('custom/entity/company#/fields/x_a');
    write('entities/company.json', '{');
    await expect(run(`metadata push ${files}`)).rejects.toThrow(join(files, 'entities/company.json'));
    await expect(run(`metadata push ${join(folder, 'never')}`)).rejects.toThrow('was never pulled into');
    write('.kartoteka.json', '[]');
    await expect(run(`metadata pull ${files}`)).rejects.toThrow('cannot be understood');
  });
});

describe('the guide', () => {
  it('has commands that run as they stand there', async () => {
    const guide = readFileSync(join(ROOT, 'docs/packages.md'), 'utf8');
    const commands = [...guide.matchAll(/^npx kartoteka (.+)$/gm)].map(([, line = '']) => line);
    expect(commands.length).toBeGreaterThan(11);
    await edit('organization', 'organization', { extends: 'organization', prefixes: ['acme_'] });
    await edit('entity', 'acme_visit', {
      ...{
        name: 'acme_visit',
        set: 'acme_visits',
        label: label('V'),
        plural_label: label('V'),
        ownership: 'user',
        title: 'place',
      },
      fields: { place: { type: 'text', label: label('Place') } },
    });
    const manifest = { name: 'visits', publisher: 'Acme', prefix: 'acme_', version: '1.0.0' };
    writeFileSync(join(folder, 'visits.json'), JSON.stringify(manifest));
    for (const line of commands) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
      const placed = words.map((word) => {
        if (word.startsWith('./')) return join(folder, word);
        return word.startsWith('docs/') ? join(ROOT, word) : word;
      });
      await run(placed);
    }
    expect(existsSync(join(folder, 'training/kartoteka-package.json'))).toBe(true);
    expect(existsSync(join(folder, 'visits-1.json'))).toBe(true);
    expect(existsSync(join(folder, 'customisations/.kartoteka.json'))).toBe(true);
  });
});
