// Writes the names of the test files that failed, one a line, to the file that FAILED_TEST_FILES names; without it, nothing.
// `.ci/run` runs these once more, alone: a test that fails only beside others on a busy machine is told, and one that fails
// alone, too, ends the run. Says nothing of errors outside of tests: those end the run at once.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class FailedFilesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], outside: readonly unknown[]): void {
    const file = process.env.FAILED_TEST_FILES;
    if (file === undefined || outside.length > 0) return;
    const failed = modules.filter((module) => module.state() === 'failed').map((module) => module.moduleId);
    writeFileSync(file, failed.map((name) => `${name}\n`).join(''));
  }
}
