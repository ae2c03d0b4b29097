// Whether a package says everything that it needs: its documents linked with those of the base and of the packages that it names, and
// with nothing else that happens to be installed. Pure.
import { compileSteps, type PackageManifest, packageLayer, type SourceDocument, type Steps } from '@kartoteka/metadata';
import { InvalidDocuments } from './invalid-documents.ts';

const HINT = 'A package builds on the base and on packages among its dependencies, never on customisations';

/**
 * `documents` are those of the package `name` and of all others, `manifests` those of the same packages. Throws InvalidDocuments where
 * it refers to a customisation, or to a package that is not among its dependencies.
 */
export function* requireComplete(
  documents: readonly SourceDocument[],
  manifests: readonly PackageManifest[],
  name: string,
): Steps<void> {
  const names = withDependencies(manifests, name);
  const layers = new Set(['base', ...[...names].map(packageLayer)]);
  const linked = yield* compileSteps(
    documents.filter(({ layer }) => layers.has(layer)),
    { revision: 0, packages: manifests.filter((manifest) => names.has(manifest.name)) },
  );
  if (!linked.ok) throw new InvalidDocuments(linked.errors.map((error) => ({ hint: HINT, ...error })));
}

/** The package, those it names, and those that they name. */
function withDependencies(manifests: readonly PackageManifest[], name: string): ReadonlySet<string> {
  const byName = new Map(manifests.map((manifest) => [manifest.name, manifest]));
  const names = new Set([name]);
  // A set goes on to what is added while it is gone through.
  for (const each of names) for (const other of Object.keys(byName.get(each)?.dependencies ?? {})) names.add(other);
  return names;
}
