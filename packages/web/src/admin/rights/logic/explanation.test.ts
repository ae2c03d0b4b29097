import polyglotI18nProvider from 'ra-i18n-polyglot';
import { describe, expect, test } from 'vitest';
import { rights as english } from '../../../i18n/en/rights.ts';
import { rights as russian } from '../../../i18n/ru/rights.ts';
import { type Explanation, type Translate, tellExplanation } from './explanation.ts';

function translatorOf(rights: object): Translate {
  const provider = polyglotI18nProvider(() => ({ rights }) as never, 'en', [], { allowMissing: false });
  return (key, values) =>
    provider.translate(key.startsWith('privilege.') ? `rights.${key}` : `rights.explain.${key}`, values);
}
const anna = { kind: 'user', id: 'a', name: 'Anna', active: true };
const seller = { name: 'seller', label: 'Seller' };

const answerOf = (write: Explanation['privileges'][string]): Explanation => ({
  ...{ entity: 'deal', id: 'd', principal: anna, secured_fields: [] },
  privileges: { write },
});
const tell = (rights: object, write: Explanation['privileges'][string]) =>
  tellExplanation(translatorOf(rights), answerOf(write), (entity) => entity)[0];

const failing = {
  granted: false,
  code: 'missing_privilege_on_record',
  grants: [
    {
      ...{ role: seller, held_by: { kind: 'team', id: 't', name: 'North' }, depth: 'user', allows: false },
      condition: { text: "stage ne 'won'", holds: false, failing: ["stage ne 'won'"] },
      covers: [{ by: 'owner', owner: anna } as const],
    },
  ],
  smallest_grants: [{ change: 'condition', role: seller, condition: { text: "stage ne 'won'" } } as const],
};

describe('an explanation in words', () => {
  test('names the team, the role and the condition that fails, where the chain breaks', () => {
    const told = tell(english, failing);
    expect(told?.headline).toBe('A role of Anna reaches this record, but its condition does not hold.');
    expect(told?.chains[0]?.links.map(({ text, holds }) => `${holds ? '' : '!'}${text}`)).toEqual([
      'Anna',
      'the team North',
      'Seller',
      'own records',
      'the record belongs to Anna',
      "!does not hold: stage ne 'won'",
    ]);
    expect(told?.enough).toEqual([`The record meets the condition of the role "Seller": stage ne 'won'.`]);
  });

  test('is Russian in Russian', () => {
    const told = tell(russian, failing);
    expect(told?.headline).toBe('Anna: роль даёт доступ к этой записи, но её условие не выполнено.');
    expect(told?.chains[0]?.links.at(-1)?.text).toBe("не выполнено: stage ne 'won'");
  });

  test('tells a missing role from one that does not reach the record', () => {
    expect(tell(english, { granted: false, grants: [] })?.headline).toBe('No role of Anna gives this privilege.');
    const far = { role: seller, held_by: anna, depth: 'user', allows: false, covers: [] };
    const told = tell(english, { granted: false, grants: [far] });
    expect(told?.headline).toContain('does not reach this record');
    expect(told?.chains[0]?.links.filter(({ holds }) => !holds).map(({ kind }) => kind)).toEqual(['depth', 'cover']);
  });

  test('says that a privilege is of no use without another, and that one does not apply', () => {
    expect(tell(english, { granted: true, grants: [], blocked_by: ['read'] })).toMatchObject({
      verdict: 'blocked',
      headline: 'Anna holds this privilege on the record, but cannot use it without: Read.',
    });
    expect(tell(english, { granted: false, applicable: false, grants: [] })?.verdict).toBe('not_applicable');
  });

  test('names whom to ask for every kind of change once, and hidden people by their kind', () => {
    const smallest_grants = [
      { change: 'share', with: { kind: 'user' }, rights: ['write'] },
      { change: 'assignment', to: { kind: 'team' }, depth: 'organization', with_share: ['write'] },
    ] as const;
    for (const rights of [english, russian]) {
      const told = tell(rights, { granted: false, grants: [], smallest_grants });
      expect(told?.enough[0]).toContain(rights.explain.somebody.user);
      expect(told?.enough[1]).toContain(rights.explain.enough.with_share);
      expect(told?.ask).toEqual([rights.explain.ask.share]);
    }
  });
});
