import { execFile } from 'node:child_process'
import { mkdir, statfs } from 'node:fs/promises'
import { promisify } from 'node:util'

const roomBytes = 4 * 2 ** 30
const attemptsMax = 20

/** A file system of its own, in memory, that is full when it is told to be. Linux, and root alone. */
export class SmallDisk {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** @throws Error when it cannot be mounted */
  static async mount(folder: string): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true })
    await run('mount', '-t', 'tmpfs', '-o', `size=${roomBytes}`, 'millrace-torture', folder)
    return new SmallDisk(folder)
  }

  /** From now on there is room for so many bytes beside what it holds. */
  async fill(leftBytes: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { blocks, bfree, bsize } = await statfs(this.folder)
      try {
        await this.#resize((blocks - bfree) * bsize + leftBytes)
        return
      } catch (error) {
        // It held more by the time at which it was to shrink.
        if (attempt === attemptsMax) throw error
      }
    }
  }

  async free(): Promise<void> {
    await this.#resize(roomBytes)
  }

  async unmount(): Promise<void> {
    await run('umount', this.folder)
  }

  async #resize(bytes: number): Promise<void> {
    await run('mount', '-o', `remount,size=${bytes}`, this.folder)
  }
}

function run(command: string, ...args: string[]): Promise<unknown> {
  return promisify(execFile)(command, args)
}
