import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectFolder } from './run-command.mjs'

/*
 * Builds the image of the Dockerfile with podman, which here neither pulls nor runs anything: the base image is made of
 * Debian's packages and this machine's Node, and what was built is started in its file system.
 */

const run = promisify(execFile)
const baseImage = 'docker.io/library/node:22-bookworm-slim'
const certificates = '/etc/ssl/certs/ca-certificates.crt'
const buildMsMax = 900_000
const startMsMax = 60_000
let folder
let rootfs
let image

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-image-'))
  await importBase()
  await build()
  const { stdout } = await podman('image', 'inspect', 'millrace')
  image = JSON.parse(stdout)[0]
  rootfs = (await podman('image', 'mount', 'millrace')).stdout.trim()
}, buildMsMax)

afterAll(async () => {
  await podman('image', 'unmount', '--all').catch(() => {})
  await podman('system', 'reset', '--force').catch(() => {})
  await rm(folder, { recursive: true, force: true })
}, 60_000)

function podman(...args) {
  const storage = ['--storage-driver=overlay', '--root', join(folder, 'storage')]
  return run('podman', [...storage, ...args], { maxBuffer: 2 ** 26 })
}

/** What stands in for Node's image: a small Debian with the Node and npm that run this. */
async function importBase() {
  const base = join(folder, 'base')
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)'])
  const [mirror = ''] = stdout.split('\n')
  await run('debootstrap', ['--variant=minbase', 'bookworm', base, mirror], { maxBuffer: 2 ** 26 })
  const npm = dirname(dirname((await run('readlink', ['-f', await pathOf('npm')])).stdout.trim()))
  const local = join(base, 'usr', 'local')
  await mkdir(join(local, 'lib', 'node_modules'), { recursive: true })
  await cp(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true })
  await cp(process.execPath, join(local, 'bin', 'node'))
  await chmod(join(local, 'bin', 'node'), 0o755)
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  }
  await run('chroot', [base, '/usr/sbin/useradd', '--create-home', 'node'])
  const archive = join(folder, 'base.tar')
  await run('tar', ['-C', base, '-cf', archive, '.'])
  await podman('import', archive, baseImage)
  await Promise.all([base, archive].map(path => rm(path, { recursive: true })))
}

async function pathOf(program) {
  return (await run('sh', ['-c', `command -v ${program}`])).stdout.trim()
}

/** npm finds its registry as it does on this machine. */
async function build() {
  const registry = (await run('npm', ['config', 'get', 'registry'])).stdout.trim()
  const npmrc = join(folder, 'npmrc')
  await writeFile(npmrc, `registry=${registry}\ncafile=${certificates}\n`)
  const mounts = [`${certificates}:${certificates}:ro`, `${npmrc}:/usr/local/etc/npmrc:ro`]
  await podman(
    'build',
    ...['--format', 'docker', '--layers=false', '--isolation=chroot'],
    ...['--network', 'host', '--pull=never', '--tag', 'millrace'],
    ...mounts.flatMap(mount => ['--volume', mount]),
    projectFolder,
  )
}

/** Starts a command of the image as its user, with its environment, in a file system where only /data can be written. */
function start(command, env) {
  const script = [
    `mount --bind "${folder}/data" "${rootfs}/data"`,
    `mount -t proc proc "${rootfs}/proc"`,
    `mount --rbind /dev "${rootfs}/dev"`,
    `cd "${rootfs}"`,
    `exec chroot --userspec=${image.Config.User} . sh -c 'cd "$0" && exec "$@"' "$@"`,
  ].join(' && ')
  const own = Object.fromEntries(image.Config.Env.map(pair => pair.split(/=(.*)/s)))
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh']
  return spawn('unshare', [...args, image.Config.WorkingDir, ...command], {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function isAnswered(url) {
  for (const until = Date.now() + startMsMax; Date.now() < until; await sleep(200)) {
    if (
      await fetch(url).then(
        answer => answer.ok,
        () => false,
      )
    )
      return true
  }
  return false
}

test('the compose file is valid', async () => {
  const args = ['--file', join(projectFolder, 'compose.yaml'), 'config', '--quiet']
  await expect(run('docker-compose', args)).resolves.toBeDefined()
})

test('the image starts as an unprivileged user, answers, says that it is well, and ends in order', async () => {
  expect(image.Config.User).toBe('node')
  await cp(join(rootfs, 'data'), join(folder, 'data'), { recursive: true })
  await run('chown', ['-R', `--reference=${join(rootfs, 'data')}`, join(folder, 'data')])
  const env = { MILLRACE_HOST: '127.0.0.1', MILLRACE_PORT: '19399', MILLRACE_DEMO_HISTORY: '1000' }
  const millrace = start(image.Config.Cmd, env)
  const ended = once(millrace, 'exit')
  try {
    expect(await isAnswered('http://127.0.0.1:19399/api/health')).toBe(true)
    const status = await readFile(`/proc/${millrace.pid}/status`, 'utf8')
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0')
    const health = start(image.Healthcheck.Test.slice(1), env)
    expect(await once(health, 'exit')).toEqual([0, null])
    const asPage = { headers: { accept: 'text/html' } }
    const page = await fetch('http://127.0.0.1:19399/', asPage)
    expect(await page.text()).toContain('<title>Millrace')
    expect((await fetch('http://127.0.0.1:19399/docs/problems')).status).toBe(200)
    const query = await fetch('http://127.0.0.1:19399/api/query', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ sql: 'SELECT count(*) >= 0 FROM events' }),
    })
    expect(await query.json()).toMatchObject({ rows: [[true]] })
  } finally {
    millrace.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
}, 120_000)

test('the health check fails where nothing answers', async () => {
  const health = start(image.Healthcheck.Test.slice(1), { MILLRACE_PORT: '19398' })
  expect(await once(health, 'exit')).toEqual([1, null])
})

test('only what runs is in the image', async () => {
  const { stdout } = await run('ls', [
    join(rootfs, 'millrace'),
    join(rootfs, 'millrace/node_modules'),
  ])
  for (const name of ['typescript', 'monaco-editor', 'vitest', 'backend', '.git']) {
    expect(stdout.split('\n')).not.toContain(name)
  }
})
