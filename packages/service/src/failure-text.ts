// What the program says when it cannot go on: all problems, in words, without a stack where the cause is the operator's
// to mend.
import { DocumentFileError, PlatformError, StartupError } from '@kartoteka/platform';
import { SettingsError } from './config.ts';

/** The text for standard error. */
export function failureText(error: unknown): string {
  if (error instanceof SettingsError) return `The settings are not valid:\n${indented(error.message.split('\n'))}`;
  if (error instanceof StartupError || error instanceof DocumentFileError) return error.message;
  if (error instanceof PlatformError) {
    const details = error.details.map(({ target, message }) =>
      target === undefined ? message : `${target}: ${message}`,
    );
    return [
      error.message,
      ...(details.length === 0 ? [] : [indented(details)]),
      ...(error.hint ? [error.hint] : []),
    ].join('\n');
  }
  if (isListenError(error))
    return `${error.address}:${error.port} cannot be listened on: ${LISTEN_REASONS[error.code]}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use (set PORT to another port)',
  EACCES: 'this account may not (set PORT to one above 1023)',
  EADDRNOTAVAIL: 'this machine does not have the address (see HOST)',
};

function isListenError(error: unknown): error is Error & { code: string; address: string; port: number } {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'listen' &&
    'code' in error &&
    String(error.code) in LISTEN_REASONS
  );
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
