#!/usr/bin/env -S node --max-semi-space-size=64
// The program `kartoteka`: understands the command line, runs the command, turns failures into words and an exit code
// (0 done, 1 failed, 2 not understood).
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkCommand } from './check-command.ts';
import { parseCommandLine, UsageError } from './command-line.ts';
import { readSettings, SettingsError } from './config.ts';
import { failureText } from './failure-text.ts';
import { createLog, type Log } from './log.ts';
import { publishCommand } from './publish-command.ts';
import { purgeCommand } from './purge-command.ts';
import { startCommand } from './start-command.ts';

/** Runs the program and gives its exit code; `start` resolves when the service has stopped. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args);
    if (command.name === 'help') {
      process.stdout.write(command.text);
      return 0;
    }
    const settings = readSettings(process.env, process.cwd());
    const log: Log = createLog(settings.logLevel);
    if (command.name === 'start') return await startCommand(settings, log, command.demo);
    if (command.name === 'publish') return await publishCommand(settings, log, command);
    if (command.name === 'purge') return await purgeCommand(settings, log, command);
    return await checkCommand(settings, log);
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    return error instanceof UsageError || error instanceof SettingsError ? 2 : 1;
  }
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
