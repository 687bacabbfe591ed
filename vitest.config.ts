import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['backend/**/*.test.ts', 'sample-data/**/*.test.ts', 'docs/**/*.test.ts'],
          globalSetup: ['backend/testing/build-first.ts'],
          testTimeout: 30_000,
          pool: 'forks',
        },
      },
    ],
  },
})
