// PostgreSQL refuses to run as root: this chooses the account and the command line that starts its programs. It must not
// create accounts or loosen the permissions of directories that it was not given.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartupError } from './server-check.ts';

/** The account a PostgreSQL program runs as; null: the account of this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/** Null unless this process is root; then `postgres` where it exists, else `nobody`. */
export function chooseAccount(): Account | null {
  if (process.geteuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const number = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: number('-u'), gid: number('-g') };
    } catch {
      // no such account; the next
    }
  }
  throw new StartupError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as',
  );
}

/** Gives a path to the account; nothing to do when PostgreSQL runs as the account of this process. */
export function giveTo(account: Account | null, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

/**
 * The command that runs `program` as the account, ended by the kernel together with this process (Linux).
 * `paths` are what the program must reach: when the account cannot pass a directory above them (a home directory of root,
 * say), the program is given the one capability that lets it.
 */
export function commandAs(account: Account | null, program: string, paths: readonly string[]): string[] {
  if (!SETPRIV) {
    if (!account) return [program];
    throw new StartupError('PostgreSQL does not run as root; start as another user, or install setpriv (util-linux)');
  }
  const flags = ['--pdeathsig', 'INT'];
  if (account) {
    flags.push('--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups');
    if (![program, ...paths].every((path) => canReach(account, path))) {
      flags.push('--inh-caps', '+dac_override', '--ambient-caps', '+dac_override');
    }
  }
  return [SETPRIV, ...flags, program];
}

function canReach(account: Account, path: string): boolean {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const { mode, uid, gid } = statSync(directory);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (directory === dirname(directory)) return true;
  }
}
