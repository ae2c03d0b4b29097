// Events that follow a write by whatever path: a record got another owner, a choice field went from one stage to another. Hooks made
// of the Model, for the entities whose history events are. It looks at nothing but what was written.
import { type Choice, type EntityType, type Field, labelText, type Model } from '@kartoteka/metadata';
import { duplicateHandling, type Hook, type HookContext, type WrittenRecord } from '@kartoteka/platform';
import { type NewEvent, recordEvents } from './record-events.ts';

const ASSIGNMENT = 'assignment';
const STAGE = 'stage';
const OWNER = 'owner_id';
/** Characters of an event's subject. */
const LONGEST_SUBJECT = 300;

/** What is watched of an entity's records. */
interface Watched {
  readonly entity: EntityType;
  /** Whether a new owner is an event. */
  readonly owner: boolean;
  /** Choice fields whose values are stages, by property. */
  readonly stages: ReadonlyMap<string, Choice>;
}

/** One hook for each entity that events can be of and that has something to watch. */
export function automaticEventHooks(model: Model): readonly Hook[] {
  const targets = [...(model.entities.get('event')?.navigations.values() ?? [])]
    .filter(({ property, collection }) => property === 'regarding_id' && !collection)
    .map(({ target }) => target);
  return targets.flatMap((name) => {
    const entity = model.entities.get(name);
    const watched = entity === undefined ? null : watchedOf(model, entity);
    return watched === null ? [] : [hookFor(watched)];
  });
}

function watchedOf(model: Model, entity: EntityType): Watched | null {
  const owner = isEventKind(model, ASSIGNMENT) && entity.ownership === 'user';
  const stages = isEventKind(model, STAGE) ? stagesOf(model, entity) : new Map<string, Choice>();
  return owner || stages.size > 0 ? { entity, owner, stages } : null;
}

/** An administrator who deactivates the kind wants no such events. */
export function isEventKind(model: Model, kind: string): boolean {
  return kindOf(model, kind)?.active === true;
}

/** What an event is called that has nothing else to say in lists: its kind, in the language of the organization. */
export function kindSubject(model: Model, kind: string): string {
  const label = kindOf(model, kind)?.label;
  return label === undefined ? kind : labelText(label, model.organization.locale);
}

function kindOf(model: Model, kind: string) {
  const choice = model.entities.get('event')?.fields.get('kind')?.document.choice;
  return typeof choice === 'string' ? model.choices.get(choice)?.values.get(kind) : undefined;
}

/** Stored choices with a process, or whose values say what they mean. Secured ones tell nobody anything. */
function stagesOf(model: Model, entity: EntityType): ReadonlyMap<string, Choice> {
  const stages = new Map<string, Choice>();
  for (const field of entity.fields.values()) {
    const choice = choiceOf(model, field);
    const property = entity.properties.get(field.properties[0] ?? '');
    if (choice === undefined || property?.type !== 'Edm.String') continue;
    if (property.secured || property.audit === false) continue;
    const meant = [...choice.values.values()].some(({ category }) => category !== undefined);
    if (field.process !== undefined || meant) stages.set(property.name, choice);
  }
  return stages;
}

function choiceOf(model: Model, { document }: Field): Choice | undefined {
  return typeof document.choice === 'string' ? model.choices.get(document.choice) : undefined;
}

function hookFor(watched: Watched): Hook {
  const { entity, owner, stages } = watched;
  return {
    entity: entity.name,
    operations: ['create', 'update'],
    needsTransaction: (_model, operation, records, principal) =>
      records.some(({ values }) => {
        if (operation === 'create') return owner && Object.hasOwn(values, OWNER) && values[OWNER] !== principal.id;
        if (owner && Object.hasOwn(values, OWNER)) return true;
        return stages.size > 0 && Object.keys(values).some((name) => stages.has(name));
      }),
    after: async (context, records) => {
      const events = records.flatMap((record) => eventsOf(context, watched, record));
      if (events.length > 0) await recordEvents(context.engines().system, events);
    },
  };
}

function eventsOf(context: HookContext, watched: Watched, record: WrittenRecord): readonly NewEvent[] {
  const { model, operation } = context;
  const regarding = { id: record.id, type: watched.entity.name };
  const events: NewEvent[] = [];
  if (watched.owner && isAssigned(context, record)) {
    const details = { property: OWNER, from: record.before?.[OWNER] ?? null, to: record.after?.[OWNER] ?? null };
    events.push({ kind: ASSIGNMENT, regarding, subject: kindSubject(model, ASSIGNMENT), details });
  }
  if (operation !== 'update') return events;
  for (const [property, choice] of watched.stages) {
    if (!Object.hasOwn(record.after ?? {}, property)) continue;
    const [from, to] = [record.before?.[property] ?? null, record.after?.[property] ?? null];
    if (from === to) continue;
    const subject = subjectOf(model, choice, from, to);
    events.push({ kind: STAGE, regarding, subject, details: { property, from, to } });
  }
  return events;
}

/** A new record is assigned when it is made for somebody else; imported records come with their owners. */
function isAssigned({ operation, principal, request }: HookContext, { before, after }: WrittenRecord): boolean {
  if (!Object.hasOwn(after ?? {}, OWNER)) return false;
  if (operation === 'update') return before?.[OWNER] !== after?.[OWNER];
  return after?.[OWNER] !== principal.id && !duplicateHandling(request?.headers).import;
}

/** For lists and search, in the language of the organization; applications show the details in the reader's. */
function subjectOf(model: Model, choice: Choice, from: unknown, to: unknown): string {
  const { locale } = model.organization;
  const labelOf = (value: unknown): string => {
    const label = choice.values.get(String(value))?.label;
    return label === undefined ? '–' : labelText(label, locale);
  };
  return Array.from(`${labelOf(from)} → ${labelOf(to)}`)
    .slice(0, LONGEST_SUBJECT)
    .join('');
}
