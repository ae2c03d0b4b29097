// Every secured property x every query option, over HTTP: refused in the same words whether a guess is right or wrong, byte for byte.
// Properties come from the Model: those that ship, and one of every field type.
import { FIELD_TYPES } from '@kartoteka/metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpAnswer } from './http.ts';
import { coveredTypes } from './secured-documents.ts';
import { byKey, type Naming, namings, writings } from './secured-queries.ts';
import { bytes, model, PROPERTIES, type SecuredWorld, startSecuredWorld } from './secured-world.ts';

let world: SecuredWorld;

beforeAll(async () => {
  world = await startSecuredWorld();
});
afterAll(() => world?.http.stop());

const ask = (who: 'blind' | 'seeing', { method, path, body, headers }: Naming): Promise<HttpAnswer> =>
  world.http.send(world[who], method, path, body, headers);

it('covers every field type that can be secured', () => {
  const cannot = [...FIELD_TYPES.keys()].filter((type) => !coveredTypes(model).has(type));
  expect(cannot).toEqual(['many']);
});

describe.each(PROPERTIES)('$title', (secured) => {
  const { entity, property } = secured;

  it('is refused in every query option, with the same bytes for every guess', async () => {
    const [right, wrong] = world.guesses(secured);
    const id = world.idOf(entity.name);
    const others = namings(model, secured, id, wrong);
    const seen: unknown[] = [];
    for (const [index, naming] of namings(model, secured, id, right).entries()) {
      const answers = [await ask('blind', naming), await ask('blind', others[index] as Naming)];
      const { status, json } = answers[0] as HttpAnswer;
      const refused = status === 403 && json.error.code === 'secured_property' && json.error.target === property.name;
      if (!refused) seen.push([naming.option, naming.path, answers[0]?.text]);
      if (bytes(answers[0] as HttpAnswer) !== bytes(answers[1] as HttpAnswer))
        seen.push([naming.option, ...answers.map(bytes)]);
      const permitted = await ask('seeing', naming);
      // Who may read it is refused nothing: the way is one that exists. (Collections of a record that is not there are 404.)
      if (permitted.status !== 200 && permitted.status !== 404) seen.push([naming.option, naming.path, permitted.text]);
    }
    expect(seen).toEqual([]);
  });

  it('is refused in every write, whatever the value', async () => {
    const [right, wrong] = world.guesses(secured);
    const [first, ...rest] = [right.value, wrong.value, null, 17, { not: 'a value' }].map((value) =>
      writings(secured, world.idOf(entity.name), value),
    );
    for (const [index, naming] of (first ?? []).entries()) {
      const answer = await ask('blind', naming);
      expect([naming.option, answer.status, answer.json.error.code]).toEqual([naming.option, 403, 'secured_property']);
      for (const others of rest)
        expect(bytes(await ask('blind', others[index] as Naming)), naming.option).toBe(bytes(answer));
    }
  });

  it('names no record in a path, with the same bytes for every guess', async () => {
    const [right, wrong] = world.guesses(secured);
    const isKey = [...entity.keys.values()].some(({ properties }) => properties.join() === property.name);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const [answer, other] = [right, wrong].map((guess) => {
        const body = method === 'PATCH' ? { body: {} } : {};
        return ask('blind', { ...byKey(secured, guess), ...body, method });
      });
      const { status, json } = (await answer) as HttpAnswer;
      expect([status, json.error.code]).toEqual(isKey ? [403, 'secured_property'] : [400, 'invalid_key']);
      // What is no key is told as it was sent.
      const withoutKey = (text: string): string => text.replace(/The key .*? is not valid/, 'KEY');
      expect(withoutKey(bytes((await other) as HttpAnswer))).toBe(withoutKey(bytes((await answer) as HttpAnswer)));
    }
  });
});
