// A package made from customisations of this installation: the chosen documents under a manifest, provided that they stand on
// their own, without what was not chosen. Pure; nothing is changed here.
import {
  type ArchivedDocument,
  atOnce,
  type DocumentKind,
  orderedArchive,
  type PackageArchive,
  type PackageManifest,
  packageDocuments,
  packageLayer,
  type SourceDocument,
} from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import { requireComplete } from './package-alone.ts';
import { installedManifests, requireDependencies } from './package-change.ts';
import type { Stored } from './store.ts';

/** A customisation by what it is or extends. */
export interface ChosenDocument {
  readonly kind: DocumentKind;
  readonly name: string;
}

/** What a stored document is called in effect: an extension by what it extends. */
export function effectiveName({ name, body }: Pick<SourceDocument, 'name' | 'body'>): string {
  const target = (body as { readonly extends?: unknown } | null)?.extends;
  return typeof target === 'string' ? target : name;
}

/**
 * The archive of the chosen customisations. Throws PlatformError `validation_failed` for what is not there, `package_conflict`
 * for dependencies that are not installed, and `invalid_documents` where they cannot be a package: names without its prefix,
 * references to other customisations, or to packages that it does not name.
 */
export function exportPackage(
  stored: Stored,
  manifest: PackageManifest,
  chosen: readonly ChosenDocument[],
): PackageArchive {
  requireDependencies(stored, manifest);
  const archive = orderedArchive({ manifest, documents: customDocuments(stored.documents, chosen) });
  const own = packageLayer(manifest.name);
  const below = stored.documents.filter(({ layer }) => layer !== 'custom' && layer !== own);
  const packages = [...installedManifests(stored.packages).filter(({ name }) => name !== manifest.name), manifest];
  atOnce(requireComplete([...below, ...packageDocuments(archive)], packages, manifest.name));
  return archive;
}

function customDocuments(documents: readonly SourceDocument[], chosen: readonly ChosenDocument[]): ArchivedDocument[] {
  const custom = Map.groupBy(
    documents.filter(({ layer }) => layer === 'custom'),
    (document) => `${document.kind} ${effectiveName(document)}`,
  );
  const missing = chosen.flatMap(({ kind, name }, at) => {
    if (custom.get(`${kind} ${name}`)?.length === 1) return [];
    const several = custom.has(`${kind} ${name}`);
    const reason = several ? 'There are several customisations of it' : `There is no customisation ${kind} ${name}`;
    return [errorDetail('invalid_value', { name: `documents/${at}`, reason }, `documents/${at}`)];
  });
  if (missing.length > 0) throw new PlatformError('validation_failed', {}, { details: missing });
  return chosen.flatMap(({ kind, name }) => {
    const [document] = custom.get(`${kind} ${name}`) ?? [];
    return document === undefined ? [] : [{ kind: kind as ArchivedDocument['kind'], name, body: document.body }];
  });
}
