// Public face of the service package: a service inside another program, for tests and measurements.
export { readSettings, type Settings, SettingsError } from './config.ts';
export { createLog, type Log } from './log.ts';
export { type RunningService, startService } from './service.ts';
