// What both commands ask the service for, and how its refusals and plans are told to a person. It knows routes, no files.
import { type ApiAnswer, errorText, TransferError } from '@kartoteka/metadata/transfer';
import type { CommandOutput } from '../transfer/import-command.ts';
import { type LoginSettings, readLogin } from '../transfer/login.ts';
import { ApiClient } from '../transfer/rest/client.ts';
import type { RetryPolicy } from '../transfer/rest/retry.ts';

export interface ServiceAccess extends LoginSettings {
  readonly url: string;
  /** Tests wait less. */
  readonly retry?: RetryPolicy;
}

/** Signs in. Throws TransferError. */
export async function connect({ url, retry, ...login }: ServiceAccess): Promise<ApiClient> {
  return ApiClient.connect({ url, login: await readLogin(login), retry });
}

/** JSON of an answer. Throws TransferError with every finding on a line of its own. */
// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
export function accepted({ json, error }: ApiAnswer): any {
  if (error === null) return json;
  const details = (error.details ?? []).filter(({ target }) => target !== undefined);
  if (details.length === 0) throw new TransferError(errorText(error));
  const lines = details.map(({ target, message }) => `  ${target}: ${message}`);
  throw new TransferError([error.message, ...lines].join('\n'));
}

/** POST that the service plans or carries out once, whatever is sent again: fingerprints and revisions see to that. */
// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
export async function post(client: ApiClient, path: string, body: unknown): Promise<any> {
  return accepted(await client.post(path, JSON.stringify(body), true));
}

interface ShownPlan {
  readonly destructive: boolean;
  readonly changes: readonly { readonly words: string; readonly effect: string }[];
  readonly losses: readonly { readonly what: string; readonly records: number | null; readonly more: boolean }[];
  readonly unfit: readonly {
    readonly what: string;
    readonly value: string | null;
    readonly records: number | null;
    readonly more: boolean;
  }[];
  readonly steps: readonly { readonly sql: string; readonly lock: string }[];
  readonly rights: readonly {
    readonly role: string;
    readonly entity: string | null;
    readonly field: string | null;
    readonly right: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

const EFFECTS: Readonly<Record<string, string>> = {
  destructive: ' (loses data)',
  restrictive: ' (stored records may not fit)',
};

/** A plan in lines: changes, records that do not fit, rights, statements, losses. */
export function planLines({ changes, losses, steps, rights, unfit }: ShownPlan): string[] {
  return [
    ...changes.map(({ words, effect }) => `  ${words}${EFFECTS[effect] ?? ''}`),
    ...unfit.map(({ what, value, records, more }) => {
      const count = records === null ? 'uncounted' : `${more ? 'more than ' : ''}${records}`;
      return `  ${what}: ${count} records ${value === null ? 'without a value' : `with the value ${value}`}`;
    }),
    ...rights.map(({ role, entity, field, right, before, after }) => {
      const what = [entity, field].filter((each) => each !== null).join('.');
      return `  role ${role}: ${right} ${what} ${before ?? 'not held'} -> ${after ?? 'not held'}`;
    }),
    ...steps.map(
      ({ sql, lock }) =>
        `  ${sql
          .split('\n')
          .map((line) => line.trim())
          .join(' ')} (lock: ${lock})`,
    ),
    ...losses.map(({ what, records, more }) => {
      const number = records === null ? 'not counted' : `${more ? 'more than ' : ''}${records} records`;
      return `  loses ${what} (${number})`;
    }),
  ];
}

export function print(output: CommandOutput, lines: readonly string[]): void {
  if (lines.length > 0) output.stdout.write(`${lines.join('\n')}\n`);
}
