// What is answered to somebody without permission on secured fields, over HTTP: neither their names nor their values, in whatever
// answer; and nothing that depends on a value: keys, lookups, searches, bulk requests, versions.
import type { EntityType } from '@kartoteka/metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpAnswer } from './http.ts';
import { bytes, ENTITIES, model, PROPERTIES, type SecuredWorld, startSecuredWorld } from './secured-world.ts';

let world: SecuredWorld;

beforeAll(async () => {
  world = await startSecuredWorld();
});
afterAll(() => world?.http.stop());

const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpAnswer> =>
  world.http.send(world.blind, method, path, body, headers);
const securedOf = (entity: EntityType) => [...entity.properties.values()].filter(({ secured }) => secured);

/** Values long enough that no other text holds them by chance. */
function tellingValues(entity: EntityType): readonly string[] {
  const record = world.records.get(entity.name) ?? {};
  // The id that a lookup holds is in the answers that show its target.
  const plain = securedOf(entity).filter(({ type }) => type !== 'Edm.Guid');
  const texts = plain.map(({ name }) => {
    const value = record[name];
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  });
  return texts.filter((text) => text.length >= 6 && !/^\[/.test(text));
}

/** Secured properties and values that an answer lets see. */
function told(entity: EntityType, { text }: HttpAnswer): readonly string[] {
  const names = securedOf(entity).filter(({ name }) => new RegExp(`"${name}["@]`).test(text));
  return [...names.map(({ name }) => name), ...tellingValues(entity).filter((value) => text.includes(value))];
}

const ALL = { prefer: 'odata.include-annotations="*"' };

describe.each(ENTITIES.map((entity) => ({ entity, name: entity.name })))('$name', ({ entity }) => {
  const { set } = entity;
  const path = (): string => `/${set}(${world.idOf(entity.name)})`;

  it('is read without its secured fields, alone, in lists, from elsewhere and as CSV', async () => {
    const around = [...model.entities.values()].flatMap((from) =>
      [...from.navigations.values()]
        .filter(({ target, property, through, collection }) => {
          const holder = (collection ? entity : from).properties.get(property);
          return target === entity.name && through === undefined && holder?.secured === false;
        })
        .map(({ name }) => `/${from.set}?$expand=${name}`),
    );
    const reads = [path(), `/${set}`, `/${set}?$select=*`, `/${set}?$orderby=created_on desc`, ...around];
    for (const read of reads) {
      const [plain, formatted] = [await send('GET', read), await send('GET', read, undefined, ALL)];
      for (const answer of [plain, formatted]) {
        expect([read, answer.status]).toEqual([read, 200]);
        expect([read, told(entity, answer)]).toEqual([read, []]);
      }
    }
    const csv = await send('GET', `/${set}`, undefined, { accept: 'text/csv' });
    expect([csv.status, csv.text.includes(world.idOf(entity.name))]).toEqual([200, true]);
    const columns = (csv.text.split('\r\n')[0] ?? '').split(',');
    expect(columns.filter((column) => securedOf(entity).some(({ name }) => name === column))).toEqual([]);
    expect(told(entity, csv)).toEqual([]);
  });

  it('is written, deleted and restored without an answer that shows them', async () => {
    const representation = { prefer: 'return=representation,odata.include-annotations="*"' };
    const change = { [entity.title]: undefined };
    const written = await send('PATCH', path(), change, representation);
    expect([written.status, told(entity, written)]).toEqual([200, []]);
    expect((await send('DELETE', path())).status).toBe(204);
    for (const bin of [`/${set}/deleted`, `/${set}/deleted(${world.idOf(entity.name)})`]) {
      const answer = await send('GET', bin, undefined, ALL);
      expect([bin, answer.status, told(entity, answer)]).toEqual([bin, 200, []]);
    }
    const restored = await send('POST', `${path()}/restore`, undefined, representation);
    expect([restored.status, told(entity, restored)]).toEqual([200, []]);
  });

  it('has no value of them in its changes, explanations and metadata', async () => {
    for (const about of [`${path()}/changes`, `/${set}/changes`, `${path()}/explain_access`, '/$metadata']) {
      const answer = await send('GET', about);
      expect([about, answer.status]).toEqual([about, 200]);
      const values = tellingValues(entity).filter((value) => answer.text.includes(value));
      expect([about, values]).toEqual([about, []]);
    }
    for (const { name, computed } of securedOf(entity)) {
      if (computed !== undefined) continue;
      const asked = await send('GET', `/${set}/changes?$filter=property eq '${name}'`);
      expect([name, asked.status, asked.json.error?.code]).toEqual([name, 403, 'secured_property']);
    }
  });

  it('is searched for without them', async () => {
    for (const value of tellingValues(entity)) {
      const quoted = (text: string): string => `/${set}?$search="${text.replaceAll(/["\\]/g, '\\$&')}"`;
      const [right, wrong] = [await send('GET', quoted(value)), await send('GET', quoted('nobody has this'))];
      expect(bytes(right), value).toBe(bytes(wrong));
    }
  });

  it('is found by no key that they are part of', async () => {
    for (const key of [...entity.keys.values()].filter(({ properties }) =>
      properties.some((name) => entity.properties.get(name)?.secured),
    )) {
      const secured = PROPERTIES.find((each) => each.entity === entity && key.properties.includes(each.property.name));
      if (secured === undefined) continue;
      const [right, wrong] = world.guesses(secured);
      for (const mode of ['update', 'upsert']) {
        const ask = (value: unknown) =>
          send('POST', `/${set}/bulk`, {
            mode,
            key: key.name,
            records: [{ ...Object.fromEntries(key.properties.map((name) => [name, value])) }],
          });
        const answer = await ask(right.value);
        expect([key.name, answer.status, answer.json.error.code]).toEqual([key.name, 403, 'secured_property']);
        expect(bytes(await ask(wrong.value)), key.name).toBe(bytes(answer));
      }
    }
  });

  it('refuses each of them in bulk records alike for every value', async () => {
    for (const secured of PROPERTIES.filter((each) => each.entity === entity)) {
      const [right, wrong] = world.guesses(secured);
      for (const mode of ['create', 'update', 'upsert']) {
        const ask = async (value: unknown) => {
          const id = mode === 'create' ? {} : { id: world.idOf(entity.name) };
          const records = [{ ...id, [secured.property.name]: value }];
          const answer = await send('POST', `/${set}/bulk`, { mode, records });
          expect([secured.title, mode, answer.status]).toEqual([secured.title, mode, 200]);
          return answer.json.results[0];
        };
        const answer = await ask(right.value);
        expect([secured.title, mode, answer.status, answer.error?.code]).toEqual([
          secured.title,
          mode,
          403,
          'secured_property',
        ]);
        for (const value of [wrong.value, null, 17]) expect(await ask(value), secured.title).toEqual(answer);
      }
    }
  });

  it('has ETags of its versions alone', async () => {
    const before = await send('GET', path());
    expect(before.headers.etag).toBe(`W/"${before.json.version}"`);
    const same = await send('GET', path(), undefined, { 'if-none-match': String(before.headers.etag) });
    expect([200, 304]).toContain(same.status);
    expect(told(entity, same)).toEqual([]);
  });
});

describe('a secured lookup', () => {
  it('is refused from both ends, for the record that it names and for others', async () => {
    const vault = world.idOf('vault');
    const named = String(world.records.get('vault')?.s_lookup_id);
    const other = world.idOf('holder');
    const refused = async (pair: readonly [string, string]): Promise<void> => {
      const [right, wrong] = [await send('GET', pair[0]), await send('GET', pair[1])];
      expect([pair[0], right.status, right.json.error?.code]).toEqual([pair[0], 403, 'secured_property']);
      expect(bytes(wrong), pair[0]).toBe(bytes(right));
    };
    const both = (path: (word: string, id: string) => string) =>
      refused([path('in secret', named), path('nobody', other)]);
    await both((word) => `/vaults?$filter=s_lookup/name eq '${word}'`);
    await both((word) => `/visitors?$filter=vault/s_lookup/name eq '${word}'`);
    await both((_word, id) => `/vaults?$filter=s_lookup/id eq '${id}'`);
    await both((_word, id) => `/holders(${id})/secret_vaults`);
    await both((_word, id) => `/holders(${id})/secret_vaults/$count`);
    await both((_word, id) => `/holders(${id})?$expand=secret_vaults`);
    await refused(['/vaults?$orderby=s_lookup/name', '/vaults?$orderby=s_lookup/name desc,name']);
    for (const path of ['/vaults', `/vaults(${vault})`])
      await refused([`${path}?$expand=s_lookup`, `${path}?$expand=s_lookup($select=name)`]);
    for (const id of [named, other, '01900000-0000-7000-8000-00000000dead']) {
      const bound = await send('PATCH', `/vaults(${vault})`, { 's_lookup@odata.bind': `holders(${id})` });
      expect([bound.status, bound.json.error.code]).toEqual([403, 'secured_property']);
    }
  });
});

it('a key that collides tells none of the values that collide', async () => {
  const { s_date: date } = world.records.get('vault') ?? {};
  const made = (shelf: string, more: object) =>
    world.http.send(world.seeing, 'POST', '/vaults', { name: 'k', shelf, s_date: date, ...more });
  const [one, two] = [await made('one', {}), await made('two', {})];
  expect([one.status, two.status]).toEqual([201, 201]);
  const collided = await send('PATCH', `/vaults(${two.json.id})`, { shelf: 'one' });
  expect([collided.status, collided.json.error.code]).toEqual([409, 'duplicate_key']);
  expect(collided.text).not.toContain(String(date));
  expect(collided.text).not.toContain(one.json.id);
});
