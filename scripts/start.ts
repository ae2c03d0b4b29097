// `npm start`: builds the web application where it is not built from these sources, then the command `kartoteka start` with the arguments
// given after `--`.
import { runProgram } from '@kartoteka/service/cli';
import { ensureWebBuilt } from '../packages/web/build/ensure-built.ts';

const asksForHelp = process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h');
if (!asksForHelp) await ensureWebBuilt(() => console.log('Building the web application, once for these sources ...'));
await runProgram(['start', ...process.argv.slice(2)]);
