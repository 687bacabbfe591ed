const tests = '(\\.test\\.tsx?|\\.contract\\.ts)$|/testing/'
const implementations =
  '^backend/(events/embedded-event-log|live/embedded-live-store|lake/local-lake|query/duckdb-engine)\\.ts$'

/** What a room of the backend may import besides itself and `base`. */
const rooms = {
  base: [],
  contract: [],
  events: ['contract'],
  live: ['events'],
  lake: [],
  ingest: ['contract', 'events', 'live', 'lake'],
  query: ['contract', 'events', 'live', 'lake', 'ingest'],
  notebooks: ['contract'],
  produce: ['contract', 'events'],
  routes: ['contract', 'events', 'ingest', 'query', 'notebooks'],
}

const roomRules = Object.entries(rooms).map(([room, imports]) => ({
  name: `room ${room}`,
  comment: `${room} imports ${['base', ...imports].join(', ')} and nothing else of ours`,
  severity: 'error',
  from: { path: `^backend/${room}/`, pathNot: tests },
  to: {
    path: '^(backend|workbench|sample-data|bench)/',
    pathNot: `^backend/(${[room, 'base', ...imports].join('|')})/`,
  },
}))

export default {
  forbidden: [
    ...roomRules,
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'only compose names implementations',
      severity: 'error',
      from: { pathNot: `^backend/compose\\.ts$|^bench/|${tests}` },
      to: {
        path: implementations,
        pathNot: 'query/duckdb-engine',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'the workbench sees only the contract',
      severity: 'error',
      from: { path: '^workbench/' },
      to: { path: '^(backend|sample-data|bench)/', pathNot: '^backend/contract/' },
    },
    {
      name: 'sample data knows only the base',
      severity: 'error',
      from: { path: '^sample-data/', pathNot: tests },
      to: { path: '^(backend|workbench|bench)/', pathNot: '^backend/base/' },
    },
    {
      name: 'nothing imports tests',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.css', '.json'] },
  },
}
