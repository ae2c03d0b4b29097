import { nearest } from '@kartoteka/metadata/transfer';
// Arguments that cannot be understood; `message` says why and where help is.

export class UsageError extends Error {}

/** The error for `reason`; `candidates` near `word` are offered. */
export function usageError(reason: string, word?: string, candidates: readonly string[] = []): UsageError {
  const near = word === undefined ? null : nearest(word, candidates);
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return new UsageError(`kartoteka: ${reason}${hint}\nkartoteka --help lists commands and options`);
}
