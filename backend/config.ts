import { cpus, totalmem } from 'node:os'
import { closest } from 'fastest-levenshtein'
import { Failure } from './base/failure.ts'
import { clusterSettings } from './cluster-settings.ts'
import { choice, folder, list, number, type Setting, text } from './setting.ts'

const gigabytes = totalmem() / 2 ** 30

/** All settings there are; `docs/settings.md` lists them, and a test holds the two together. */
export const settings = {
  MILLRACE_PROFILE: choice('Which stores it runs on', 'embedded', ['embedded', 'cluster']),
  MILLRACE_HOST: text(
    'The address it listens on; other than loopback, put something that signs people in before it',
    '127.0.0.1',
  ),
  MILLRACE_PORT: number('The port it listens on; 0 takes any free one', 4242, {
    min: 0,
    max: 65535,
  }),
  MILLRACE_ALLOWED_HOSTS: list(
    'Further names, separated by commas, under which browsers reach it, such as `millrace.example.com`',
    '',
    { expected: 'host names separated by commas', parse: name => name.toLowerCase() },
  ),
  MILLRACE_HOME: folder('The folder for all data', '.millrace'),
  MILLRACE_NOTEBOOKS: folder('The folder of notebooks and dashboards', 'notebooks'),
  MILLRACE_STREAMS: folder('The folder of stream definitions', 'sample-data/streams'),
  MILLRACE_DEMO: choice(
    'Whether a made-up shop fills its streams; auto: on the embedded profile alone',
    'auto',
    ['auto', 'on', 'off'],
  ),
  MILLRACE_DEMO_HISTORY: number(
    'Events of history that the shop makes at the first start',
    1_000_000,
    { min: 0, max: 1e9 },
  ),
  MILLRACE_DEMO_RATE: number('Events a second that the shop makes from then on', 200, {
    min: 0,
    max: 100_000,
    isWhole: false,
  }),
  MILLRACE_LINGER_MS: number(
    'How long ingest waits for more before it takes a small batch, in milliseconds',
    10,
    { min: 0, max: 10_000 },
  ),
  MILLRACE_COMMIT_EVERY: number('Seconds between commits to the lake while events arrive', 5, {
    min: 0.1,
    max: 3600,
    isWhole: false,
  }),
  MILLRACE_COMMIT_ROWS: number('Events after which a commit is made sooner', 500_000, {
    min: 1000,
    max: 1e8,
  }),
  MILLRACE_LAKE_HISTORY_HOURS: number(
    'Hours for which old versions of the lake can still be read',
    24,
    { min: 0, max: 10_000, isWhole: false },
  ),
  MILLRACE_LOG_DAYS: number('Days for which the embedded log keeps events', 7, {
    min: 0.01,
    max: 36_500,
    isWhole: false,
  }),
  MILLRACE_LOG_GB: number(
    'Gigabytes after which the embedded log drops the oldest events of a stream',
    20,
    { min: 0.01, max: 1e6, isWhole: false },
  ),
  MILLRACE_QUERY_THREADS: number('Threads that statements share', Math.max(1, cpus().length), {
    min: 1,
    max: 1024,
  }),
  MILLRACE_QUERY_MEMORY_GB: number(
    'Gigabytes of memory that statements share',
    Math.max(1, Math.floor(gigabytes / 4)),
    { min: 0.1, max: 1e5, isWhole: false },
  ),
  MILLRACE_QUERY_TIMEOUT: number('Seconds after which a statement is stopped', 300, {
    min: 1,
    max: 1e6,
  }),
  MILLRACE_LOG_LEVEL: choice('What is written to the standard error', 'warn', [
    'error',
    'warn',
    'info',
    'debug',
  ]),
  ...clusterSettings,
} as const

type Settings = typeof settings
export type SettingName = keyof Settings
export type Config = {
  readonly [N in SettingName]: Settings[N] extends Setting<infer T> ? T : never
}

/**
 * Reads all settings from options and environment; an option counts first.
 * @throws Failure `setting` naming the one that is unknown or not valid
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Config {
  const given = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('MILLRACE_') && value !== undefined) given.set(name, value)
  }
  for (const [name, value] of optionsOf(args)) given.set(name, value)
  for (const name of given.keys()) checkName(name)
  const entries = Object.entries(settings).map(([name, setting]) => {
    const value = given.get(name)
    return [name, parseSetting(name, setting as Setting<unknown>, value)]
  })
  return Object.fromEntries(entries) as Config
}

function parseSetting(name: string, setting: Setting<unknown>, value: string | undefined): unknown {
  const parsed = setting.parse(value ?? setting.byDefault)
  if (parsed !== undefined) return parsed
  throw new Failure('setting', `${name} is "${value}", and must be ${setting.expected}.`, {
    hint: 'docs/settings.md lists all settings.',
  })
}

/** `--query-timeout 60` and `--query-timeout=60` stand for MILLRACE_QUERY_TIMEOUT. */
function* optionsOf(args: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index < args.length; index++) {
    const [, option, value] = /^--([a-z-]+)(?:=(.*))?$/.exec(args[index] ?? '') ?? []
    if (option === undefined) throw new Failure('setting', `"${args[index]}" is no option.`)
    const name = `MILLRACE_${option.replaceAll('-', '_').toUpperCase()}`
    yield [name, value ?? args[++index] ?? '']
  }
}

function checkName(name: string): void {
  if (name in settings) return
  const near = closest(name, Object.keys(settings))
  throw new Failure('setting', `There is no setting ${name}.`, {
    hint: `Did you mean ${near}? docs/settings.md lists all settings.`,
  })
}
