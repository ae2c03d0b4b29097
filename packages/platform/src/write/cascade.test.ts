// The set of records that a delete or a restore works on, at its limit.
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { RecordSet } from './cascade.ts';
import { fixtureModel } from './fixture.ts';

const entity = (name: string) => {
  const found = fixtureModel().entities.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const [order, line] = [entity('order'), entity('order_line')];
const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `${from + n}`);

describe('a set of records', () => {
  it('holds each once, and 50,000 in all', () => {
    const records = new RecordSet();
    records.add(order, ids(0, 20_000), 'deleted');
    records.add(order, ids(10_000, 30_000), 'deleted');
    records.add(line, ids(0, 20_000), 'deleted');
    expect(records.room).toBe(0);
    expect(() => records.add(line, ids(0, 20_001), 'deleted')).toThrow(
      new PlatformError('limit_exceeded', { limit: 'records deleted together', value: '50000' }),
    );
  });

  it('has room again for what is taken out, and forgets an entity without records', () => {
    const records = new RecordSet();
    records.add(order, ['a', 'b'], 'restored');
    records.add(line, ['c'], 'restored');
    records.remove(order, ['b', 'c', 'x']);
    expect(records.room).toBe(49_998);
    records.remove(line, ['c']);
    expect([...records].map(([{ name }]) => name)).toEqual(['order']);
    expect(records.literal(order)).toBe('{a}');
    expect(records.literal(line)).toBe('{}');
  });
});
