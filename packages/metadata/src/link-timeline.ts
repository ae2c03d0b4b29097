// In whose timelines the records of an entity are entries, with its names resolved. Works on drafts whose navigations are linked.
import { pointerTo } from './json-pointer.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import type { Timeline } from './model.ts';
import { isStored } from './stored-properties.ts';

/** What entries of the change log are called among the entries of a timeline: no entity's name is taken for it. */
export const CHANGE_ENTRY = 'change';

/** Undefined where the document says nothing, or something that is reported. */
export function linkTimeline(draft: EntityDraft, report: ReportHere): Timeline | undefined {
  const { timeline, name } = draft.document;
  if (timeline === undefined) return undefined;
  const here = (pointer: string, reason: string): void => report(pointer, 'invalid_timeline', reason);
  if (name === CHANGE_ENTRY) here('/timeline', `Entries called ${CHANGE_ENTRY} are those of the change log`);
  const property = lookupOf(draft, timeline.over, here);
  const times = timeline.at.filter((each, index) => isTime(draft, each, index === timeline.at.length - 1, index, here));
  const isWhole = property !== undefined && times.length === timeline.at.length && name !== CHANGE_ENTRY;
  return isWhole ? { property, at: times } : undefined;
}

type Here = (pointer: string, reason: string) => void;

/** The property of the ids that the lookup field holds. */
function lookupOf(draft: EntityDraft, over: string, here: Here): string | undefined {
  if (isBrokenName(draft, over)) return undefined;
  const pointer = pointerTo('timeline', 'over');
  const [name] = draft.fields.find((field) => field.name === over)?.properties ?? [];
  const property = draft.properties.get(name ?? '');
  const leads = [...draft.navigations.values()].some((each) => !each.collection && each.property === name);
  if (property === undefined || !leads) here(pointer, `There is no lookup ${over}`);
  else if (property.secured) here(pointer, `${over} is secured, and the timeline would tell what it names`);
  else return property.name;
  return undefined;
}

function isTime(draft: EntityDraft, name: string, isLast: boolean, index: number, here: Here): boolean {
  if (isBrokenName(draft, name)) return false;
  const property = draft.properties.get(name);
  const refuse = (reason: string): false => {
    here(pointerTo('timeline', 'at', String(index)), reason);
    return false;
  };
  if (property === undefined) return refuse(`There is no property ${name}`);
  if (property.type !== 'Edm.DateTimeOffset' || !isStored(property)) return refuse(`${name} is no stored timestamp`);
  if (property.secured) return refuse(`${name} is secured, and the place in the timeline would tell it`);
  if (isLast && property.nullable)
    return refuse(`${name} may be empty: let a required timestamp, or created_on, be the last`);
  return true;
}
