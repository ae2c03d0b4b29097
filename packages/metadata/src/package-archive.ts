// What a partner ships: a manifest and the documents of one package, as one JSON document. It reads what was sent and writes the
// same bytes for the same content; how packages lie over each other is layer-order.ts.
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { DocumentError, DocumentKind, LabelDocument, SourceDocument } from './documents.ts';
import type { JsonSchema } from './field-type.ts';
import { pointerTo } from './json-pointer.ts';
import { packageLayer } from './layer-order.ts';
import { PREFIX_PATTERN } from './names.ts';
import { LABEL, LABEL_REF } from './schema-parts.ts';
import { isVersionRange, VERSION_PATTERN } from './semver.ts';
import { createAjv } from './value-keywords.ts';

/** Who ships what, and what it needs. */
export interface PackageManifest {
  readonly name: string;
  readonly publisher: string;
  /** Beginning of every name that the package gives; all packages of a publisher share it. */
  readonly prefix: string;
  readonly version: string;
  readonly label?: LabelDocument;
  readonly description?: LabelDocument;
  /** Other packages with the versions that it works with. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Kinds that a package may bring, in the order of the archive. Settings of an organization are its own. */
export const PACKAGE_KINDS = [
  'entity',
  'choice',
  'role',
  'view',
  'form',
  'duplicate_rule',
  'assignment_rule',
  'mapping',
] as const satisfies readonly DocumentKind[];

export interface ArchivedDocument {
  readonly kind: (typeof PACKAGE_KINDS)[number];
  readonly name: string;
  readonly body: unknown;
}

export interface PackageArchive {
  readonly manifest: PackageManifest;
  readonly documents: readonly ArchivedDocument[];
}

/** Documents of one package. */
export const MOST_PACKAGE_DOCUMENTS = 5000;
const PACKAGE_NAME = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';

/** JSON Schema of `kartoteka-package.json`. */
export function packageManifestSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'package',
    type: 'object',
    additionalProperties: false,
    required: ['name', 'publisher', 'prefix', 'version'],
    properties: {
      $schema: { type: 'string' },
      name: { type: 'string', pattern: PACKAGE_NAME, maxLength: 60 },
      publisher: { type: 'string', minLength: 1, maxLength: 100, pattern: '\\S' },
      prefix: {
        type: 'string',
        pattern: PREFIX_PATTERN,
        description: 'Beginning of every name that the package gives; all packages of a publisher share it',
      },
      version: { type: 'string', pattern: VERSION_PATTERN, description: 'As in semantic versioning 2.0.0' },
      label: LABEL_REF,
      description: LABEL_REF,
      dependencies: {
        type: 'object',
        maxProperties: 50,
        description: 'Packages that come before it, each with a range: ^1.2.0, ~1.2.0, >=1.0.0 <3.0.0, 1.2.3 or *',
        propertyNames: { type: 'string', pattern: PACKAGE_NAME },
        additionalProperties: { type: 'string', maxLength: 100 },
      },
    },
    $defs: { label: LABEL },
  };
}

let validator: ValidateFunction | undefined;

/** Reads an archive as it was sent. All findings at once, with pointers into the archive. */
export function readPackageArchive(
  value: unknown,
): { readonly archive: PackageArchive } | { readonly errors: readonly DocumentError[] } {
  const errors: DocumentError[] = [];
  const report: Report = (pointer, reason) =>
    void errors.push({ source: 'package', pointer, code: 'invalid_package', reason });
  if (!isObject(value)) return { errors: [finding('', 'A package is a JSON object with manifest and documents')] };
  for (const name of Object.keys(value)) {
    if (!['manifest', 'documents'].includes(name)) report(pointerTo(name), `There is no member ${name} here`);
  }
  const manifest = readManifest(value.manifest, report);
  const documents = readDocuments(value.documents, report);
  return errors.length > 0 || manifest === null ? { errors } : { archive: { manifest, documents } };
}

type Report = (pointer: string, reason: string) => void;

const finding = (pointer: string, reason: string): DocumentError => ({
  source: 'package',
  pointer,
  code: 'invalid_package',
  reason,
});

/** What stands in a package's place in paths. */
const RESERVED: ReadonlySet<string> = new Set(['plan', 'export']);

function readManifest(value: unknown, report: Report): PackageManifest | null {
  validator ??= createAjv().compile(packageManifestSchema());
  if (!validator(value)) {
    for (const { instancePath, keyword, message, params } of validator.errors ?? []) {
      if (keyword === 'propertyNames') continue;
      const words = [
        message ?? 'is not valid',
        ...Object.values(params as object).filter((each) => typeof each === 'string'),
      ];
      report(`/manifest${instancePath}`, [...new Set(words)].join(': '));
    }
    return null;
  }
  const { $schema: _, ...manifest } = value as PackageManifest & { $schema?: string };
  if (RESERVED.has(manifest.name)) report('/manifest/name', `${manifest.name} is a word of the service`);
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    const pointer = pointerTo('manifest', 'dependencies', name);
    if (name === manifest.name) report(pointer, 'A package does not depend on itself');
    if (!isVersionRange(range)) report(pointer, `${range} is no range of versions such as ^1.2.0 or >=1.0.0 <3.0.0`);
  }
  return manifest;
}

function readDocuments(value: unknown, report: Report): ArchivedDocument[] {
  if (!Array.isArray(value)) {
    report('/documents', 'A list of documents is needed');
    return [];
  }
  if (value.length > MOST_PACKAGE_DOCUMENTS) {
    report('/documents', `A package has ${MOST_PACKAGE_DOCUMENTS} documents at most`);
    return [];
  }
  const seen = new Set<string>();
  return value.flatMap((each: unknown, index) => {
    const document = readDocument(each, `/documents/${index}`, report);
    if (document === null) return [];
    const key = `${document.kind} ${document.name}`;
    if (seen.has(key)) report(`/documents/${index}/name`, `There are two documents ${key}`);
    seen.add(key);
    return [document];
  });
}

const FILE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

function readDocument(value: unknown, pointer: string, report: Report): ArchivedDocument | null {
  if (!isObject(value)) {
    report(pointer, 'A document is an object with kind, name and body');
    return null;
  }
  const { kind, name, body, ...others } = value;
  const known = PACKAGE_KINDS.find((each) => each === kind);
  if (known === undefined) report(`${pointer}/kind`, `must be one of ${PACKAGE_KINDS.join(', ')}`);
  const named = typeof name === 'string' && FILE_NAME.test(name);
  if (!named) report(`${pointer}/name`, 'A name of letters, digits and _ is needed');
  if (!isObject(body)) report(`${pointer}/body`, 'A document is a JSON object');
  for (const other of Object.keys(others)) report(pointer + pointerTo(other), `There is no member ${other} here`);
  return known !== undefined && named && isObject(body) ? { kind: known, name, body } : null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const MANIFEST_MEMBERS = ['name', 'publisher', 'prefix', 'version', 'label', 'description', 'dependencies'] as const;

/** The archive in its one order: members of the manifest as documented, documents by kind and name, bodies as they are. */
export function orderedArchive({ manifest, documents }: PackageArchive): PackageArchive {
  const members = MANIFEST_MEMBERS.flatMap((name) => (manifest[name] === undefined ? [] : [[name, manifest[name]]]));
  const place = ({ kind }: ArchivedDocument): number => PACKAGE_KINDS.indexOf(kind);
  const sorted = [...documents].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
  return {
    manifest: Object.fromEntries(members) as unknown as PackageManifest,
    documents: sorted.map(({ kind, name, body }) => ({ kind, name, body })),
  };
}

/** The documents as they stand in the package's layer. */
export function packageDocuments({ manifest, documents }: PackageArchive): SourceDocument[] {
  const layer = packageLayer(manifest.name);
  return documents.map(({ kind, name, body }) => ({ kind, name, layer, source: `${layer}/${kind}/${name}`, body }));
}
