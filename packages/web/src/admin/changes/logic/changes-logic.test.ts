// What a plan comes to in sentences, differences place by place, and the documents that bring hidden things back.
import { describe, expect, it } from 'vitest';
import type { DocumentRevision, HiddenItem, PlanReport, Preview } from '../api-types.ts';
import { MOST_LINES, pathOf, placesOf } from './places.ts';
import { candidates, proposalFrom } from './restoring.ts';
import { peopleOf, verdictOf } from './verdict.ts';

const EMPTY = {
  ...{ revision: 1, fingerprint: 'f', destructive: false, changes: [], steps: [], checks: [], losses: [] },
  ...{ conversions: [], retired: [], dependents: [], rights: [], capacity: [], unfit: [] },
} as unknown as PlanReport;

const step = (phase: 'transaction' | 'background', more = {}) => ({
  ...{ sql: 's', description: 'd', phase, table: 't', lock: 'l', held: 'h', rewrites: false, scans: false, rows: null },
  ...more,
});
const RIGHT = { role: 'seller', entity: 'deal', field: null, right: 'read', before: 'organization', after: 'user' };
const PREVIEW: Preview = {
  ...{ examined: 3, not_examined: 0 },
  principals: [{ id: 'c', title: 'C', capabilities: { gained: [], lost: ['export'] } }],
  changes: [
    { entity: 'deal', privilege: 'read', principal_ids: ['a', 'b'], gained: { count: 0 }, lost: { count: '4' } },
    { entity: 'lead', privilege: 'read', principal_ids: ['a'], gained: { count: '2' }, lost: { count: 0 } },
  ],
};

const keys = (plan: Partial<PlanReport>, preview: Preview | null = null): string[] =>
  verdictOf({ ...EMPTY, ...plan }, preview).map(({ tone, key }) => `${tone} ${key}`);

describe('the verdict', () => {
  it('of nothing says so', () => {
    expect(keys({})).toEqual(['note nothing']);
  });

  it('tells what is lost first, with what could not be counted to its end', () => {
    const losses = [
      { what: 'deal.x', how: 'removed' as const, records: '5', more: false },
      { what: 'deal.y', how: 'removed' as const, records: null, more: true },
    ];
    const [first] = verdictOf({ ...EMPTY, losses, steps: [step('transaction')] }, null);
    expect(first).toEqual({ tone: 'danger', key: 'loss_at_least', values: { smart_count: 2, records: 5 } });
    expect(verdictOf({ ...EMPTY, losses: losses.slice(0, 1), steps: [step('transaction')] }, null)[0]?.key).toBe(
      'loss',
    );
  });

  it('tells of locks, of what runs in the background and of rows that are written anew', () => {
    const steps = [step('transaction'), step('background', { rewrites: true, rows: '1200' })];
    expect(keys({ steps })).toEqual([
      'note background',
      'note rewrites',
      'good no_loss',
      'good short_locks',
      'good no_rights',
    ]);
  });

  it('tells of people who lose rights, records and capabilities alike', () => {
    expect(keys({ rights: [RIGHT] }, PREVIEW)[0]).toBe('danger people_lose');
    const { gain, lose } = peopleOf(PREVIEW);
    expect([[...gain], [...lose].sort()]).toEqual([['a'], ['a', 'b', 'c']]);
    expect(keys({ rights: [RIGHT] })).not.toContain('danger people_lose');
  });
});

describe('differences', () => {
  it('are told place by place', () => {
    expect(placesOf({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 3 }, 'x/y': [] })).toEqual([
      { path: ['b', 'c'], before: ['2'], after: ['3'] },
      { path: ['x/y'], before: [], after: ['[]'] },
    ]);
    expect(placesOf(undefined, { a: 1 })).toEqual([{ path: [], before: [], after: ['{', '  "a": 1', '}'] }]);
    expect(placesOf({ a: 1 }, { a: 1 })).toEqual([]);
    expect(pathOf('/a~1b/c~0d')).toEqual(['a/b', 'c~d']);
  });

  it('of very long values are cut', () => {
    const long = Array.from({ length: MOST_LINES + 1 }, (_, at) => at);
    expect(placesOf({}, { long })[0]?.after).toHaveLength(MOST_LINES + 1);
  });
});

const hidden = (entity: string, property: string | null, hidden_on: string | null = null): HiddenItem => ({
  ...{ item: 'i', kind: property === null ? 'table' : 'column', table: entity, column: property, bytes: null },
  ...{ entity, property, hidden_on, records: '1', more: false },
});
const revision = (more: Partial<DocumentRevision>): DocumentRevision => ({
  ...{ layer: 'custom', kind: 'entity', name: 'company', change: 'changed' },
  ...more,
});

describe('what is hidden', () => {
  const before = {
    extends: 'company',
    fields: { x_site: { type: 'lookup' }, x_site_code: { type: 'text' }, x_kept: {} },
  };

  it('is brought back by the field as it stood before', () => {
    const after = { extends: 'company', fields: { x_kept: {} } };
    const found = (property: string) => proposalFrom([revision({ before, after })], hidden('company', property));
    expect(found('x_site_id')).toEqual({
      ...{ kind: 'entity', name: 'company', patch: { fields: { x_site: { type: 'lookup' } } } },
    });
    expect(found('x_site_code')?.patch).toEqual({ fields: { x_site_code: { type: 'text' } } });
    expect(found('x_kept')).toBeNull();
    expect(found('x_other')).toBeNull();
  });

  it('is brought back where the whole extension went', () => {
    expect(proposalFrom([revision({ before })], hidden('company', 'x_site_code'))?.patch).toEqual({
      fields: { x_site_code: { type: 'text' } },
    });
  });

  it('as an entity comes back with its document; other layers and entities are none of it', () => {
    const own = { name: 'x_visit', fields: { title: { type: 'text' } } };
    const removed = revision({ name: 'x_visit', before: own });
    expect(proposalFrom([removed], hidden('x_visit', null))).toEqual({ kind: 'entity', name: 'x_visit', body: own });
    expect(proposalFrom([{ ...removed, layer: 'base' }], hidden('x_visit', null))).toBeNull();
    expect(proposalFrom([removed], hidden('company', null))).toBeNull();
  });

  it('is looked for at the time when it was hidden first', () => {
    const at = (number: number, created_on: string) => ({
      ...{ author_id: null, caller_id: null, comment: null },
      ...{ number, created_on, change_count: 1 },
    });
    const revisions = [at(3, '2026-01-03T00:00:00Z'), at(2, '2026-01-02T00:00:00Z'), at(1, '2026-01-01T00:00:00Z')];
    const item = hidden('company', 'x', '2026-01-02T00:00:01Z');
    expect(candidates(revisions, item)[0]?.number).toBe(2);
    expect(candidates(revisions, { ...item, hidden_on: null })).toBe(revisions);
  });
});
