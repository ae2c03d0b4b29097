// What a new password must be: long enough to resist guessing, short enough to hash, and nothing else (NIST SP 800-63B).

export const SHORTEST_PASSWORD = 10;
export const LONGEST_PASSWORD = 256;

/** Why a password cannot be taken, in words; null when it can. */
export function passwordProblem(password: unknown): string | null {
  if (typeof password !== 'string') return 'must be text';
  if (!password.isWellFormed() || hasControlCharacters(password)) return 'must not contain control characters';
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD) return `must have at least ${SHORTEST_PASSWORD} characters`;
  if (length > LONGEST_PASSWORD) return `must have at most ${LONGEST_PASSWORD} characters`;
  if (new Set(password).size < 3) return 'must not repeat one or two characters';
  return null;
}

/** C0, DEL and C1 characters. */
export function hasControlCharacters(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
