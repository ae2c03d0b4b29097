// Lets a publishing process die at a fault point and checks what the next start makes of it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createTestDatabase } from '../../test-kit/index.ts';
import { pendingSteps } from '../after-steps.ts';
import { compareCatalogue } from '../catalogue.ts';
import { loadModel } from '../load.ts';
import { publish } from '../publish.ts';
import { readStored } from '../read-stored.ts';
import { CHANGED_DOCUMENTS, TEST_DOCUMENTS } from './documents.ts';
import { recordedLog } from './recorded-log.ts';
import { BASE_TEMPLATE } from './template.ts';

export type Scenario = 'first' | 'change';

const CHILD = fileURLToPath(new URL('./publish-child.ts', import.meta.url));
const common = { author: null, comment: 'test', log: recordedLog(), allowDestructive: true };

/**
 * Kills a publish at the point, then asserts: what is stored is one revision wholly; the catalogue agrees with it, pending
 * steps aside; and publishing the same documents again completes everything.
 */
export async function expectRecovery(scenario: Scenario, point: string): Promise<void> {
  const db = await createTestDatabase({ template: scenario === 'first' ? 'empty' : BASE_TEMPLATE });
  try {
    expect(await dieAt(db.url, scenario, point)).toBe('SIGKILL');
    const before = scenario === 'first' ? 0 : 1;
    const { revision } = await readStored(db.database);
    expect([before, before + 1]).toContain(revision);
    if (revision > 0) expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
    const documents = scenario === 'first' ? TEST_DOCUMENTS : CHANGED_DOCUMENTS;
    const result = await publish(db.database, { ...common, documents });
    expect([result.revision, result.pending]).toEqual([before + 1, []]);
    expect(await pendingSteps(db.database)).toEqual([]);
    expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
    if (scenario === 'change') {
      expect(await db.database.run('select probability_2 as v from data.deal')).toEqual([{ v: '50' }]);
    }
  } finally {
    await db.drop();
  }
}

/** Signal the child died of, or its exit code. `input`: what is published, as JSON. */
export function dieAt(
  url: string,
  scenario: Scenario | 'purge' | 'input',
  point: string,
  input: object = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KARTOTEKA_FAULT: point };
    const child = spawn(process.execPath, [CHILD, url, scenario, JSON.stringify(input)], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}: ${errors}`));
  });
}
