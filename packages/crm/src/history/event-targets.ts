// Which entities have a history: those that the lookup `regarding` of events can name, in its order. A layer may add to them.
import type { Model } from '@kartoteka/metadata';

/** Names of entities; none where there are no events. */
export function eventTargets(model: Model): readonly string[] {
  const targets = model.entities.get('event')?.fields.get('regarding')?.document.targets;
  return Array.isArray(targets) ? targets.map(String) : [];
}
