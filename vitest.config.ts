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
          globalSetup: ['backend/testing/build-first.ts'],
          testTimeout: 30_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'browser',
          include: ['workbench/test/**/*.browser.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
  },
})
