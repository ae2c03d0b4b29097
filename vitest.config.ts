import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The client's own exports lead to what it publishes, which is not built for tests. */
const sdk = { '@kartoteka/sdk': fileURLToPath(new URL('packages/sdk/src/index.ts', import.meta.url)) };

/** Slow tests that ask all cases one after the other and wait for nobody: two of them run beside each other. */
const exhaustive = [
  ...['security/access', 'publish/fault', 'publish/packages-fault'].map(
    (name) => `packages/platform/src/${name}.slow.test.ts`,
  ),
  ...['matrix', 'hidden'].map((name) => `tests/security-matrix/${name}.slow.test.ts`),
  'tests/merge-limits.slow.test.ts',
];

/** Of all slow tests. They measure, and send many requests of few kinds: the fast ones hold answers against the OpenAPI document. */
const slow = {
  env: { KARTOTEKA_ANSWERS: 'unchecked' },
  globalSetup: ['packages/platform/src/test-kit/global-setup.ts'],
  setupFiles: ['packages/platform/src/test-kit/seed.ts'],
  testTimeout: 1_200_000,
  hookTimeout: 1_200_000,
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    reporters: ['default', './tests/skip-reporter.ts', './tests/failed-files-reporter.ts'],
    projects: [
      {
        resolve: { alias: sdk },
        test: {
          name: 'fast',
          include: ['packages/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts', 'packages/web/browser/**', '**/node_modules/**'],
          globalSetup: ['packages/platform/src/test-kit/global-setup.ts'],
          setupFiles: ['packages/platform/src/test-kit/seed.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      { test: { ...slow, name: 'exhaustive', include: exhaustive, maxWorkers: 2 } },
      {
        test: {
          ...slow,
          name: 'slow',
          include: ['packages/**/*.slow.test.ts', 'tests/**/*.slow.test.ts'],
          exclude: [...exhaustive, '**/node_modules/**'],
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'web',
          include: ['packages/web/browser/**/*.test.ts'],
          globalSetup: ['packages/platform/src/test-kit/global-setup.ts', 'packages/web/browser/build.ts'],
          setupFiles: ['packages/platform/src/test-kit/seed.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'screenshots',
          include: ['packages/web/browser/screenshots.ts'],
          globalSetup: ['packages/platform/src/test-kit/global-setup.ts', 'packages/web/browser/build.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'clients',
          include: ['clients/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['packages/platform/src/test-kit/global-setup.ts'],
          setupFiles: ['packages/platform/src/test-kit/seed.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
