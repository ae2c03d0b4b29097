// `npm start`: builds the web application where that is needed, then the command `kartoteka start` with the arguments given after `--`.
import { runProgram } from '@kartoteka/service/cli';
import { buildWeb } from './build-web.ts';

await buildWeb();
await runProgram(['start', ...process.argv.slice(2)]);
