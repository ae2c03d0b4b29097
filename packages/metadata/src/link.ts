// Effective documents -> Model: resolves every name that one document uses of another, all errors at once. The only place
// that makes a Model. It must not read files, databases or clocks.

import { type BuildMemory, EntityBuild, keptOr, type LinkMemory } from './build-memory.ts';
import { contentHash } from './content-hash.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { ChoiceDocument, DocumentError, DocumentKind, OrganizationDocument, SourceDocument } from './documents.ts';
import { parseDecimal } from './exact-decimal.ts';
import type { FieldSurroundings } from './field-context.ts';
import { pointerTo } from './json-pointer.ts';
import { linkAssignmentRules } from './link-assignment-rule.ts';
import { linkAssociations } from './link-associations.ts';
import { checkEntityNames, checkPhysicalNames, checkRequiredCycles } from './link-checks.ts';
import { linkComputed } from './link-computed.ts';
import { linkDependencies } from './link-dependencies.ts';
import { linkDuplicateRules } from './link-duplicate-rule.ts';
import { linkForms } from './link-form.ts';
import { linkMappings } from './link-mapping.ts';
import { linkNavigations } from './link-navigations.ts';
import { checkOwnership } from './link-ownership.ts';
import { linkRole } from './link-role.ts';
import { linkViews } from './link-view.ts';
import type { Choice, EntityType, Model, OrganizationSettings, Role } from './model.ts';
import { type EffectiveDocuments, type LayerOptions, parseSteps } from './parse.ts';
import { atOnce, type Steps } from './steps.ts';
import type { StorageRecord } from './storage-shape-types.ts';

export interface LinkOptions {
  /** Revision the Model carries; 0 when linked from files alone. */
  readonly revision: number;
  /** Physical columns as recorded at publish. */
  readonly storage?: StorageRecord;
}

export type LinkResult =
  | { readonly ok: true; readonly model: Model }
  | { readonly ok: false; readonly errors: readonly DocumentError[] };

/** Reports a finding about a document; the source is found from the pointer. */
export type Report = (
  kind: DocumentKind,
  name: string,
  pointer: string,
  code: string,
  reason: string,
  hint?: string,
) => void;

/** What linking an entity may look at besides its own document. */
export interface LinkContext extends FieldSurroundings {
  readonly documents: EffectiveDocuments;
  readonly storage: StorageRecord | undefined;
  readonly report: Report;
}

/**
 * Parses and links: the way from documents to a Model with every error of both at once. Of a document with errors of its own what is left
 * without them is linked as well; what names the rest is not reported for that.
 */
export function compileDocuments(sources: readonly SourceDocument[], options: LinkOptions & LayerOptions): LinkResult {
  return atOnce(compileSteps(sources, options));
}

export type BuildResult =
  | { readonly ok: true; readonly model: Model; readonly memory: BuildMemory }
  | { readonly ok: false; readonly errors: readonly DocumentError[] };

/** As compileDocuments, in pieces of a few milliseconds; `memory` of an earlier build saves what has not changed since. */
export function* compileSteps(
  sources: readonly SourceDocument[],
  options: LinkOptions & LayerOptions,
  memory?: BuildMemory,
): Steps<BuildResult> {
  const { documents, errors, layering, kept } = yield* parseSteps(sources, options, memory);
  const linked = yield* linkSteps(documents, options, memory?.linked);
  if (errors.length > 0) return { ok: false, errors: [...errors, ...(linked.ok ? [] : linked.errors)] };
  return linked.ok ? { ...linked, memory: { layering, documents: kept, linked: linked.memory } } : linked;
}

/** Links documents that parseDocuments found valid. The Model is deeply frozen. */
export function linkModel(documents: EffectiveDocuments, options: LinkOptions): LinkResult {
  return atOnce(linkSteps(documents, options));
}

type Linked =
  | { readonly ok: true; readonly model: Model; readonly memory: LinkMemory }
  | { readonly ok: false; readonly errors: readonly DocumentError[] };

/** As linkModel, in pieces; what the memory of an earlier build holds is not built again. */
export function* linkSteps(documents: EffectiveDocuments, options: LinkOptions, memory?: LinkMemory): Steps<Linked> {
  const errors: DocumentError[] = [];
  const report: Report = (kind, name, pointer, code, reason, hint) => {
    const source = documents.sourceOf(kind, name, pointer);
    errors.push({ source, pointer, code, reason, ...(hint === undefined ? {} : { hint }) });
  };
  const organization = keptOr(memory?.organization, documents.organization, (each) => linkOrganization(each, report));
  const choices = new Map(
    [...documents.choices].map(([name, choice]) => [name, keptOr(memory?.choices.get(name), choice, linkChoice)]),
  );
  const context: LinkContext = { documents, organization, choices, storage: options.storage, report };
  const build = new EntityBuild(memory, context);
  const entities = yield* linkEntities(build, context);
  const { drafts } = build;
  const roles = new Map<string, Role>();
  for (const document of documents.roles.values()) {
    roles.set(document.name, deepFreeze(linkRole(document, drafts, documents, report)));
    yield;
  }
  const sets = new Map([...entities.values()].map((entity) => [entity.set, entity]));
  const presentation = { drafts, documents, report };
  const views = linkViews(presentation);
  const forms = linkForms(presentation, views);
  const duplicateRules = linkDuplicateRules(presentation);
  const assignmentRules = linkAssignmentRules(presentation);
  const mappings = linkMappings(presentation);
  const model: Model = {
    ...{ revision: options.revision, entities, sets, choices, roles, views, forms, organization },
    ...{ duplicateRules, assignmentRules, mappings },
  };
  // Names that meet already, as documents write them, would meet here again.
  if (!errors.some(({ code }) => code.startsWith('duplicate_'))) yield* checkPhysicalNames(model, report);
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, model: deepFreeze(model), memory: memoryOf(documents, model, build) };
}

/** Each is frozen by itself, so that freezing the whole Model takes no long time. */
function* linkEntities(build: EntityBuild, context: LinkContext): Steps<ReadonlyMap<string, EntityType>> {
  const { documents, report } = context;
  for (const document of documents.entities.values()) {
    build.draft(document);
    yield;
  }
  const { drafts } = build;
  checkEntityNames(drafts, report);
  yield* linkNavigations(drafts, documents, report);
  yield* linkAssociations(drafts, documents, report);
  yield* linkComputed(drafts, context);
  checkRequiredCycles(drafts, report);
  yield* linkDependencies(drafts, context);
  yield* checkOwnership(drafts, report);
  const entities = new Map<string, EntityType>();
  for (const draft of drafts.values()) {
    entities.set(draft.document.name, deepFreeze(build.finish(draft)));
    yield;
  }
  return entities;
}

function memoryOf({ organization, choices }: EffectiveDocuments, model: Model, build: EntityBuild): LinkMemory {
  return {
    organization: { document: organization, linked: model.organization },
    choices: new Map(
      [...choices].map(([name, document]) => [name, { document, linked: model.choices.get(name) as Choice }]),
    ),
    entities: build.kept(model.entities),
  };
}

function linkChoice(document: ChoiceDocument): Choice {
  const values = Object.entries(document.values).sort(([, a], [, b]) => a.order - b.order);
  return {
    name: document.name,
    label: document.label,
    values: new Map(values.map(([name, value]) => [name, { ...value, active: value.active !== false }])),
  };
}

const DEFAULT_RETENTION = {
  changes_days: 1095,
  recycle_bin_days: 30,
  security_log_days: 1095,
  notifications_days: 180,
};

function linkOrganization(document: OrganizationDocument | undefined, report: Report): OrganizationSettings {
  const base = document?.base_currency ?? 'USD';
  const rates = new Map(Object.entries(document?.rates ?? {}));
  for (const [code, rate] of rates) {
    const value = parseDecimal(rate);
    const pointer = pointerTo('rates', code);
    if (value?.digits === 0n) report('organization', 'organization', pointer, 'invalid_rate', 'A rate is above zero');
    if (code === base && (value?.digits !== 1n || value.scale !== 0)) {
      report('organization', 'organization', pointer, 'invalid_rate', 'The rate of the base currency is 1');
    }
  }
  rates.set(base, '1');
  const languages = document?.languages ?? ['en'];
  if (
    document !== undefined &&
    !languages.includes(document.locale) &&
    !languages.includes(primaryOf(document.locale))
  ) {
    const hint = 'Add it to languages';
    report('organization', 'organization', '/locale', 'unknown_language', 'The locale is none of the languages', hint);
  }
  const retention = { ...DEFAULT_RETENTION, ...document?.retention };
  return {
    baseCurrency: base,
    rates,
    timeZone: document?.time_zone ?? 'UTC',
    locale: document?.locale ?? 'en',
    languages,
    fiscalYearStart: document?.fiscal_year_start ?? '01-01',
    retention: {
      changesDays: retention.changes_days,
      recycleBinDays: retention.recycle_bin_days,
      securityLogDays: retention.security_log_days,
      notificationsDays: retention.notifications_days,
    },
  };
}

const primaryOf = (locale: string): string => locale.split('-')[0] ?? locale;

/** Content hash of a whole model: equal for equal documents, whatever their revision. */
export function modelHash(model: Model): string {
  return contentHash({
    entities: [...model.entities.values()].map((entity) => [entity.name, entity.hash]),
    choices: model.choices,
    roles: [...model.roles.values()].map((role) => [role.document, role.grants, role.fieldPermissions]),
    views: model.views,
    forms: model.forms,
    rules: [model.duplicateRules, model.assignmentRules, model.mappings],
    organization: model.organization,
  });
}
