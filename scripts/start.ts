// `npm start`: the command `kartoteka start` with the arguments given after `--`.
import { main } from '@kartoteka/service/cli';

process.exitCode = await main(['start', ...process.argv.slice(2)]);
