// `npm start`: the command `kartoteka start` with the arguments given after `--`.
import { runProgram } from '@kartoteka/service/cli';

await runProgram(['start', ...process.argv.slice(2)]);
