// `kartoteka package`: plans, installs, uninstalls, exports and packs packages of documents. A client of the REST service.

import type { PackageArchive } from '@kartoteka/metadata';
import { TransferError } from '@kartoteka/metadata/transfer';
import type { CommandOutput } from '../transfer/import-command.ts';
import type { ApiClient } from '../transfer/rest/client.ts';
import type { PackageWords } from './command-words.ts';
import { readJson } from './document-folder.ts';
import { readPackage, writePackage } from './package-files.ts';
import { accepted, connect, planLines, post, print, type ServiceAccess } from './service-calls.ts';

export type PackageOptions = ServiceAccess & Omit<PackageWords, 'name' | 'url' | 'user'>;

/** Runs the command: 0. Throws TransferError when it is refused; nothing is changed then. */
export async function packageCommand(options: PackageOptions, output: CommandOutput): Promise<number> {
  await ACTIONS[options.action](options, output);
  return 0;
}

const ACTIONS: Readonly<
  Record<PackageOptions['action'], (options: PackageOptions, output: CommandOutput) => Promise<void>>
> = { plan, install, uninstall, export: exportPackage, pack };

async function pack({ subject, target }: PackageOptions, output: CommandOutput): Promise<void> {
  const archive = await readPackage(subject);
  if (target?.endsWith('.json') !== true) throw new TransferError('An archive is a .json file');
  await writePackage(archive, target);
  print(output, [`${title(archive)} with ${archive.documents.length} documents in ${target}`]);
}

async function plan(options: PackageOptions, output: CommandOutput): Promise<void> {
  const archive = await readPackage(options.subject);
  const found = await planned(await connect(options), archive, options);
  if (found.plan === null) return print(output, [`${title(archive)} is installed already`]);
  print(output, [...headline(found), ...planLines(found.plan)]);
}

async function install(options: PackageOptions, output: CommandOutput): Promise<void> {
  const archive = await readPackage(options.subject);
  const client = await connect(options);
  const found = await planned(client, archive, options);
  if (found.plan === null) return print(output, [`${title(archive)} is installed already`]);
  const { fingerprint } = found.plan;
  const { comment, destructive } = options;
  const body = { ...installation(archive, options), fingerprint, comment, allow_destructive: destructive };
  const { revision } = await post(client, 'metadata/packages', body);
  print(output, [...headline(found), `Published revision ${revision}`]);
}

function planned(client: ApiClient, archive: PackageArchive, options: PackageOptions) {
  return post(client, 'metadata/packages/plan', installation(archive, options));
}

const installation = (archive: PackageArchive, { leaveData }: PackageOptions) => ({
  ...archive,
  kept_data: leaveData ? 'leave' : 'restore',
});

async function uninstall(options: PackageOptions, output: CommandOutput): Promise<void> {
  const client = await connect(options);
  const path = `metadata/packages/${encodeURIComponent(options.subject)}/uninstall`;
  const data = options.purge ? 'purge' : 'keep';
  const found = await post(client, `${path}/plan`, { data });
  const { fingerprint } = found.plan;
  const { revision } = await post(client, path, { data, fingerprint, comment: options.comment });
  print(output, [...headline(found), ...planLines({ ...found.plan, steps: [] }), `Published revision ${revision}`]);
}

async function exportPackage(options: PackageOptions, output: CommandOutput): Promise<void> {
  const { subject, target, manifest, documents } = options;
  const client = await connect(options);
  const archive: PackageArchive =
    manifest === null
      ? accepted(await client.get(`metadata/packages/${encodeURIComponent(subject)}`))
      : await post(client, 'metadata/packages/export', {
          manifest: await readJson(manifest),
          documents: documents.map(chosen),
        });
  await writePackage(archive, target ?? '');
  print(output, [`${title(archive)} with ${archive.documents.length} documents in ${target}`]);
}

function chosen(text: string): { readonly kind: string; readonly name: string } {
  const [, kind = '', name = ''] = /^([a-z]+)\/(\w+)$/.exec(text) ?? [];
  if (kind === '') throw new TransferError(`--documents: ${text} is no kind/name, such as entity/x_visit`);
  return { kind, name };
}

const title = ({ manifest: { name, version } }: PackageArchive): string => `${name} ${version}`;

interface Found {
  readonly action: 'install' | 'upgrade' | 'uninstall';
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly restored: readonly string[];
}

function headline({ action, name, from, to, restored }: Found): string[] {
  const versions = { install: `${to}`, upgrade: `${from} -> ${to}`, uninstall: `${from}` }[action];
  return [`${action} ${name} ${versions}`, ...restored.map((each) => `  brings back the data of ${each}`)];
}
