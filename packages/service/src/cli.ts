#!/usr/bin/env -S node --max-semi-space-size=64
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TransferError } from '@kartoteka/metadata/transfer';
// The program `kartoteka`: understands the command line, runs the command, turns failures into words and an exit code
// (0 done, 1 failed, 2 not understood; of import and export 1 means that rows failed, 2 that it could not run).
import { type Command, parseCommandLine } from './command-line.ts';
import { SettingsError } from './config.ts';
import { UsageError } from './usage-error.ts';

/** Runs the program and gives its exit code; `start` resolves when the service has stopped. */
export async function main(args: readonly string[]): Promise<number> {
  let command: Command | null = null;
  try {
    command = parseCommandLine(args);
    return await run(command);
  } catch (error) {
    process.stderr.write(`${await textOf(error)}\n`);
    const notRun = error instanceof UsageError || error instanceof SettingsError;
    return notRun || command?.name === 'import' || command?.name === 'export' ? 2 : 1;
  }
}

async function run(command: Command): Promise<number> {
  if (command.name === 'help') {
    process.stdout.write(command.text);
    return 0;
  }
  if (command.name === 'import') {
    const { importCommand } = await import('./transfer/import-command.ts');
    return importCommand({ ...command, ...secrets(), signal: interruption() }, process);
  }
  if (command.name === 'export') {
    const { exportCommand } = await import('./transfer/export-command.ts');
    return exportCommand({ ...command, ...secrets() }, process);
  }
  if (command.name === 'metadata') {
    const { metadataCommand } = await import('./metadata-files/metadata-command.ts');
    return metadataCommand({ ...command, ...secrets() }, process);
  }
  if (command.name === 'package') {
    const { packageCommand } = await import('./metadata-files/package-command.ts');
    return packageCommand({ ...command, ...secrets() }, process);
  }
  const { runServiceCommand } = await import('./service-commands.ts');
  return runServiceCommand(command);
}

/** Aborted by the first Ctrl+C; the second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

async function textOf(error: unknown): Promise<string> {
  if (error instanceof UsageError || error instanceof TransferError) return error.message;
  const { failureText } = await import('./failure-text.ts');
  return failureText(error);
}

function secrets(): { readonly token: string | null; readonly password: string | null } {
  const { KARTOTEKA_TOKEN: token = '', KARTOTEKA_PASSWORD: password = '' } = process.env;
  return { token: token === '' ? null : token, password: password === '' ? null : password };
}

/** Runs the program and ends the process with its exit code, at the latest a second after the work is done. */
export async function runProgram(args: readonly string[]): Promise<void> {
  process.exitCode = await main(args);
  // Timers and idle connections of libraries may outlive their use; they must not hold the process.
  setTimeout(() => process.exit(), 1000).unref();
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runProgram(process.argv.slice(2));
}
