import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The client's own exports lead to what it publishes, which is not built for tests. */
const sdk = { '@kartoteka/sdk': fileURLToPath(new URL('packages/sdk/src/index.ts', import.meta.url)) };

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
      {
        test: {
          name: 'slow',
          // They measure, and send many requests of few kinds: the fast ones hold answers against the OpenAPI document.
          env: { KARTOTEKA_ANSWERS: 'unchecked' },
          include: ['packages/**/*.slow.test.ts', 'tests/**/*.slow.test.ts'],
          globalSetup: ['packages/platform/src/test-kit/global-setup.ts'],
          setupFiles: ['packages/platform/src/test-kit/seed.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          pool: 'forks',
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
