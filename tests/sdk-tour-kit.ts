// The program that docs/sdk.md is, as a module: `tour(url, username, password, console)`. What it is to print stands behind each
// `console.log`.
import { readFileSync } from 'node:fs';

const TEXT = readFileSync(new URL('../docs/sdk.md', import.meta.url), 'utf8');

const IMPORT = /^import .*?;\n/gms;

export interface Tour {
  readonly program: string;
  /** What it prints, line by line. */
  readonly prints: readonly string[];
}

/** `sdk`: what stands in place of `@kartoteka/sdk`. */
export function tourOf(sdk = '@kartoteka/sdk'): Tour {
  const text = [...TEXT.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
  const imports = [...text.matchAll(IMPORT)].map(([all]) => all.replace('@kartoteka/sdk', sdk));
  const body = text.replace(IMPORT, '');
  const parameters = 'url: string, username: string, password: string, console: { log(...values: unknown[]): void }';
  const program = [...imports, `export async function tour(${parameters}): Promise<void> {`, body, '}'].join('\n');
  const prints = [...text.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, printed]) => String(printed));
  return { program, prints };
}
