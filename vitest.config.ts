import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{backend,bench,docs,notebooks,sample-data,workbench/src}/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
          exclude: ['**/*.cluster.test.ts', '**/*.image.test.mjs'],
          globalSetup: ['backend/testing/temporary-root.ts', 'backend/testing/build-first.ts'],
          testTimeout: 30_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['{backend,workbench}/**/*.cluster.test.ts'],
          globalSetup: [
            'backend/testing/temporary-root.ts',
            'backend/testing/build-first.ts',
            'cluster/testing/test-cluster.ts',
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'browser',
          include: ['workbench/test/**/*.browser.ts'],
          globalSetup: ['backend/testing/temporary-root.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'image',
          include: ['scripts/**/*.image.test.mjs'],
          pool: 'forks',
        },
      },
    ],
  },
})
