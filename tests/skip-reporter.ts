// Fails the run when a test was skipped that tests/allowed-skips.json does not list: a skip must not look like a pass.
import { readFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

interface AllowedSkip {
  /** Text that the full name of the test contains. */
  readonly test: string;
  readonly reason: string;
}

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const allowed: readonly AllowedSkip[] = JSON.parse(
      readFileSync(new URL('./allowed-skips.json', import.meta.url), 'utf8'),
    );
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.result().state === 'skipped').map((test) => test.fullName),
    );
    for (const name of skipped) {
      const reason = allowed.find((entry) => name.includes(entry.test))?.reason;
      if (reason !== undefined) console.log(`skipped: ${name} (${reason})`);
      else {
        console.error(`skipped without a listed reason: ${name}`);
        process.exitCode = 1;
      }
    }
  }
}
