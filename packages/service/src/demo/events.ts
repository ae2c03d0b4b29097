// The histories of leads and deals: what was said, when deals went from stage to stage, what leads became. They are dated as of when it
// happened; what the change log says is when it was loaded.
import { type Deal, lastDay, startOf } from './deals.ts';
import type { Lead } from './leads.ts';
import { type DemoRecord, numbered, type Telling, working } from './record.ts';

const WRITING: ReadonlySet<string> = new Set(['web', 'email', 'social_media']);

interface Happening {
  readonly regarding: readonly [type: string, id: string];
  readonly author: string | null;
  readonly day: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly details?: DemoRecord['details'];
}

export function eventRecords(telling: Telling, leads: readonly Lead[], deals: readonly Deal[]): readonly DemoRecord[] {
  const happenings = [
    ...leads.flatMap((lead) => ofLead(telling, lead)),
    ...deals.flatMap((deal) => [...steps(telling, deal), ...talks(telling, deal)]),
  ];
  return happenings.map(({ regarding: [type, id], author, day, values, details }, index) => {
    const at = working(telling, Math.min(-1, day));
    return {
      ...{ externalId: numbered('event', index), owner: null, author, refs: { regarding_id: id } },
      values: { ...values, regarding_type: type, happened_on: at, created_on: at, modified_on: at },
      ...(details === undefined ? {} : { details }),
    };
  });
}

/** Its first message, and what it became. */
function ofLead({ words }: Telling, { id, source, interest, day, conversion, owner }: Lead): readonly Happening[] {
  const text = words.leadMessage(interest);
  const message = { kind: 'message', direction: 'incoming', text };
  const written: Happening = { regarding: ['lead', id], author: owner, day, values: message };
  const first = WRITING.has(source) ? [written] : [];
  if (conversion === null) return first;
  const { company, contact, deal } = conversion;
  const subject = deal === null ? company.name : `${company.name}: ${deal.product}`;
  const made = { company_id: company.id, contact_id: contact.id, ...(deal === null ? {} : { deal_id: deal.id }) };
  const common = { author: company.owner, day: conversion.day, values: { kind: 'conversion', subject } };
  const details = { values: {}, refs: { lead_id: id, ...made } };
  const told: readonly Happening['regarding'][] = [
    ['lead', id],
    ['contact', contact.id],
    ...(deal === null ? [] : [['deal', deal.id] as const]),
  ];
  return [...first, ...told.map((regarding) => ({ ...common, regarding, details }))];
}

function steps({ words }: Telling, { id, path, owner }: Deal): readonly Happening[] {
  return path.slice(1).map(({ stage, day }, index) => {
    const from = path[index]?.stage ?? stage;
    const subject = `${words.stages[from] ?? from} → ${words.stages[stage] ?? stage}`;
    const details = { values: { property: 'stage', from, to: stage }, refs: {} };
    return { regarding: ['deal', id], author: owner, day, values: { kind: 'stage', subject }, details };
  });
}

function talks({ random, words }: Telling, deal: Deal): readonly Happening[] {
  const [first, last] = [startOf(deal), Math.min(-1, lastDay(deal) + 5)];
  return Array.from({ length: random.between(0, 4) }, () => {
    const [kind, direction, text] = random.pick(words.happenings);
    const call = kind === 'call' ? { duration: `PT${random.between(2, 25)}M`, outcome: 'reached' } : {};
    const day = random.between(Math.min(first, last), last);
    return { regarding: ['deal', deal.id], author: deal.owner, day, values: { kind, text, direction, ...call } };
  });
}
