// Compares a map with what the service offers before the first row: entity sets, properties, lookups. All that is wrong is said
// at once.
import {
  type CompiledMap,
  errorText,
  nearest,
  query,
  refusal,
  stringLiteral,
  TransferError,
} from '@kartoteka/metadata/transfer';
import type { ApiClient } from './rest/client.ts';

/** Throws TransferError naming every set and property that the user cannot reach. */
export async function checkMap(client: ApiClient, set: string, map: CompiledMap): Promise<void> {
  const sets = await readSets(client);
  const problems: (string | null)[] = [setProblem(sets, set)];
  const lookups = map.targets.flatMap(({ lookup }) => lookup ?? []);
  for (const { in: target } of lookups) problems.push(setProblem(sets, target));
  if (!problems.some((problem) => problem !== null)) {
    const properties = [...map.targets.map(({ to }) => to), ...Object.keys(map.constants)];
    const key = map.key?.properties ?? [];
    problems.push(...(await propertyProblems(client, set, [...new Set([...properties, ...key])])));
    for (const { in: target, by } of lookups) problems.push(await lookupProblem(client, target, by));
  }
  const found = new Set(problems.filter((problem) => problem !== null));
  if (found.size > 0)
    throw new TransferError(['Map and service do not fit:', ...[...found].map((line) => `  ${line}`)].join('\n'));
}

/** Names of the entity sets that the user may read. Throws TransferError. */
export async function readSets(client: ApiClient): Promise<readonly string[]> {
  const answer = await client.get('');
  if (answer.error !== null) throw refusal(answer);
  return (answer.json.value as readonly { name: string }[]).map(({ name }) => name);
}

/** Why the set cannot be used, or null. */
export function setProblem(sets: readonly string[], set: string): string | null {
  if (sets.includes(set)) return null;
  const near = nearest(set, sets);
  return `there is no entity set ${set} that you may read${near === null ? '' : `; did you mean ${near}?`}`;
}

/**
 * Only names are looked at here: what may not be read may be written all the same, and the rows will tell. The service names
 * the first unknown property, so that each is asked for by itself once there is one.
 */
async function propertyProblems(client: ApiClient, set: string, properties: readonly string[]): Promise<string[]> {
  const all = await unknownProperty(client, set, properties);
  if (all === null) return [];
  const problems: string[] = [];
  for (const property of properties) problems.push(...((await unknownProperty(client, set, [property])) ?? []));
  return problems;
}

/** What the service says of properties that are not there; null when all of them are. */
async function unknownProperty(
  client: ApiClient,
  set: string,
  properties: readonly string[],
): Promise<readonly string[] | null> {
  const { error } = await client.get(query(set, { select: properties.join(','), top: '0' }));
  if (error === null) return null;
  const unknown = [error, ...(error.details ?? [])].filter(({ code }) => code === 'unknown_property');
  return unknown.length === 0 ? null : [...new Set(unknown.map(({ message }) => message))];
}

async function lookupProblem(client: ApiClient, set: string, by: string): Promise<string | null> {
  const options = { select: `id,${by}`, filter: `${by} in (${stringLiteral('')})`, top: '0' };
  const { error } = await client.get(query(set, options));
  return error === null ? null : `lookup in ${set} by ${by}: ${errorText(error)}`;
}
