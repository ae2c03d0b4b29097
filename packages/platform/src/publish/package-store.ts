// The table kartoteka.package: what is installed, and what uninstalled packages left behind. Read as a part of what is published
// (store.ts), written here only. It must not interpret documents.
import type { ColumnShape, PackageManifest, TableShape } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';

/** To whom the records of a table belong. */
export interface KeptOwnership {
  /** `user`, `parent deal`. */
  readonly ownership: string;
  /** Entities whose records they belong to. */
  readonly parents: readonly string[];
}

/** Tables and columns that an uninstalled package left, as they were when it was uninstalled; their values are kept, hidden. */
export interface Remains {
  /** Of its entities and links, without foreign keys. */
  readonly tables: readonly TableShape[];
  /** Of entities that are there still. */
  readonly columns: readonly { readonly table: string; readonly entity: string; readonly column: ColumnShape }[];
  /** Those of their properties that were secured, as `entity.property`. */
  readonly secured: readonly string[];
  /** By table; absent of what an earlier version of the product recorded. */
  readonly ownerships?: Readonly<Record<string, KeptOwnership>>;
}

export interface StoredPackage {
  readonly manifest: PackageManifest;
  /** Null while it is installed. */
  readonly remains: Remains | null;
  /** Id of who installed it, or the version it has; null for the product itself. */
  readonly by: string | null;
  readonly installedOn: string;
  readonly uninstalledOn: string | null;
}

/** Subselect of the packages as JSON, in a fixed order. */
export const PACKAGES_JSON = `(select coalesce(json_agg(json_build_object('manifest', p.manifest, 'remains', p.remains, 'by', p.installed_by,
    'installedOn', p.installed_on, 'uninstalledOn', p.uninstalled_on) order by p.position, p.name), '[]') from kartoteka.package p)::text`;

/** Replaces the registry; moments of what stays as it was are kept. */
export async function writePackages(tx: Executor, packages: readonly StoredPackage[]): Promise<void> {
  const rows = packages.map(({ manifest, remains, by }, position) => ({
    ...{ name: manifest.name, publisher: manifest.publisher, prefix: manifest.prefix, version: manifest.version },
    ...{ dependencies: manifest.dependencies ?? {}, position, manifest, remains, by },
  }));
  const source = `json_to_recordset($1::json) as r(name text, publisher text, prefix text, version text, dependencies json, position int,
    manifest json, remains json, by uuid)`;
  await tx.run(`delete from kartoteka.package p where not exists (select from ${source} where r.name = p.name)`, [
    JSON.stringify(rows),
  ]);
  await tx.run(
    `insert into kartoteka.package as p (name, publisher, prefix, version, dependencies, position, manifest, remains, installed_by, uninstalled_on)
     select name, publisher, prefix, version, dependencies, position, manifest, remains, by, case when json_typeof(remains) = 'object' then now() end from ${source}
     on conflict (name) do update set publisher = excluded.publisher, prefix = excluded.prefix, version = excluded.version,
       dependencies = excluded.dependencies, position = excluded.position, manifest = excluded.manifest,
       remains = excluded.remains, installed_by = excluded.installed_by,
       installed_on = case when p.version = excluded.version and p.uninstalled_on is null then p.installed_on else now() end,
       uninstalled_on = case when excluded.uninstalled_on is not null then coalesce(p.uninstalled_on, excluded.uninstalled_on) end`,
    [JSON.stringify(rows)],
  );
}

/** An uninstalled package that has left nothing. */
export async function forgetPackage(executor: Executor, name: string): Promise<void> {
  await executor.run('delete from kartoteka.package where name = $1::text and uninstalled_on is not null', [name]);
}
