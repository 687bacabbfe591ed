const ours = '^(backend|cluster|workbench|sample-data|bench)/'
const tests = '(\\.(test|contract|browser)\\.tsx?)$|/testing/|^workbench/test/'
const implementations =
  '/(embedded|local|duckdb|kafka|hdfs|hbase|spark)-(event-log|live-store|lake|engine)\\.ts$'

/** What a room of the backend may import besides itself and `base`. */
const rooms = {
  base: [],
  contract: [],
  events: ['contract'],
  live: ['events'],
  lake: [],
  ingest: ['contract', 'events', 'live', 'lake'],
  query: ['contract', 'events', 'live', 'lake', 'ingest'],
  verify: ['contract', 'events', 'live', 'lake', 'ingest'],
  notebooks: ['contract'],
  produce: ['contract', 'events'],
  routes: ['contract', 'events', 'ingest', 'query', 'verify', 'notebooks'],
}

const roomRules = Object.entries(rooms).map(([room, imports]) => ({
  name: `room ${room}`,
  comment: `${room} imports ${['base', ...imports].join(', ')} and nothing else of ours`,
  severity: 'error',
  from: { path: `^backend/${room}/`, pathNot: tests },
  to: {
    path: ours,
    // The producer sends the made-up shop's events as it sends a file's.
    pathNot: `^backend/(${[room, 'base', ...imports].join('|')})/${room === 'produce' ? '|^sample-data/' : ''}`,
  },
}))

export default {
  forbidden: [
    ...roomRules,
    {
      name: 'no cycles',
      comment: 'also none through types',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the contract knows of failures only their codes',
      severity: 'error',
      from: { path: '^backend/contract/', pathNot: tests },
      to: { path: '^backend/base/', pathNot: '^backend/base/problems\\.ts$' },
    },
    {
      name: 'the server knows routes',
      severity: 'error',
      from: { path: '^backend/server\\.ts$' },
      to: { path: ours, pathNot: '^backend/(base|routes)/' },
    },
    {
      name: 'only compose names implementations',
      severity: 'error',
      from: { pathNot: `^backend/compose\\.ts$|^bench/|${tests}` },
      to: { path: implementations, dependencyTypesNot: ['type-only'] },
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
      name: 'the cluster knows nothing of Millrace',
      severity: 'error',
      from: { path: '^cluster/' },
      to: { path: ours, pathNot: '^cluster/' },
    },
    {
      name: 'nothing imports tests',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'the server runs without development packages',
      severity: 'error',
      from: { path: '^(backend|sample-data)/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.css', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
