// The command `kartoteka-sdk generate`: its arguments, what it writes and prints, and what it ends with. It touches the process nowhere, so
// that tests run it as it is.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type Change, changesBetween } from './compare.ts';
import { factsOf } from './facts.ts';
import { FetchError, fetchSchemas, schemasUrl } from './fetch.ts';
import { factsIn, render } from './render.ts';

/** What the command ends with. */
export const EXIT = { done: 0, differs: 1, usage: 2, failed: 3 } as const;

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  readonly fetch?: typeof fetch;
}

const HELP = `kartoteka-sdk generate --url URL --out FILE [--check]

Writes the types of a CRM to FILE: entities with their custom fields, choices, lookups, operations, as the rights of who asks show them.

  --url URL    address of the service, such as https://crm.example.com
  --out FILE   the TypeScript file
  --check      writes nothing; tells what differs between FILE and the service, breaking changes first

Who asks is said by the environment: KARTOTEKA_API_KEY, or KARTOTEKA_TOKEN (an access token).

Ends with 0 when FILE is written or does not differ, 1 when --check finds differences, 2 when the command is used wrongly,
3 when the service cannot be asked, or refuses, or FILE cannot be read or written.`;

class UsageError extends Error {}

interface Asked {
  readonly url: URL;
  readonly out: string;
  readonly check: boolean;
  readonly token: string;
}

/** Runs the command; the exit code. It throws for mistakes of its own only. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    if (args.some((arg) => arg === '--help' || arg === '-h')) {
      around.out(HELP);
      return EXIT.done;
    }
    const asked = parse(args, around.env);
    const document = await fetchSchemas(asked.url, asked.token, around.fetch);
    const text = await render(document);
    const before = await readExisting(asked.out);
    if (!asked.check) return await write(asked.out, text, before, around);
    return check(asked.out, before, text, factsOf(document), around);
  } catch (error) {
    if (error instanceof UsageError) {
      around.error(`${error.message}\n\n${HELP}`);
      return EXIT.usage;
    }
    if (!(error instanceof FetchError) && !isFileError(error)) throw error;
    around.error(error.message);
    return EXIT.failed;
  }
}

function parse(args: readonly string[], env: Surroundings['env']): Asked {
  const { url, out, check } = options(args);
  if (url === undefined || url === '') throw new UsageError('--url is missing');
  if (out === undefined || out === '') throw new UsageError('--out is missing');
  const { KARTOTEKA_API_KEY: key, KARTOTEKA_TOKEN: token } = env;
  if (key && token) throw new UsageError('Set KARTOTEKA_API_KEY or KARTOTEKA_TOKEN, not both');
  const credential = (key || token)?.trim();
  if (!credential) throw new UsageError('Set KARTOTEKA_API_KEY or KARTOTEKA_TOKEN');
  // What is no header is told without being shown.
  if (!/^[\x21-\x7e]+$/.test(credential)) throw new UsageError('The key or token has characters that none has');
  return { url: addressOf(url), out, check: check === true, token: credential };
}

function options(args: readonly string[]): { url?: string; out?: string; check?: boolean } {
  const known = { url: { type: 'string' }, out: { type: 'string' }, check: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: known,
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length !== 1 || positionals[0] !== 'generate')
      throw new UsageError(
        `The one command is generate${positionals[0] === undefined ? '' : `, not ${positionals.join(' ')}`}`,
      );
    return values;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message);
  }
}

function addressOf(url: string): URL {
  try {
    return schemasUrl(url);
  } catch (error) {
    // The message of an URL that is none repeats it.
    throw new UsageError(
      `--url: ${(error as { code?: string }).code === 'ERR_INVALID_URL' ? 'that is no URL' : (error as Error).message}`,
    );
  }
}

async function readExisting(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written beside it first, so that no half of a file is left where the process ends. */
async function write(file: string, text: string, before: string | undefined, { out }: Surroundings): Promise<number> {
  if (before === text) {
    out(`${file} is up to date`);
    return EXIT.done;
  }
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.new`;
  await writeFile(aside, text);
  await rename(aside, file);
  out(`${file} is ${before === undefined ? 'written' : 'written anew'}`);
  return EXIT.done;
}

function check(
  file: string,
  before: string | undefined,
  text: string,
  facts: ReturnType<typeof factsOf>,
  { out, error }: Surroundings,
): number {
  if (before === undefined) {
    error(`There is no ${file}: generate it without --check`);
    return EXIT.differs;
  }
  if (before.replaceAll('\r\n', '\n') === text) {
    out(`${file} does not differ from the service`);
    return EXIT.done;
  }
  const known = factsIn(before);
  if (known === undefined) {
    error(`${file} was not generated by this command: it cannot be compared`);
    return EXIT.differs;
  }
  const changes = changesBetween(known, facts);
  out(`${file} differs from the service:`);
  for (const line of report(changes)) out(line);
  return EXIT.differs;
}

function report(changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return ['  only descriptions, or what this caller may not use, have changed'];
  const [grave, light] = [changes.filter(({ breaking }) => breaking), changes.filter(({ breaking }) => !breaking)];
  const lines = (title: string, some: readonly Change[]): readonly string[] =>
    some.length === 0 ? [] : [`  ${title} (${some.length}):`, ...some.map(({ path, words }) => `    ${path} ${words}`)];
  return [...lines('breaking', grave), ...lines('not breaking', light)];
}

/** Of the file system. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && typeof (error as { syscall?: unknown }).syscall === 'string';
}
