import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const projectFolder = join(import.meta.dirname, '..', '..')

export interface StartedMillrace {
  readonly url: string
  readonly pid: number
  end(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** The built program in a process of its own, on a port of its own, once it answers. */
export async function startMillrace(
  settings: Readonly<Record<string, string>>,
): Promise<StartedMillrace> {
  const child = spawn(process.execPath, [join(projectFolder, 'dist', 'backend', 'main.js')], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', MILLRACE_PORT: '0', ...settings },
  })
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('Millrace ended at its start')))
    child.stdout.on('data', part => {
      output += part
      const [, address] = /Millrace is at (\S+)/.exec(output) ?? []
      if (address) resolve(address)
    })
  })
  return {
    url,
    pid: child.pid ?? 0,
    async end(how = 'SIGTERM') {
      const ended = once(child, 'exit')
      child.kill(how)
      await ended
    },
  }
}
