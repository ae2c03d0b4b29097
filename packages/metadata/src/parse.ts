// Documents as they were written -> effective, schema-valid documents, with every error of every document at once. It
// knows one document at a time; what documents mean for each other is link.ts.
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { type BuildMemory, type KeptDocument, keptDocument } from './build-memory.ts';
import type {
  AssignmentRuleDocument,
  ChoiceDocument,
  DocumentError,
  DocumentKind,
  DuplicateRuleDocument,
  EntityDocument,
  FormDocument,
  Layer,
  MappingDocument,
  OrganizationDocument,
  RoleDocument,
  SourceDocument,
  ViewDocument,
} from './documents.ts';
import { DOCUMENT_KINDS } from './documents.ts';
import { documentSchemas } from './entity-schema.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { pointerTo } from './json-pointer.ts';
import { NAMED_MEMBERS } from './layer-names.ts';
import { LayerOrder, type PackageLayer } from './layer-order.ts';
import {
  documentKey,
  documentOrder,
  type LayeredDocument,
  layerAt,
  mergeSteps,
  originsOf,
  sourceAt,
} from './layers.ts';
import { PREFIX_PATTERN } from './names.ts';
import { type Salvaged, salvage } from './parse-salvage.ts';
import { reservedFieldName, reservedName } from './reserved-names.ts';
import { atOnce, type Steps } from './steps.ts';
import { createAjv, VALUE_KEYWORDS } from './value-keywords.ts';

/** Prefix of custom names; an organization's own come beside it. */
export const CUSTOM_PREFIXES: readonly string[] = ['x_'];

/** What parsing has to know besides the documents. */
export interface LayerOptions {
  /** Installed packages, in any order; documents of other packages are refused. */
  readonly packages?: readonly PackageLayer[];
  /** Beginnings of custom names; else `x_` and those of the organization document. */
  readonly prefixes?: readonly string[];
}

/**
 * The effective documents, merged over the layers. Holds documents that are valid by themselves, and of others what is left without their
 * errors: those are never linked to a Model, but for what else is wrong.
 */
export interface EffectiveDocuments {
  readonly entities: ReadonlyMap<string, EntityDocument>;
  readonly choices: ReadonlyMap<string, ChoiceDocument>;
  readonly roles: ReadonlyMap<string, RoleDocument>;
  readonly views: ReadonlyMap<string, ViewDocument>;
  readonly forms: ReadonlyMap<string, FormDocument>;
  readonly duplicateRules: ReadonlyMap<string, DuplicateRuleDocument>;
  readonly assignmentRules: ReadonlyMap<string, AssignmentRuleDocument>;
  readonly mappings: ReadonlyMap<string, MappingDocument>;
  /** Undefined only when parsing found errors. */
  readonly organization: OrganizationDocument | undefined;
  /** Whether there is such a document, but with errors that leave nothing of it: what refers to it is not wrong because of that. */
  isBroken(kind: DocumentKind, name: string): boolean;
  /** Names of the collections that lookups which are left out would have made on the other side. */
  readonly lostNavigations: ReadonlySet<string>;
  /** Fields of an entity that have errors of their own, and are left out. */
  brokenFields(entity: string): ReadonlySet<string>;
  /** Names the source that says what stands at a pointer of a document. */
  sourceOf(kind: DocumentKind, name: string, pointer: string): string;
  /** The layer of that source. */
  layerOf(kind: DocumentKind, name: string, pointer: string): Layer;
  /** Which layer says what: layers by pointer, each for what stands there and below, as far as no other pointer says otherwise. */
  originsOf(kind: DocumentKind, name: string): Readonly<Record<string, Layer>>;
  /** Below zero where layer `a` lies under `b`. */
  compareLayers(a: Layer, b: Layer): number;
}

export interface ParseResult {
  readonly documents: EffectiveDocuments;
  /** Empty when every document is valid by itself. */
  readonly errors: readonly DocumentError[];
}

/** Merges, validates and names every document. Throws nothing; all findings are in `errors`. */
export function parseDocuments(sources: readonly SourceDocument[], options: LayerOptions = {}): ParseResult {
  return atOnce(parseSteps(sources, options));
}

/** What parseSteps gives beside the documents: each with its sources, for the next build. */
export interface Parsed extends ParseResult {
  readonly layering: string;
  readonly kept: ReadonlyMap<string, KeptDocument>;
}

/** As parseDocuments, in pieces; documents whose sources are the same as in `memory` are taken over. */
export function* parseSteps(
  sources: readonly SourceDocument[],
  options: LayerOptions,
  memory?: BuildMemory,
): Steps<Parsed> {
  const prefixes = options.prefixes ?? customPrefixes(sources);
  const order = new LayerOrder(options.packages ?? [], prefixes);
  const layering = JSON.stringify([options.packages ?? [], prefixes]);
  const groups = Map.groupBy(sources, documentKey);
  const known = new Map<string, LayeredDocument>();
  for (const [key, group] of groups) {
    const kept = key === null || memory?.layering !== layering ? undefined : keptDocument(memory, key, group);
    if (key !== null && kept !== undefined) known.set(key, kept);
  }
  const fresh = sources.filter((source) => !known.has(documentKey(source) ?? ''));
  const { documents: merged, errors } = yield* mergeSteps(fresh, order);
  const made = new Map(merged.map((document) => [`${document.kind} ${document.name}`, document]));
  const documents = documentOrder(sources, order).flatMap((key) => known.get(key) ?? made.get(key) ?? []);
  const valid: LayeredDocument[] = [];
  const salvaged: Salvaged[] = [];
  for (const document of documents) {
    const isKnown = known.get(`${document.kind} ${document.name}`) === document;
    const found = isKnown ? [] : [...schemaErrors(document), ...nameErrors(document)];
    errors.push(...found);
    const left = found.length === 0 ? null : salvage(document, found, (body) => validatorOf(document.kind)(body));
    if (found.length === 0) valid.push(document);
    else if (left !== null) salvaged.push(left);
    if (!isKnown) yield;
  }
  if (!documents.some(({ kind }) => kind === 'organization')) {
    const reason = 'There is no organization document';
    errors.push({ source: 'documents', pointer: '', code: 'missing_document', reason });
  }
  const kept = new Map(
    valid.map((document) => {
      const key = `${document.kind} ${document.name}`;
      return [key, { document, sources: groups.get(key) ?? [] }];
    }),
  );
  return {
    documents: effective({ valid, salvaged, all: documents, lost: lostOf(sources) }, order),
    errors,
    layering,
    kept,
  };
}

/** `x_` and what the organization document names beside it, if it is well-formed. */
export function customPrefixes(sources: readonly SourceDocument[]): readonly string[] {
  const bodies = sources.flatMap(({ kind, body }) => (kind === 'organization' ? [body] : []));
  const named = bodies.flatMap((body) => (body as { prefixes?: unknown } | null)?.prefixes ?? []);
  return [...CUSTOM_PREFIXES, ...named.filter((each) => typeof each === 'string' && PREFIX.test(each))] as string[];
}

const PREFIX = new RegExp(PREFIX_PATTERN);

/** Of the fields that were cut, or all of a document of which nothing is left. */
function lostInverses({ kind, name, body }: LayeredDocument, cut: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const { fields } = body;
  if (kind !== 'entity' || fields === null || typeof fields !== 'object') return [];
  const gone = cut.get(`${kind} ${name}`);
  const lost = Object.entries(fields).filter(([field]) => gone?.has(field) ?? true);
  return lost.flatMap(([, field]) => {
    const inverse = (field as { inverse?: unknown } | null)?.inverse;
    return typeof inverse === 'string' ? [inverse] : [];
  });
}

/** Keys of sources that are no JSON object: there is something of the name. */
function lostOf(sources: readonly SourceDocument[]): ReadonlySet<string> {
  const lost = sources.filter((source) => documentKey(source) === null);
  return new Set(lost.map(({ kind, name }) => `${kind} ${name}`));
}

interface Judged {
  readonly valid: readonly LayeredDocument[];
  readonly salvaged: readonly Salvaged[];
  /** Salvaged and lost ones included, as they were written. */
  readonly all: readonly LayeredDocument[];
  readonly lost: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

function effective({ valid, salvaged, all, lost }: Judged, order: LayerOrder): EffectiveDocuments {
  const linked = [...valid, ...salvaged.map(({ document }) => document)];
  const ofKind = <T>(kind: DocumentKind): ReadonlyMap<string, T> =>
    new Map(linked.filter((each) => each.kind === kind).map((each) => [each.name, each.body as T]));
  const keys = new Set(linked.map(({ kind, name }) => `${kind} ${name}`));
  const cut = new Map(salvaged.map(({ document: { kind, name }, fields }) => [`${kind} ${name}`, fields]));
  const byKey = new Map(all.map((each) => [`${each.kind} ${each.name}`, each]));
  const sound = new Set(valid);
  return {
    entities: ofKind<EntityDocument>('entity'),
    choices: ofKind<ChoiceDocument>('choice'),
    roles: ofKind<RoleDocument>('role'),
    views: ofKind<ViewDocument>('view'),
    forms: ofKind<FormDocument>('form'),
    duplicateRules: ofKind<DuplicateRuleDocument>('duplicate_rule'),
    assignmentRules: ofKind<AssignmentRuleDocument>('assignment_rule'),
    mappings: ofKind<MappingDocument>('mapping'),
    organization: ofKind<OrganizationDocument>('organization').get('organization'),
    isBroken(kind, name) {
      const key = `${kind} ${name}`;
      return lost.has(key) || (byKey.has(key) && !keys.has(key));
    },
    brokenFields: (entity) => cut.get(`entity ${entity}`) ?? NONE,
    lostNavigations: new Set(all.filter((each) => !sound.has(each)).flatMap((each) => lostInverses(each, cut))),
    layerOf(kind, name, pointer) {
      const document = byKey.get(`${kind} ${name}`);
      return document === undefined ? 'base' : layerAt(document, pointer);
    },
    originsOf(kind, name) {
      const document = byKey.get(`${kind} ${name}`);
      return document === undefined ? {} : originsOf(document);
    },
    compareLayers: (a, b) => order.compare(a, b),
    sourceOf(kind, name, pointer) {
      const document = byKey.get(`${kind} ${name}`);
      return document === undefined ? name : sourceAt(document, pointer);
    },
  };
}

let validators: Record<DocumentKind, ValidateFunction> | undefined;

function validatorOf(kind: DocumentKind): ValidateFunction {
  if (validators === undefined) {
    const ajv = createAjv();
    const schemas = documentSchemas(FIELD_TYPES);
    const compiled = DOCUMENT_KINDS.map((kind) => [kind, ajv.compile(schemas[kind])]);
    validators = Object.fromEntries(compiled) as Record<DocumentKind, ValidateFunction>;
  }
  return validators[kind];
}

function schemaErrors(document: LayeredDocument): DocumentError[] {
  const validate = validatorOf(document.kind);
  if (validate(document.body)) return [];
  const found = new Map<string, DocumentError>();
  for (const error of validate.errors ?? []) {
    const finding = schemaFinding(document, error);
    if (finding !== undefined) found.set(`${finding.pointer} ${finding.reason}`, finding);
  }
  return [...found.values()];
}

/** Keywords that only repeat what the error below them says. */
const STRUCTURAL: ReadonlySet<string> = new Set(['if', 'propertyNames']);

function schemaFinding(document: LayeredDocument, error: ErrorObject): DocumentError | undefined {
  if (STRUCTURAL.has(error.keyword)) return undefined;
  const member = memberNamed(error);
  const pointer = error.instancePath + (member === undefined ? '' : pointerTo(member));
  const { reason, hint } = wordsOf(error);
  const source = sourceAt(document, pointer);
  return { source, pointer, code: 'schema', reason, ...(hint === undefined ? {} : { hint }) };
}

/** The member an error is about when its path names the object around it. */
function memberNamed(error: ErrorObject): string | undefined {
  if (error.keyword === 'additionalProperties') return error.params.additionalProperty as string;
  return error.propertyName;
}

function wordsOf(error: ErrorObject): { reason: string; hint?: string } {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return { reason: `${String(params.missingProperty)} is missing` };
    case 'additionalProperties':
      return { reason: `There is no option ${String(params.additionalProperty)} here` };
    case 'enum':
      return { reason: `must be one of ${(params.allowedValues as readonly unknown[]).join(', ')}` };
    case 'const':
      return { reason: `must be ${String(params.allowedValue)}` };
    case 'pattern': {
      const hint = 'Names begin with a letter and go on with letters, digits and _';
      return error.propertyName === undefined
        ? { reason: `does not match ${String(params.pattern)}` }
        : { reason: `${error.propertyName} cannot be a name`, hint };
    }
    default:
      return {
        reason: VALUE_KEYWORDS.has(error.keyword) ? (error.message ?? '') : `${error.message ?? 'is not valid'}`,
      };
  }
}

/** Reserved names, and names of one document that differ only in case. Other name rules are part of the schema. */
function nameErrors(document: LayeredDocument): DocumentError[] {
  const errors: DocumentError[] = [];
  const report = (pointer: string, code: string, reason: string) =>
    errors.push({ source: sourceAt(document, pointer), pointer, code, reason });
  const own = document.kind === 'organization' ? undefined : reservedName(document.name);
  if (own !== undefined) report('/name', 'reserved_name', own);
  for (const member of NAMED_MEMBERS[document.kind]) {
    const names = Object.keys((document.body[member] as object | undefined) ?? {});
    const seen = new Map<string, string>();
    for (const name of names) {
      const pointer = pointerTo(member, name);
      const reserved = member === 'fields' ? reservedFieldName(name) : reservedName(name);
      if (reserved !== undefined) report(pointer, 'reserved_name', reserved);
      const other = seen.get(name.toLowerCase());
      if (other !== undefined) report(pointer, 'duplicate_name', `${name} and ${other} differ only in case`);
      seen.set(name.toLowerCase(), name);
    }
  }
  return errors;
}
