// Packages under /metadata: what is installed, an archive of it, plans, installations and uninstallations. Each change is one publish,
// and carried out only with the fingerprint of the plan that was seen.
import { dependencyOrder } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { PublishingNode } from '../pipeline.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { MOST_ITEMS, planPurge, purgeHidden } from '../publish/hidden/purge.ts';
import {
  installedManifests,
  isInstalled,
  type PackageChange,
  packageEffect,
  storedArchive,
} from '../publish/package-change.ts';
import { exportPackage } from '../publish/package-export.ts';
import { forgetPackage, type Remains, type StoredPackage } from '../publish/package-store.ts';
import { planPublish } from '../publish/plan.ts';
import { planReport } from '../publish/plan-report/report.ts';
import { type PublishInput, publish } from '../publish/publish.ts';
import { readStored } from '../publish/read-stored.ts';
import type { Stored } from '../publish/store.ts';
import { actorOf, originOf } from '../security-log/record.ts';
import { jsonAnswer, pagedRequest, parametersOf } from './answer.ts';
import { jsonBody } from './body.ts';
import { requireNothingGained } from './escalation.ts';
import {
  type Confirmation,
  parseConfirmation,
  parseExport,
  parseInstallation,
  parseUninstallation,
} from './package-request.ts';
import type { RouteTable } from './types.ts';

export const PACKAGE_ROUTES: RouteTable = {
  packages: { GET: list, POST: install },
  'packages/plan': { POST: planInstall },
  'packages/export': { POST: exportChosen },
  'packages/{package}': { GET: archive },
  'packages/{package}/uninstall': { POST: uninstall },
  'packages/{package}/uninstall/plan': { POST: planUninstall },
};

const NO_NAMES: ReadonlySet<string> = new Set();
const KEYS = [/^[a-z0-9-]{1,60}$/] as const;

async function list({ request, database }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, NO_NAMES, KEYS);
  const stored = await readStored(database);
  const all = [...stored.packages].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  const after = page.after?.[0] ?? '';
  const rest = all.filter(({ manifest }) => manifest.name > after).slice(0, page.most);
  return page.answer(
    rest.map((each) => listed(stored, each)),
    ({ name }) => [name],
  );
}

function listed(
  { packages, documents, columns }: Stored,
  { manifest, remains, by, installedOn, uninstalledOn }: StoredPackage,
) {
  const { name, publisher, prefix, version, label = {}, description = {}, dependencies = {} } = manifest;
  const installed = installedManifests(packages);
  const dependents = installed.filter((other) => Object.hasOwn(other.dependencies ?? {}, name));
  return {
    ...{ name, publisher, prefix, version, label, description, dependencies },
    dependents: dependents.map((other) => other.name),
    installed: remains === null,
    place: remains === null ? dependencyOrder(installed).indexOf(name) + 1 : null,
    documents: documents.filter(({ layer }) => layer === `package:${name}`).length,
    installed_on: installedOn,
    changed_by_id: by,
    uninstalled_on: uninstalledOn,
    kept: keptOf(columns, remains),
  };
}

/** What has not been purged meanwhile. */
function keptOf(columns: Stored['columns'], remains: Remains | null): string[] {
  const hidden = new Set(
    columns.filter((each) => each.hidden).flatMap(({ table, column }) => [table, `${table}.${column}`]),
  );
  const { tables, columns: single } = remains ?? { tables: [], columns: [] };
  return [
    ...tables.filter(({ name }) => hidden.has(name)).map(({ entity }) => entity),
    ...single
      .filter(({ table, column }) => hidden.has(`${table}.${column.name}`))
      .map(({ entity, column }) => `${entity}.${column.property ?? column.name}`),
  ];
}

async function archive({ request, database, named }: MetadataRequest): Promise<EngineResponse> {
  parametersOf(request);
  const stored = await readStored(database);
  const found = stored.packages.find((each) => each.manifest.name === named.package && isInstalled(each));
  if (found === undefined) throw new PlatformError('unknown_resource', { name: `packages/${named.package}` });
  return jsonAnswer(request, storedArchive(stored.documents, found.manifest));
}

async function exportChosen({ request, database }: MetadataRequest): Promise<EngineResponse> {
  parametersOf(request);
  const { manifest, documents } = parseExport(jsonBody(request));
  return jsonAnswer(request, exportPackage(await readStored(database), manifest, documents));
}

async function planInstall(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  return plan(asked, parseInstallation(jsonBody(asked.request), false));
}

async function planUninstall(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  parseUninstallation(jsonBody(asked.request), false);
  return plan(asked, { uninstall: asked.named.package ?? '' });
}

async function plan(asked: MetadataRequest, change: PackageChange): Promise<EngineResponse> {
  return jsonAnswer(asked.request, await planned(asked, change));
}

async function planned(asked: MetadataRequest, change: PackageChange): Promise<object> {
  const { database, principal } = asked;
  const stored = await readStored(database);
  const effect = packageEffect(stored, change, principal.id);
  if (effect === null) return { ...unchangedPackage(change), revision: stored.revision };
  const planned = planPublish(stored, effect.documents, effect);
  await database.snapshot((tx) => requireNothingGained(tx, asked, planned));
  const { action, name, from, to } = effect;
  const report = await planReport(database, stored, planned);
  return { action, name, from, to, restored: planned.restored, revision: stored.revision, plan: report };
}

/** Of an installation that is there already. */
function unchangedPackage(change: PackageChange): object {
  const { name, version } = 'install' in change ? change.install.manifest : { name: change.uninstall, version: null };
  return { action: 'none', name, from: version, to: version, restored: [], plan: null };
}

async function install(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = jsonBody(asked.request);
  const change = parseInstallation(body, true);
  return carryOut(asked, change, parseConfirmation(body));
}

async function uninstall(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = jsonBody(asked.request);
  const data = parseUninstallation(body, true);
  const name = asked.named.package ?? '';
  // What is out of reach afterwards is what was asked for, and it comes back with the package.
  const confirmation = { ...parseConfirmation(body), allowDestructive: true, background: data === 'keep' };
  const answer = await carryOut(asked, { uninstall: name }, confirmation);
  if (data === 'keep') return answer;
  return jsonAnswer(asked.request, { ...JSON.parse(answer.body ?? '{}'), revision: await purgeRemains(asked, name) });
}

/**
 * Drops for good what the uninstalled package left; the revision of the purge. Where it is broken off, what is left is
 * purged like other hidden data (/metadata/purge).
 */
async function purgeRemains({ database, principal, request }: MetadataRequest, name: string): Promise<number> {
  const stored = await readStored(database);
  const remains = stored.packages.find(({ manifest }) => manifest.name === name)?.remains;
  const items = [
    ...(remains?.tables ?? []).map((table) => `data.${table.name}`),
    ...(remains?.columns ?? []).map(({ table, column }) => `data.${table}.${column.name}`),
  ];
  let { revision } = stored;
  for (let at = 0; at < items.length; at += MOST_ITEMS) {
    const chosen = items.slice(at, at + MOST_ITEMS);
    const { fingerprint } = await planPurge(database, chosen);
    const actor = { ...actorOf(principal), origin: originOf(request) };
    const comment = `Data of the uninstalled package ${name}`;
    revision = (await purgeHidden(database, { items: chosen, fingerprint, actor, comment })).revision;
  }
  await forgetPackage(database, name);
  return revision;
}

async function carryOut(
  asked: MetadataRequest,
  change: PackageChange,
  confirmation: Confirmation & { readonly background?: boolean },
): Promise<EngineResponse> {
  const { request, database, node } = asked;
  if (database.inTransaction === true) {
    throw new PlatformError('not_supported', { what: 'Installing in a repeatable request or a transaction of others' });
  }
  if (node === undefined) throw new PlatformError('not_ready');
  try {
    const result = await publish(database, publishInput(asked, node, change, confirmation));
    await node.published(result.revision);
    const { outcome, revision, pending } = result;
    return jsonAnswer(request, { outcome, revision, name: nameOf(change), pending_steps: pending.length });
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'plan_moved') throw error;
    // So that the next request may have its fingerprint.
    const { code, message } = error;
    const moved = { code, message, '@kartoteka.plan': await planned(asked, change) };
    throw error.with({ target: 'fingerprint', details: [moved] });
  }
}

const nameOf = (change: PackageChange): string =>
  'install' in change ? change.install.manifest.name : change.uninstall;

/** Milliseconds that a request tries to get through between other publishes and long transactions. */
const PATIENCE_MS = 30_000;

function publishInput(
  asked: MetadataRequest,
  node: PublishingNode,
  change: PackageChange,
  { fingerprint, comment, allowDestructive, background = true }: Confirmation & { readonly background?: boolean },
): PublishInput {
  const { actorId, callerId } = actorOf(asked.principal);
  const words = `${'install' in change ? 'Package' : 'Uninstalled package'} ${nameOf(change)}`;
  return {
    ...{ package: change, fingerprint, allowDestructive, background, callerId, patience: PATIENCE_MS },
    author: actorId,
    origin: originOf(asked.request),
    comment: comment === '' ? words : comment,
    log: node.log,
    within: (tx, plan) => requireNothingGained(tx, asked, plan),
  };
}
