// What is below /metadata/packages as the OpenAPI document of the service describes it. Types only.
import type { PlanReport } from '../changes/api-types.ts';

export type Label = Readonly<Record<string, string>>;

export interface KnownPackage {
  readonly name: string;
  readonly publisher: string;
  readonly prefix: string;
  readonly version: string;
  readonly label?: Label;
  readonly description?: Label;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dependents: readonly string[];
  /** False: uninstalled, its data are kept. */
  readonly installed: boolean;
  readonly place: number | null;
  readonly documents: number;
  readonly installed_on: string;
  readonly changed_by_id: string | null;
  readonly uninstalled_on: string | null;
  /** Entities, and fields as entity.property, whose data it left. */
  readonly kept: readonly string[];
}

export interface PackagePlan {
  readonly action: 'install' | 'upgrade' | 'uninstall' | 'none';
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly restored: readonly string[];
  readonly revision: number;
  readonly plan: PlanReport | null;
}

export interface PackageArchive {
  readonly manifest: { readonly name: string; readonly version: string; readonly publisher: string };
  readonly documents: readonly unknown[];
}
