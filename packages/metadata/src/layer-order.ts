// The order in which layers go over each other, and which names each may give. It knows packages by their manifests only, never
// what their documents say.
import type { Layer } from './documents.ts';

/** What the order of layers depends on in an installed package's manifest. */
export interface PackageLayer {
  readonly name: string;
  /** Of its publisher: every name that the package gives begins with it. */
  readonly prefix: string;
  /** Names of the packages that come before it, each with the versions it works with. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The layer that a package's documents stand in. */
export const packageLayer = (name: string): Layer => `package:${name}`;

/** Name of the package whose layer it is; null for base and custom. */
export function packageOf(layer: Layer): string | null {
  return layer.startsWith('package:') ? layer.slice('package:'.length) : null;
}

/** Names of packages, each behind those that it depends on, and by name where that leaves it open. */
export function dependencyOrder(packages: readonly PackageLayer[]): string[] {
  const waiting = new Map(packages.map((each) => [each.name, each]));
  const order: string[] = [];
  while (waiting.size > 0) {
    const names = [...waiting.keys()].sort();
    const isFree = (name: string): boolean =>
      !Object.keys(waiting.get(name)?.dependencies ?? {}).some((other) => other !== name && waiting.has(other));
    // Where nothing is free they depend on each other in a circle, which an installation refuses.
    const next = names.find(isFree) ?? (names[0] as string);
    waiting.delete(next);
    order.push(next);
  }
  return order;
}

/** Layers of one installation. */
export class LayerOrder {
  /** Beginnings of the names that customisations give. */
  readonly customPrefixes: readonly string[];
  readonly #packages: ReadonlyMap<string, PackageLayer>;
  readonly #ranks: ReadonlyMap<Layer, number>;

  constructor(packages: readonly PackageLayer[], customPrefixes: readonly string[]) {
    this.customPrefixes = customPrefixes;
    this.#packages = new Map(packages.map((each) => [each.name, each]));
    const layers: Layer[] = ['base', ...dependencyOrder(packages).map(packageLayer), 'custom'];
    this.#ranks = new Map(layers.map((layer, rank) => [layer, rank]));
  }

  /** False for the layer of a package that is not installed. */
  has(layer: Layer): boolean {
    return this.#ranks.has(layer);
  }

  /** Below zero where `a` lies under `b`. */
  compare(a: Layer, b: Layer): number {
    return (this.#ranks.get(a) ?? -1) - (this.#ranks.get(b) ?? -1);
  }

  /** Whether `upper` may build on what `lower` says: packages only on those they depend on, if need be over others. */
  buildsOn(upper: Layer, lower: Layer): boolean {
    const [above, below] = [packageOf(upper), packageOf(lower)];
    if (above === null || below === null) return this.compare(upper, lower) > 0;
    return this.#dependsOn(above, below, new Set());
  }

  /** Prefixes of the names that the layer gives; empty for base, whose names carry none. */
  prefixesOf(layer: Layer): readonly string[] {
    if (layer === 'base') return [];
    if (layer === 'custom') return this.customPrefixes;
    const prefix = this.#packages.get(packageOf(layer) ?? '')?.prefix;
    return prefix === undefined ? [] : [prefix];
  }

  #dependsOn(name: string, other: string, seen: Set<string>): boolean {
    if (seen.has(name)) return false;
    seen.add(name);
    const direct = Object.keys(this.#packages.get(name)?.dependencies ?? {});
    return direct.includes(other) || direct.some((each) => this.#dependsOn(each, other, seen));
  }
}
