// The commands that work on the database themselves, with the service's settings. Loaded when one of them is asked for: import
// and export, which are clients, start without the engine.
import { checkCommand } from './check-command.ts';
import type { ServiceCommand } from './command-line.ts';
import { readSettings } from './config.ts';
import { createLog, type Log } from './log.ts';
import { publishCommand } from './publish-command.ts';
import { purgeCommand } from './purge-command.ts';
import { startCommand } from './start-command.ts';

/** Runs the command and gives its exit code; `start` resolves when the service has stopped. Throws SettingsError. */
export async function runServiceCommand(command: ServiceCommand): Promise<number> {
  const settings = readSettings(process.env, process.cwd());
  const log: Log = createLog(settings.logLevel);
  if (command.name === 'start') return startCommand(settings, log, command.demo);
  if (command.name === 'publish') return publishCommand(settings, log, command);
  if (command.name === 'purge') return purgeCommand(settings, log, command);
  return checkCommand(settings, log);
}
