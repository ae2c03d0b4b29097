#!/usr/bin/env node
// The command line of the package: hands the process over to generate/command.ts.
import { run } from './generate/command.ts';

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (line) => console.log(line),
  error: (line) => console.error(line),
});
