// Who the import or export works as, from options, environment and, on a terminal, a question.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { TransferError } from '@kartoteka/metadata/transfer';
import type { Login } from './rest/session.ts';

export interface LoginSettings {
  readonly user: string | null;
  /** KARTOTEKA_TOKEN, KARTOTEKA_PASSWORD. */
  readonly token: string | null;
  readonly password: string | null;
}

/** Throws TransferError when nobody can be asked for what is missing. */
export async function readLogin({ user, token, password }: LoginSettings): Promise<Login> {
  if (token !== null) return { kind: 'token', token };
  if (user === null) throw new TransferError('Say who you are: --user, or an access token in KARTOTEKA_TOKEN');
  if (password !== null) return { kind: 'password', user, password };
  if (process.stdin.isTTY !== true) {
    throw new TransferError(`Set KARTOTEKA_PASSWORD to the password of ${user} (there is no terminal to ask for it)`);
  }
  return { kind: 'password', user, password: await askPassword(`Password of ${user}: `) };
}

/** Asks on the terminal without showing what is typed. */
async function askPassword(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } catch {
    // Ctrl+C or Ctrl+D instead of an answer.
    throw new TransferError('No password was given');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
