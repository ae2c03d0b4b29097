#!/usr/bin/env -S node --max-semi-space-size=64
// The program `kartoteka`: understands the command line, runs the command, turns failures into words and an exit code
// (0 done, 1 failed, 2 not understood; of import and export 1 means that rows failed, 2 that it could not run).
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkCommand } from './check-command.ts';
import { type Command, parseCommandLine } from './command-line.ts';
import { readSettings, SettingsError } from './config.ts';
import { failureText } from './failure-text.ts';
import { createLog, type Log } from './log.ts';
import { publishCommand } from './publish-command.ts';
import { purgeCommand } from './purge-command.ts';
import { startCommand } from './start-command.ts';
import { exportCommand } from './transfer/export-command.ts';
import { importCommand } from './transfer/import-command.ts';
import { UsageError } from './usage-error.ts';

/** Runs the program and gives its exit code; `start` resolves when the service has stopped. */
export async function main(args: readonly string[]): Promise<number> {
  let command: Command | null = null;
  try {
    command = parseCommandLine(args);
    return await run(command);
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    const notRun = error instanceof UsageError || error instanceof SettingsError;
    return notRun || command?.name === 'import' || command?.name === 'export' ? 2 : 1;
  }
}

async function run(command: Command): Promise<number> {
  if (command.name === 'help') {
    process.stdout.write(command.text);
    return 0;
  }
  // These two are clients: they have nothing of the service's settings.
  if (command.name === 'import') return importCommand({ ...command, ...secrets() }, process);
  if (command.name === 'export') return exportCommand({ ...command, ...secrets() }, process);
  const settings = readSettings(process.env, process.cwd());
  const log: Log = createLog(settings.logLevel);
  if (command.name === 'start') return startCommand(settings, log, command.demo);
  if (command.name === 'publish') return publishCommand(settings, log, command);
  if (command.name === 'purge') return purgeCommand(settings, log, command);
  return checkCommand(settings, log);
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
