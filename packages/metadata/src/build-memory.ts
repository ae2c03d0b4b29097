// What the build of a Model leaves behind for the next one, so that only what has changed is made anew: documents of the same
// sources are not merged and checked again, and entities of which nothing has changed are taken over as they are. It holds what was
// built without a finding; what it gives is what a build without it would make.
import type { ChoiceDocument, EntityDocument, OrganizationDocument, SourceDocument } from './documents.ts';
import type { LayeredDocument } from './layers.ts';
import type { LinkContext } from './link.ts';
import { draftEntity, type EntityDraft, finishEntity } from './link-entity.ts';
import type { Choice, EntityType, OrganizationSettings } from './model.ts';
import { isSameValue } from './same-value.ts';

/** Of one Model; made by compileDocuments and given to the next one. Its sources must not be changed. */
export interface BuildMemory {
  /** Layers and prefixes by which the documents were merged. */
  readonly layering: string;
  readonly documents: ReadonlyMap<string, KeptDocument>;
  readonly linked: LinkMemory;
}

/** An effective document and the sources that it was merged from, as they were handed in. */
export interface KeptDocument {
  readonly sources: readonly SourceDocument[];
  readonly document: LayeredDocument;
}

export interface LinkMemory {
  readonly organization: Kept<OrganizationDocument | undefined, OrganizationSettings>;
  readonly choices: ReadonlyMap<string, Kept<ChoiceDocument, Choice>>;
  readonly entities: ReadonlyMap<string, KeptEntity>;
}

interface Kept<Document, Linked> {
  readonly document: Document;
  readonly linked: Linked;
}

/** An entity at each stage of linking. */
export interface KeptEntity {
  readonly drafted: Drafted;
  /** With all that other entities brought to it. */
  readonly draft: EntityDraft;
  readonly entity: EntityType;
}

/** A draft made from the entity's own document, before others are looked at; never changed. */
interface Drafted {
  readonly document: EntityDocument;
  readonly organization: OrganizationSettings;
  /** Shared choices that the field types looked at. */
  readonly choices: ReadonlyMap<string, Choice | undefined>;
  readonly draft: EntityDraft;
}

/** The kept document of these sources; undefined where one of them is another. */
export function keptDocument(
  memory: BuildMemory | undefined,
  key: string,
  sources: readonly SourceDocument[],
): LayeredDocument | undefined {
  const kept = memory?.documents.get(key);
  if (kept === undefined || kept.sources.length !== sources.length) return undefined;
  return kept.sources.every((source, index) => source === sources[index]) ? kept.document : undefined;
}

/** What is linked from a document: as it is kept where it is the same document, else made. */
export function keptOr<Document, Linked>(
  kept: Kept<Document, Linked> | undefined,
  document: Document,
  make: (document: Document) => Linked,
): Linked {
  return kept !== undefined && kept.document === document ? kept.linked : make(document);
}

/** Entities on their way through a build: drafts to be completed by the linker, taken over or made. */
export class EntityBuild {
  /** Drafts to complete. */
  readonly drafts = new Map<string, EntityDraft>();
  readonly #drafted = new Map<string, Drafted>();
  readonly #kept: ReadonlyMap<string, KeptEntity>;
  readonly #context: LinkContext;

  constructor(memory: LinkMemory | undefined, context: LinkContext) {
    this.#kept = memory?.entities ?? new Map();
    this.#context = context;
  }

  draft(document: EntityDocument): void {
    const kept = this.#kept.get(document.name)?.drafted;
    const drafted = kept !== undefined && this.#isSame(kept, document) ? kept : this.#make(document);
    this.#drafted.set(document.name, drafted);
    this.drafts.set(document.name, ownDraft(drafted.draft));
  }

  /** The entity of a completed draft. */
  finish(draft: EntityDraft): EntityType {
    const kept = this.#kept.get(draft.name);
    const isSame =
      kept !== undefined && kept.drafted === this.#drafted.get(draft.name) && isSameDraft(kept.draft, draft);
    return isSame ? kept.entity : finishEntity(draft, this.#context);
  }

  /** For the next build, where this one had no findings. */
  kept(entities: ReadonlyMap<string, EntityType>): ReadonlyMap<string, KeptEntity> {
    const kept = new Map<string, KeptEntity>();
    for (const [name, entity] of entities) {
      const [drafted, draft] = [this.#drafted.get(name), this.drafts.get(name)];
      if (drafted !== undefined && draft !== undefined) kept.set(name, { drafted, draft, entity });
    }
    return kept;
  }

  #isSame({ document, organization, choices, draft }: Drafted, wanted: EntityDocument): boolean {
    const { storage, ...context } = this.#context;
    if (document !== wanted || organization !== context.organization) return false;
    for (const [name, choice] of choices) if (context.choices.get(name) !== choice) return false;
    // Every one is asked for: who assigns columns assigns them while being asked.
    let same = true;
    for (const { name, field, column } of draft.properties.values()) {
      if (field === null || column === '') continue;
      if ((storage?.column(document.name, name) ?? name) !== column) same = false;
    }
    return same;
  }

  #make(document: EntityDocument): Drafted {
    const choices = new Map<string, Choice | undefined>();
    const draft = draftEntity(document, { ...this.#context, choices: watching(this.#context.choices, choices) });
    return { document, organization: this.#context.organization, choices, draft };
  }
}

/**
 * Notes in `asked` what it is asked for. Outside the class: field types may keep it for as long as the draft lives, and it must not
 * keep the build, which holds the one before.
 */
function watching(choices: LinkContext['choices'], asked: Map<string, Choice | undefined>): LinkContext['choices'] {
  return {
    get(name) {
      const choice = choices.get(name);
      asked.set(name, choice);
      return choice;
    },
  };
}

/** A draft that the linker may complete: what others bring to it is its own. */
function ownDraft(draft: EntityDraft): EntityDraft {
  return {
    ...draft,
    fields: draft.fields.map((field) =>
      field.type.computed === undefined ? field : { ...field, properties: [...field.properties] },
    ),
    broken: new Set(draft.broken),
    properties: new Map(draft.properties),
    navigations: new Map(),
    dependencies: new Map(),
    referencedBy: [],
  };
}

/** Whether two drafts that began alike were completed alike. */
function isSameDraft(a: EntityDraft, b: EntityDraft): boolean {
  return (
    a.broken.size === 0 &&
    b.broken.size === 0 &&
    isSameValue(a.properties, b.properties) &&
    isSameValue(a.navigations, b.navigations) &&
    isSameValue(a.referencedBy, b.referencedBy) &&
    isSameValue(a.dependencies, b.dependencies)
  );
}
