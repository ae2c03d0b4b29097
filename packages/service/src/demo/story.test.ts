// The story of the demo by itself: the same for the same seed, in one piece, and with figures that make sense.
import { describe, expect, it } from 'vitest';
import { DEMO_WORDS, demoStory } from './story.ts';
import { DEMO_LANGUAGES } from './words.ts';

const TODAY = '2026-11-23';

describe.each(DEMO_LANGUAGES)('the story in %s', (language) => {
  const story = demoStory({ today: TODAY, language });
  const of = (set: string) => story.sets.find(([name]) => name === set)?.[1] ?? [];
  const all = story.sets.flatMap(([, records]) => records);
  const values = (set: string) => of(set).map((record) => record.values);
  const count = (set: string, property: string, value: unknown) =>
    values(set).filter((each) => each[property] === value).length;

  it('is the same for the same seed and day, and another one for others', () => {
    expect(demoStory({ today: TODAY, language })).toEqual(story);
    expect(demoStory({ today: TODAY, language, seed: 7 })).not.toEqual(story);
    const later = demoStory({ today: '2026-11-30', language });
    const created = later.sets.find(([set]) => set === 'deals')?.[1][0]?.values.created_on;
    expect(Date.parse(String(created)) - Date.parse(String(of('deals')[0]?.values.created_on))).toBe(7 * 86_400_000);
  });

  it('has some thousand records, each of which refers to earlier ones', () => {
    expect(all.length).toBeGreaterThan(4000);
    const known = new Set(['team', ...Object.keys(DEMO_WORDS[language].users)]);
    const missing: string[] = [];
    const refer = (references: readonly string[]): number =>
      missing.push(...references.filter((each) => !known.has(each)));
    for (const { externalId, owner, author, refs, details } of all) {
      refer([...Object.values(refs), ...Object.values(details?.refs ?? {}), owner ?? 'team', author ?? 'team']);
      if (externalId !== null) known.add(externalId);
    }
    for (const { externalId, refs } of story.conversions) refer([externalId ?? '', ...Object.values(refs)]);
    expect(missing).toEqual([]);
    expect(new Set(all.flatMap(({ externalId }) => externalId ?? [])).size).toBe(
      all.filter(({ externalId }) => externalId !== null).length,
    );
  });

  it('reaches nobody: addresses are examples, telephone numbers are reserved for fiction', () => {
    const people = [...values('leads'), ...values('contacts'), ...values('companies')];
    const odd = (texts: readonly unknown[], form: RegExp) =>
      texts.filter((text) => typeof text === 'string' && !form.test(text));
    const phones = people.flatMap(({ work_phone, mobile_phone, phone }) => [work_phone, mobile_phone, phone]);
    expect(odd(phones, /^\+1 \d{3} 555 01\d\d$|^\+44 1\d\d 496 0\d{3}$/)).toEqual([]);
    expect(
      odd(
        people.map(({ email }) => email),
        /^[a-z0-9.]+@[a-z0-9]+\.example$/i,
      ),
    ).toEqual([]);
    expect(
      odd(
        people.map(({ website }) => website),
        /^https:\/\/[a-z0-9]+\.example$/,
      ),
    ).toEqual([]);
  });

  it('narrows from leads over deals to those that are won, which most campaigns paid for and one did not', () => {
    const [leads, converted] = [of('leads').length, count('leads', 'status', 'converted')];
    const fromLeads = of('deals').filter(({ refs }) => refs.originating_lead_id !== undefined);
    const won = fromLeads.filter((deal) => deal.values.stage === 'won').length;
    expect([leads > 2 * converted, converted > fromLeads.length, fromLeads.length > 1.5 * won, won > 30]).toEqual(
      Array(4).fill(true),
    );
    const wins = of('campaigns').flatMap(({ externalId, values: { actual_cost: cost } }) => {
      if (cost === undefined) return [];
      const deals = of('deals').filter(
        ({ refs, values: { stage } }) => refs.campaign_id === externalId && stage === 'won',
      );
      return [deals.reduce((sum, deal) => sum + Number(deal.values.amount), 0) - Number(cost)];
    });
    expect(wins.filter((win) => win > 0).length).toBeGreaterThanOrEqual(4);
    expect(wins.filter((win) => win < 0).length).toBeGreaterThanOrEqual(1);
  });

  it('has open deals in every stage, lost ones for several reasons, some that are overdue', () => {
    const stages = values('deals').map(({ stage }) => stage);
    for (const stage of ['prospecting', 'engaging', 'proposal', 'negotiation', 'review'])
      expect(stages).toContain(stage);
    const reasons = values('deals').flatMap(({ stage, lost_reason }) => (stage === 'lost' ? [lost_reason] : []));
    expect(new Set(reasons).size).toBeGreaterThan(3);
    const late = values('deals').filter(
      ({ stage, close_date }) => !['won', 'lost'].includes(String(stage)) && String(close_date) < TODAY,
    );
    expect(late.length).toBeGreaterThan(1);
  });

  it('has activities done, overdue, of today and to come; nothing of the past lies in the future', () => {
    const planned = values('activities').filter(({ status }) => status === 'planned');
    const days = planned.map(({ due_on }) => String(due_on).slice(0, 10));
    for (const fits of [(day: string) => day < TODAY, (day: string) => day === TODAY, (day: string) => day > TODAY])
      expect(days.filter(fits).length).toBeGreaterThan(15);
    const done = values('activities').filter(({ status }) => status === 'done');
    const moments = all.flatMap(({ values: { created_on, modified_on, happened_on } }) => [
      created_on,
      modified_on,
      happened_on,
    ]);
    const past = [...moments, ...done.map(({ due_on }) => due_on)];
    expect(past.filter((moment) => String(moment ?? '') >= TODAY)).toEqual([]);
    const backwards = all.filter(
      ({ values: { created_on, modified_on } }) => String(modified_on ?? '') < String(created_on ?? ''),
    );
    expect(backwards).toEqual([]);
    const closed = values('deals').filter(
      ({ actual_close_date: day, engaged_on }) => day !== undefined && String(day) < String(engaged_on),
    );
    expect(closed).toEqual([]);
  });
});
