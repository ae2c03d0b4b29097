// What installing, upgrading or uninstalling a package changes: the documents of its layer and the registry. Every reason why
// it cannot be is reported at once. Pure; the change itself is an ordinary publish.
import {
  canonicalJson,
  compareVersions,
  dependencyOrder,
  isInRange,
  orderedArchive,
  type PackageArchive,
  type PackageManifest,
  packageDocuments,
  packageLayer,
  type SourceDocument,
} from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import type { Remains, StoredPackage } from './package-store.ts';
import { NOTHING_LEFT } from './remains.ts';
import type { Stored } from './store.ts';

/** `kept_data`: whether an installation gets back what an uninstalled version of the package left, or begins empty. */
export type PackageChange =
  | { readonly install: PackageArchive; readonly keptData: 'restore' | 'leave' }
  | { readonly uninstall: string };

export interface PackageEffect {
  readonly action: 'install' | 'upgrade' | 'uninstall';
  readonly name: string;
  /** Version before and after; null where it is not installed. */
  readonly from: string | null;
  readonly to: string | null;
  /** All documents afterwards. */
  readonly documents: readonly SourceDocument[];
  readonly packages: readonly StoredPackage[];
  /** Offered to the new Model. */
  readonly revived: Remains | null;
}

export const isInstalled = ({ remains }: StoredPackage): boolean => remains === null;

/** The installed packages of a registry, in the order of their layers. */
export function installedManifests(packages: readonly StoredPackage[]): PackageManifest[] {
  return packages.filter(isInstalled).map(({ manifest }) => manifest);
}

/**
 * Works out the change; null when the package is installed like that already. Throws PlatformError `package_conflict` with a
 * detail for every reason, and `not_found` for an uninstallation of what is not there.
 */
export function packageEffect(stored: Stored, change: PackageChange, by: string | null): PackageEffect | null {
  if ('uninstall' in change) return uninstallation(stored, change.uninstall, by);
  const { manifest } = change.install;
  const before = stored.packages.find((each) => each.manifest.name === manifest.name);
  const installed = before !== undefined && isInstalled(before) ? before : undefined;
  const documents = packageDocuments(change.install);
  if (installed !== undefined && isSame(stored, installed.manifest, change.install)) return null;
  const problems = [...installProblems(stored, manifest, installed?.manifest), ...dependentProblems(stored, manifest)];
  refuse(manifest.name, problems);
  const layer = packageLayer(manifest.name);
  const entry = {
    manifest: orderedArchive(change.install).manifest,
    remains: null,
    by,
    installedOn: '',
    uninstalledOn: null,
  };
  return {
    action: installed === undefined ? 'install' : 'upgrade',
    name: manifest.name,
    from: installed?.manifest.version ?? null,
    to: manifest.version,
    documents: [...stored.documents.filter((document) => document.layer !== layer), ...documents],
    packages: inOrder([...stored.packages.filter((each) => each !== before), entry]),
    revived: change.keptData === 'restore' ? (before?.remains ?? null) : null,
  };
}

/** What stays behind is known when the two Models are (planPublish). */
function uninstallation(stored: Stored, name: string, by: string | null): PackageEffect {
  const installed = stored.packages.find((each) => each.manifest.name === name && isInstalled(each));
  if (installed === undefined) throw new PlatformError('unknown_resource', { name }, { target: name });
  const dependents = installedManifests(stored.packages).filter(({ dependencies = {} }) =>
    Object.hasOwn(dependencies, name),
  );
  refuse(
    name,
    dependents.map((each) => ({ pointer: '/name', reason: `${each.name} depends on it: uninstall that first` })),
  );
  const layer = packageLayer(name);
  const left = { ...installed, by, remains: NOTHING_LEFT };
  return {
    action: 'uninstall',
    name,
    from: installed.manifest.version,
    to: null,
    documents: stored.documents.filter((document) => document.layer !== layer),
    packages: inOrder([...stored.packages.filter((each) => each !== installed), left]),
    revived: null,
  };
}

/** Installed ones in the order of their layers, the others after them by name. */
function inOrder(packages: readonly StoredPackage[]): StoredPackage[] {
  const order = dependencyOrder(installedManifests(packages));
  const byName = new Map(packages.filter(isInstalled).map((each) => [each.manifest.name, each]));
  const left = packages.filter((each) => !isInstalled(each));
  left.sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  return [...order.flatMap((name) => byName.get(name) ?? []), ...left];
}

function isSame({ documents }: Stored, manifest: PackageManifest, archive: PackageArchive): boolean {
  const next = orderedArchive(archive);
  return canonicalJson(storedArchive(documents, manifest)) === canonicalJson(next);
}

/** A package as it is installed, in the order of an archive. */
export function storedArchive(documents: readonly SourceDocument[], manifest: PackageManifest): PackageArchive {
  const layer = packageLayer(manifest.name);
  const own = documents.filter((document) => document.layer === layer);
  return orderedArchive({
    manifest,
    documents: own.map(({ kind, name, body }) => ({ kind, name, body })) as PackageArchive['documents'],
  });
}

interface Problem {
  readonly pointer: string;
  readonly reason: string;
}

function installProblems(stored: Stored, manifest: PackageManifest, before: PackageManifest | undefined): Problem[] {
  const { version, publisher, prefix } = manifest;
  const problems: Problem[] = [];
  const report = (member: string, reason: string) => problems.push({ pointer: `/manifest/${member}`, reason });
  if (before !== undefined) {
    const order = compareVersions(version, before.version);
    if (order < 0) report('version', `${before.version} is installed, which is newer`);
    if (order === 0)
      report('version', `${before.version} is installed with other contents: give these a newer version`);
    if (publisher !== before.publisher) report('publisher', `The installed package is of ${before.publisher}`);
    if (prefix !== before.prefix)
      report('prefix', `The installed package has ${before.prefix}, and names do not change`);
  }
  for (const other of installedManifests(stored.packages)) {
    if (other.prefix !== prefix || other.publisher === publisher) continue;
    report('prefix', `${prefix} is the prefix of ${other.publisher} (${other.name})`);
  }
  const taken = before === undefined ? shippedName(stored.documents, prefix) : undefined;
  if (taken !== undefined) report('prefix', `The product has a name that begins so: ${taken}`);
  return [...problems, ...dependencyProblems(stored, manifest)];
}

function dependencyProblems({ packages }: Stored, { name, dependencies = {} }: PackageManifest): Problem[] {
  const installed = new Map(installedManifests(packages).map((each) => [each.name, each]));
  const reaches = (from: string, seen: Set<string>): boolean => {
    if (from === name) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return Object.keys(installed.get(from)?.dependencies ?? {}).some((next) => reaches(next, seen));
  };
  return Object.entries(dependencies).flatMap(([other, range]) => {
    const found = installed.get(other);
    const pointer = `/manifest/dependencies/${other}`;
    if (found === undefined) return [{ pointer, reason: `${other} is not installed: install it first` }];
    if (!isInRange(found.version, range))
      return [{ pointer, reason: `${other} ${found.version} is installed, not ${range}` }];
    if (reaches(other, new Set())) return [{ pointer, reason: `${other} depends on ${name} itself` }];
    return [];
  });
}

/** Throws package_conflict where a dependency is not installed, or in another version. */
export function requireDependencies(stored: Stored, manifest: PackageManifest): void {
  refuse(manifest.name, dependencyProblems(stored, manifest));
}

function dependentProblems({ packages }: Stored, { name, version }: PackageManifest): Problem[] {
  return installedManifests(packages).flatMap((other) => {
    const range = other.dependencies?.[name];
    if (range === undefined || isInRange(version, range)) return [];
    return [{ pointer: '/manifest/version', reason: `${other.name} ${other.version} works with ${name} ${range}` }];
  });
}

/** A name of the shipped documents, or of something in them, that begins with the prefix. */
function shippedName(documents: readonly SourceDocument[], prefix: string): string | undefined {
  for (const { layer, name, body } of documents) {
    if (layer !== 'base') continue;
    const members = Object.values(body as object).filter((each) => each !== null && typeof each === 'object');
    const names = [name, ...members.flatMap((each) => Object.keys(each as object))];
    const found = names.find((each) => each.startsWith(prefix));
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuse(name: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const details = problems.map(({ pointer, reason }) =>
    errorDetail('invalid_value', { name: pointer, reason }, `package#${pointer}`),
  );
  throw new PlatformError('package_conflict', { name }, { details });
}
