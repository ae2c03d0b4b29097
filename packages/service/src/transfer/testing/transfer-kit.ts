// Runs imports and exports against a service in tests: files in a folder of their own, output caught. Not for product code.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransferError } from '@kartoteka/metadata/transfer';
import { ADMIN, callApi, signIn } from '../../testing/test-service.ts';
import { type ExportOptions, exportCommand } from '../export-command.ts';
import { type ImportOptions, importCommand } from '../import-command.ts';
import type { RetryPolicy } from '../rest/retry.ts';

/** Tests wait for nothing longer than they must. */
export const QUICK_RETRY: RetryPolicy = { patience: 3000, firstWait: 20, longestWait: 100 };

const WHO = { user: ADMIN.email, password: ADMIN.password, token: null, retry: QUICK_RETRY };
const IMPORT = {
  ...{ errors: null, encoding: null, delimiter: null, dryRun: false, strict: false, batch: 1000, parallel: 3 },
  ...WHO,
} satisfies Partial<ImportOptions>;
const EXPORT = {
  ...{ map: null, filter: null, select: null, orderby: null, encoding: null, delimiter: null },
  ...WHO,
} satisfies Partial<ExportOptions>;

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface TransferKit {
  readonly folder: string;
  /** Writes a file; gives its path. */
  write(name: string, content: string | Buffer | object): string;
  /** Text of a file, or null where there is none. */
  read(name: string): string | null;
  bytes(name: string): Buffer;
  import(set: string, file: string, map: object | string, options?: Partial<ImportOptions>): Promise<CommandResult>;
  export(set: string, file: string, options?: Partial<ExportOptions>): Promise<CommandResult>;
  /** Every record of a query, as the administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
  all(path: string): Promise<any[]>;
  remove(): void;
}

/** `address` of the service is asked at every use: it may be another one by then. */
export function transferKit(address: () => string): TransferKit {
  const folder = mkdtempSync(join(tmpdir(), 'kartoteka-transfer-'));
  const kit: TransferKit = {
    folder,
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
      return path;
    },
    bytes: (name) => readFileSync(join(folder, name)),
    read: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null),
    import: (set, file, map, options) =>
      caught((output) => {
        const mapFile = typeof map === 'string' ? map : kit.write('map.json', map);
        const command = { ...IMPORT, url: address(), set, file: join(folder, file), map: mapFile, ...options };
        return importCommand(command, output);
      }),
    export: (set, file, options) =>
      caught((output) =>
        exportCommand({ ...EXPORT, url: address(), set, file: join(folder, file), ...options }, output),
      ),
    async all(path) {
      const { access_token: token } = await signIn(address(), ADMIN.email, ADMIN.password);
      const records: unknown[] = [];
      for (let next: string | undefined = `/api/v1/${path}`; next !== undefined; ) {
        const response = await callApi(address(), token, 'GET', next);
        const page = (await response.json()) as { value?: unknown[]; '@odata.nextLink'?: string };
        if (page.value === undefined) throw new Error(`GET ${next}: ${JSON.stringify(page)}`);
        records.push(...page.value);
        next = page['@odata.nextLink']?.slice(address().length);
      }
      return records;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return kit;
}

/** What the program does with the result of a command, without the process. */
async function caught(
  run: (output: { stdout: { write(text: string): void }; stderr: { write(text: string): void } }) => Promise<number>,
): Promise<CommandResult> {
  const texts = { out: '', err: '' };
  const into = (name: 'out' | 'err') => ({
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const [stdout, stderr] = [into('out'), into('err')];
  try {
    return { code: await run({ stdout, stderr }), ...texts };
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return { code: 2, out: texts.out, err: texts.err + error.message };
  }
}
