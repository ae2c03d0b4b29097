// The generator of the client's types, run over a CRM without a socket between them, and the compiler over what it writes.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Principal } from '@kartoteka/platform';
import { run } from '../packages/sdk/src/generate/command.ts';
import { type Crm, principalOf } from './crm-kit.ts';

const ROOT = join(import.meta.dirname, '..');
export const KEY = 'kk_test-key';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Asks the CRM as one user, whose key is KEY. */
export function fetchOf(crm: Crm, user: Principal): typeof fetch {
  return async (input, init) => {
    const { pathname, search } = new URL(String(input));
    const headers = Object.fromEntries(new Headers(init?.headers));
    if (headers.authorization !== `Bearer ${KEY}`) {
      return Response.json({ error: { code: 'unauthenticated', message: 'Sign in' } }, { status: 401 });
    }
    const principal = await principalOf(crm.platform, user.id);
    const path = pathname.replace('/api/v1', '') + search;
    const { status, text, json } = await crm.call(principal, init?.method ?? 'GET', path, undefined, headers);
    // An error comes as what it is, not as it is told.
    return status < 400 ? new Response(text, { status }) : Response.json({ error: json }, { status });
  };
}

/** `kartoteka-sdk ...` with a key in the environment. */
export async function kartotekaSdk(
  args: readonly string[],
  fetcher: typeof fetch,
  env: Readonly<Record<string, string>> = { KARTOTEKA_API_KEY: KEY },
): Promise<Ran> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await run(args, {
    env,
    out: (line) => lines.out.push(line),
    error: (line) => lines.error.push(line),
    fetch: fetcher,
  });
  return { code, out: lines.out.join('\n'), error: lines.error.join('\n') };
}

/** A folder in which programs import `@kartoteka/sdk`. */
export class PartnerProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'kartoteka-partner-'));

  constructor() {
    const compilerOptions = {
      ...{ target: 'es2023', module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false },
      ...{ exactOptionalPropertyTypes: false, noUnusedLocals: true, noUncheckedIndexedAccess: true },
      ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, lib: ['es2023', 'dom'] },
      paths: { '@kartoteka/sdk': [join(ROOT, 'packages/sdk/src/index.ts')] },
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    this.write('package.json', JSON.stringify({ type: 'module' }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** What the compiler says, by file; nothing where everything compiles. */
  async errors(): Promise<ReadonlyMap<string, readonly string[]>> {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['-p', this.folder, '--pretty', 'false'], {
      cwd: this.folder,
    }).catch((error: { stdout: string }) => error);
    const found = new Map<string, string[]>();
    for (const line of stdout.split('\n')) {
      const [, file, message] = /^([^\s(][^(]*)\(\d+,\d+\): error (.*)$/.exec(line) ?? [];
      if (file === undefined || message === undefined) continue;
      found.set(file, [...(found.get(file) ?? []), message]);
    }
    return found;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
