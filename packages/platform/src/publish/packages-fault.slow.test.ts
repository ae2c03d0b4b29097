// A process killed while a package is installed, upgraded, uninstalled or comes back, or a removed entity does: documents, registry and
// tables are of one revision, nothing that was stored is lost, and what was asked for can be asked again.
import type { PackageArchive } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../test-kit/index.ts';
import { pendingSteps, runAfterSteps } from './after-steps.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { dieAt } from './test/kill.ts';
import { recordedLog } from './test/recorded-log.ts';
import { insert } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

const label = { en: 'L' };
const course = (fields: object = {}) => ({
  kind: 'entity' as const,
  name: 't_course',
  body: {
    ...{ name: 't_course', set: 't_courses', label, plural_label: label, ownership: 'organization', title: 'title' },
    fields: {
      title: { type: 'text', max_length: 50, search: true },
      company: { type: 'lookup', targets: ['company'], inverse: 't_courses', on_delete: 'set_null' },
      deals: { type: 'many', target: 'deal', inverse: 't_courses' },
      ...fields,
    },
  },
});
const ranked = {
  kind: 'entity' as const,
  name: 'company',
  body: { extends: 'company', fields: { t_rank: { type: 'integer' } }, indexes: { t_rank: ['t_rank'] } },
};
const install = (version: string, fields: object = {}): Partial<PublishInput> => ({
  package: {
    install: {
      manifest: { name: 'training', publisher: 'Acme', prefix: 't_', version },
      documents: [course(fields), ranked],
    } as PackageArchive,
    keptData: 'restore',
  },
  allowDestructive: true,
});
const uninstall: Partial<PublishInput> = { package: { uninstall: 'training' }, allowDestructive: true };
const custom = (body: unknown): Partial<PublishInput> => ({
  changes: [
    { kind: 'organization', name: 'organization', body: { extends: 'organization', prefixes: ['t_'] } },
    { kind: 'entity', name: 't_course', body },
  ],
  allowDestructive: true,
  restore: true,
});

interface Scenario {
  /** What is published before, one after the other; a course is stored behind the first. */
  readonly before: readonly Partial<PublishInput>[];
  readonly asked: Partial<PublishInput>;
  /** The version that is installed afterwards; null: none. */
  readonly installed: string | null;
  readonly background: boolean;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  install: { before: [], asked: install('1.0.0'), installed: '1.0.0', background: true },
  upgrade: {
    before: [install('1.0.0')],
    asked: install('2.0.0', { seats: { type: 'integer' }, code: { type: 'text', unique: true } }),
    installed: '2.0.0',
    background: true,
  },
  uninstall: { before: [install('1.0.0')], asked: uninstall, installed: null, background: false },
  'come back': { before: [install('1.0.0'), uninstall], asked: install('1.1.0'), installed: '1.1.0', background: true },
  'come back as an entity': {
    before: [custom(course().body), custom(null)],
    asked: custom(course().body),
    installed: null,
    background: true,
  },
};
const POINTS = ['after_store', 'after_ddl', 'before_commit', 'after_commit'];
const CASES = Object.entries(SCENARIOS).flatMap(([name, { background }]) =>
  [...POINTS, ...(background ? ['before_after_step'] : [])].map((point) => [name, point] as const),
);

test.each(CASES)('killed in %s at %s, the next attempt completes it', async (name, point) => {
  const { before, asked, installed } = SCENARIOS[name] as Scenario;
  const db = await createTestDatabase({ template: BASE_TEMPLATE });
  const run = (input: Partial<PublishInput>) =>
    publish(db.database, { author: null, comment: 'test', log: recordedLog(), ...input });
  try {
    for (const [at, input] of before.entries()) {
      await run(input);
      if (at === 0) await insert(db.database, 't_course', { title: 'Logic' });
    }
    const { revision } = await readStored(db.database);
    expect(await dieAt(db.url, 'input', point, asked)).toBe('SIGKILL');
    const stored = await readStored(db.database);
    const committed = ['after_commit', 'before_after_step'].includes(point);
    expect(stored.revision).toBe(revision + (committed ? 1 : 0));
    expect(versionOf(stored)).toBe(committed ? installed : before.length === 1 ? '1.0.0' : null);
    expect(stored.documents.some(({ layer }) => layer === 'package:training')).toBe(versionOf(stored) !== null);
    expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
    // What is uninstalled is not there to be uninstalled again.
    if (committed && asked === uninstall) await expect(run(asked)).rejects.toMatchObject({ code: 'unknown_resource' });
    else await run(asked);
    // As the next start does.
    await runAfterSteps(db.database, recordedLog());
    const after = await readStored(db.database);
    expect([after.revision, versionOf(after)]).toEqual([revision + 1, installed]);
    expect(await pendingSteps(db.database)).toEqual([]);
    expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
    const titles = await db.database.run('select title from data.t_course');
    expect(titles).toEqual(before.length === 0 ? [] : [{ title: 'Logic' }]);
  } finally {
    await db.drop();
  }
});

function versionOf({ packages }: Awaited<ReturnType<typeof readStored>>): string | null {
  const found = packages.find(({ manifest, remains }) => manifest.name === 'training' && remains === null);
  return found?.manifest.version ?? null;
}
