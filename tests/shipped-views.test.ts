// Every shipped view asked as a client asks it: its columns selected, lookups expanded, its filter and order.
import type { View } from '@kartoteka/metadata';
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

/** Columns of the record itself go to $select, the others into nested expands. */
function nested(paths: readonly string[]): string {
  const own = paths.filter((path) => !path.includes('/'));
  const lookups = Map.groupBy(
    paths.filter((path) => path.includes('/')),
    (path) => path.slice(0, path.indexOf('/')),
  );
  const expands = [...lookups].map(([name, below]) => {
    const inner = nested(below.map((path) => path.slice(name.length + 1)));
    return `${name}(${inner.replaceAll('&', ';')})`;
  });
  const select = `$select=${own.length === 0 ? 'id' : own.join(',')}`;
  return expands.length === 0 ? select : `${select}&$expand=${expands.join(',')}`;
}

function queryOf(view: View): string {
  const filter = view.filter === null ? '' : `&$filter=${view.filter}`;
  return `${nested(view.columns.map(({ path }) => path))}${filter}&$orderby=${view.sort.map(({ path, direction }) => `${path} ${direction}`).join(',')}`;
}

test('every shipped view answers to whom its entity is open', async () => {
  const roles = ['sales_manager', 'sales_representative', 'marketing', 'integrator'];
  const readers: Principal[] = [crm.admin];
  for (const role of roles) readers.push(await crm.user(role, [role]));
  const { views, entities } = crm.platform.model();
  expect(views.size).toBeGreaterThan(20);
  for (const view of views.values()) {
    for (const reader of readers) {
      const set = entities.get(view.entity)?.set;
      const answer = await crm.call(reader, 'GET', `/${set}?${queryOf(view)}`);
      const isOpen = reader.access(view.entity, 'read').granted;
      expect([view.name, answer.status]).toEqual([view.name, isOpen ? 200 : 403]);
      if (isOpen) expect([view.name, answer.json.value]).toEqual([view.name, []]);
    }
  }
});
