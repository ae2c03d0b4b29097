// Password hashes: argon2id of Node.js with OWASP's parameters, in PHC string format. Hashing runs on the thread pool, at
// most a few at a time, so that a flood of logins can neither exhaust memory nor stall other work.
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { PlatformError } from '@kartoteka/platform';

/** OWASP's first choice of minimum parameters: 19 MiB, two passes, one lane. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** At once: bounds memory to 2 x 19 MiB and leaves threads of the pool to others. */
const CONCURRENT = 2;
/** Waiting beyond that is answered 503: at ~35 ms each this is about two seconds of waiting. */
const WAITING = 100;

let running = 0;
const queue: (() => void)[] = [];

/**
 * Hashes a password.
 * @returns a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`
 * @throws PlatformError overloaded when too many hashes are waited for
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, salt, PARAMETERS);
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Compares a password with a stored hash in time that does not depend on either. Without a hash (no such user) the
 * same work is done and the answer is false.
 * @throws PlatformError overloaded when too many hashes are waited for
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { salt, tag, parameters } = parseHash(stored ?? NOBODY);
  const actual = await derive(password, salt, parameters);
  return timingSafeEqual(actual, tag) && stored !== null;
}

/** True when the hash was made with other parameters than today's and should be replaced at the next sign-in. */
export function isOutdated(stored: string): boolean {
  const { memory, passes, parallelism } = parseHash(stored).parameters;
  return memory !== PARAMETERS.memory || passes !== PARAMETERS.passes || parallelism !== PARAMETERS.parallelism;
}

const NOBODY = `$argon2id$v=19$m=${PARAMETERS.memory},t=${PARAMETERS.passes},p=${PARAMETERS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

interface ParsedHash {
  readonly salt: Buffer;
  readonly tag: Buffer;
  readonly parameters: { memory: number; passes: number; parallelism: number };
}

function parseHash(stored: string): ParsedHash {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/-]+)\$([\w+/-]+)$/.exec(stored);
  if (match === null) throw new Error('A stored password hash is not an argon2id PHC string');
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  return {
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Passwords are compared by their NFKC form, so that the keyboard that typed them does not matter. */
async function derive(password: string, salt: Buffer, parameters: ParsedHash['parameters']): Promise<Buffer> {
  await enter();
  try {
    const message = Buffer.from(password.normalize('NFKC'), 'utf8');
    return await argon2id({ message, nonce: salt, tagLength: TAG_BYTES, ...parameters });
  } finally {
    leave();
  }
}

function argon2id(parameters: Argon2Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function enter(): Promise<void> {
  if (running < CONCURRENT) {
    running += 1;
    return Promise.resolve();
  }
  if (queue.length >= WAITING) throw new PlatformError('overloaded');
  return new Promise((resolve) => queue.push(resolve));
}

/** Hands the place to the next one waiting, if any. */
function leave(): void {
  const next = queue.shift();
  if (next === undefined) running -= 1;
  else next();
}
