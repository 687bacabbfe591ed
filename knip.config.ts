import type { KnipConfig } from 'knip'

export default {
  entry: [
    'scripts/{start,test,check,build,run,mutations}.mjs',
    'backend/{health,main,produce,verify}.ts',
    'backend/query/engine-process.ts',
    'bench/{main,contract,torture}.ts',
    'bench/simulated/torture-worker.ts',
    'cluster/main.ts',
    'workbench/src/main.tsx',
    'workbench/vite.config.ts',
    'workbench/test/**/*.browser.ts',
    '**/*.test.{ts,mjs}',
  ],
  project: [
    '{backend,cluster,sample-data,bench,docs,notebooks,scripts}/**/*.{ts,mjs}',
    'workbench/**/*.{ts,tsx,css}',
  ],
  compilers: {
    css: text =>
      [...text.matchAll(/@import ['"](.+?)['"]/g)].map(([, path]) => `import '${path}'`).join('\n'),
  },
  // The checks call these by the paths of their commands.
  ignoreDependencies: ['@biomejs/biome', 'dependency-cruiser'],
  ignoreBinaries: ['java', 'mvn', 'unshare'],
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig
