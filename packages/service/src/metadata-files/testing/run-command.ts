// Runs `kartoteka metadata` and `kartoteka package` in a test, as the administrator. Not for product code.
import { parseCommandLine } from '../../command-line.ts';
import { ADMIN } from '../../testing/test-service.ts';
import { metadataCommand } from '../metadata-command.ts';
import { packageCommand } from '../package-command.ts';

/** Words of a command line, or one of words without spaces; answers what was printed, throws what it is refused with. */
export function commandRunner(address: () => string): (line: string | readonly string[]) => Promise<string> {
  return async (line) => {
    const words = typeof line === 'string' ? line.split(' ') : line;
    const asWho = words[1] === 'pack' ? [] : ['--url', address(), '--user', ADMIN.email];
    const command = parseCommandLine([...words, ...asWho]);
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) > 0, isTTY: false };
    const output = { stdout: stream, stderr: stream };
    const login = { token: null, password: ADMIN.password };
    if (command.name === 'package') await packageCommand({ ...command, ...login }, output);
    else if (command.name === 'metadata') await metadataCommand({ ...command, ...login }, output);
    else throw new Error(`${words.join(' ')} is another command`);
    return written.join('');
  };
}
