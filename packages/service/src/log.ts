// The log of the service: pino with a fixed whitelist of fields. No bodies, tokens, literals of queries or values of
// records may reach it; whoever logs passes one of the shapes below.
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';

export type Log = Logger;

/** What is known of an error without its data: driver errors carry query, parameters and detail, which never go out. */
export interface ErrorRecord {
  readonly type: string;
  readonly message?: string;
  readonly stack?: string;
  readonly code?: string;
  readonly table_name?: string;
  readonly constraint_name?: string;
  readonly routine?: string;
}

/** One JSON line per event on standard error, or on `destination`. Written behind; flushed at exit. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { service: 'kartoteka' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorRecord },
    },
    destination ?? pino.destination({ dest: 2, sync: false, minLength: 4096, periodicFlush: 500 }),
  );
}

/** Members of an error that are identifiers (SQLSTATE, codes of Node.js and Fastify, names of the catalogue), not data. */
const IDENTIFIERS = ['code', 'table_name', 'constraint_name', 'routine'] as const;
const IDENTIFIER = /^[A-Za-z0-9_]{1,63}$/;

/**
 * Reduces any thrown value to its type, identifiers and stack frames. A message is kept only where V8 words it without
 * data: those of drivers and of JSON.parse quote values ("invalid input syntax for type uuid: ...").
 */
export function errorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { type: typeof error };
  const record: Record<string, string> = { type: error.name };
  for (const name of IDENTIFIERS) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' && IDENTIFIER.test(value)) record[name] = value;
  }
  if ((error.name === 'TypeError' || error.name === 'ReferenceError') && record.code === undefined) {
    record.message = error.message;
  }
  if (error.stack !== undefined) record.stack = framesOf(error.stack);
  return record as unknown as ErrorRecord;
}

/** Only the lines "    at ..." of a stack: its head repeats the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at .*[:(]/.test(line))
    .join('\n');
}

/**
 * The path of a request to the API without what it names: the entity set and words of OData that begin with $ are kept,
 * keys, literals, further segments and the query string are not, e.g. `/api/v1/deals(…)/…`.
 */
export function loggedPath(url: string): string {
  const end = url.indexOf('?');
  const segments = (end < 0 ? url : url.slice(0, end)).split('/').slice(1, 9);
  return segments.map((segment, index) => `/${loggedSegment(segment, index)}`).join('');
}

function loggedSegment(segment: string, index: number): string {
  const parenthesis = segment.indexOf('(');
  const name = parenthesis < 0 ? segment : segment.slice(0, parenthesis);
  // A key that somebody wrote into the path looks like a name.
  const isName = index < 3 ? /^(?!ktk_)[A-Za-z$][A-Za-z0-9_]{0,62}$/.test(name) : /^\$[a-z]{1,20}$/.test(name);
  return `${isName ? name : segment === '' ? '' : '…'}${isName && parenthesis >= 0 ? '(…)' : ''}`;
}
