// `npm run check`: format, lint and import arrows (Biome), types, dead code and undeclared dependencies (knip), and
// generated files up to date. Every step runs, so that one run shows all findings; exits 1 when one failed.
import { spawnSync } from 'node:child_process';

const steps: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format, lint, arrows', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the web application', command: ['tsc', '-p', 'packages/web'] },
  { name: 'dead code and dependencies', command: ['knip', '--no-progress'] },
  { name: 'generated files', command: ['node', 'scripts/generate.ts', '--check'] },
];

let failed = 0;
for (const step of steps) {
  const [program = '', ...args] = step.command;
  const started = performance.now();
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
