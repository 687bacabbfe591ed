import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Log } from '../base/log.ts'
import { markingFrom, processEnvironment } from '../base/process-environment.ts'
import { type FromProcess, runsMax, type ToProcess } from './engine-messages.ts'

/** The wire to one process of the engine. */
export interface EngineLink {
  send(message: ToProcess): void
  kill(): void
}

export interface EngineLinkHandlers {
  onMessage(message: FromProcess): void
  /** The process has ended, with its exit code or the signal that ended it. */
  onEnd(cause: string): void
}

/** Starts a process that knows nothing of this one's environment. */
export function startEngineProcess(entry: URL, handlers: EngineLinkHandlers, log: Log): EngineLink {
  const child = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    execArgv: [...markingFrom(96), '--max-old-space-size=1024'],
    // Each statement takes a thread of the pool while it runs; tables and files need some besides.
    env: { ...processEnvironment, TZ: 'UTC', UV_THREADPOOL_SIZE: String(runsMax + 8) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let hasEnded = false
  const end = (cause: string): void => {
    if (hasEnded) return
    hasEnded = true
    handlers.onEnd(cause)
  }
  child.on('message', message => handlers.onMessage(message as FromProcess))
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  child.on('error', error => end(error.message))
  if (child.stderr) {
    createInterface(child.stderr).on('line', line => log.warn({ line }, 'the query engine says'))
  }
  return {
    send(message) {
      // A message to a process that has just ended is lost with it: onEnd tells.
      if (child.connected) child.send(message, () => {})
    },
    kill() {
      child.kill('SIGKILL')
    },
  }
}
