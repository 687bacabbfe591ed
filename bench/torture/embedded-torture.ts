import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../sample-data/random.ts'
import { LaunchedMillrace } from '../launched-millrace.ts'
import { balanceInLake, exactAgain } from './checks.ts'
import { reached } from './commit-points.ts'
import { describe, type EmbeddedFault, type KillFault, nextFault } from './embedded-plan.ts'
import type { Ledger } from './ledger.ts'
import { Member, seconds } from './member.ts'
import type { Report } from './report.ts'
import type { SmallDisk } from './small-disk.ts'
import type { Tortured } from './torture.ts'
import { Wrong } from './wrong.ts'

const pointWaitMsMax = 3_000
const recoveryMsMax = 60_000
const lakeCheckEvery = 10

/** The embedded profile: one process, killed over and over, at the steps of a commit and while it recovers. */
export class EmbeddedTorture implements Tortured {
  readonly members: readonly Member[]
  readonly #member: Member
  readonly #home: string
  readonly #disk: SmallDisk | undefined
  #struck = 0

  private constructor(member: Member, home: string, disk: SmallDisk | undefined) {
    this.#member = member
    this.members = [member]
    this.#home = home
    this.#disk = disk
  }

  /**
   * @param commitEverySeconds often, so that most kills meet a commit
   * @param disk what Millrace's folder lies on, when it shall be full at times
   */
  static async start(
    folder: string,
    commitEverySeconds: number,
    disk: SmallDisk | undefined,
  ): Promise<EmbeddedTorture> {
    const home = join(disk?.folder ?? folder, 'home')
    const settings = {
      MILLRACE_HOME: home,
      MILLRACE_DEMO: 'off',
      MILLRACE_COMMIT_EVERY: String(commitEverySeconds),
      MILLRACE_LAKE_HISTORY_HOURS: '0.02',
      MILLRACE_QUERY_MEMORY_GB: '1',
    }
    return new EmbeddedTorture(await Member.launch('Millrace', settings), home, disk)
  }

  async strike(random: Random, ledger: Ledger, report: Report): Promise<void> {
    const fault = nextFault(random, this.#disk !== undefined)
    const { detail, at } = await this.#inflict(fault, ledger, report)
    const counts = await exactAgain(this.#member, ledger, recoveryMsMax)
    const took = seconds(performance.now() - at)
    report.fault(`${describe(fault)}${detail}: exact after ${took} s`, counts)
  }

  async lakeFolder(): Promise<string> {
    return join(this.#home, 'lake')
  }

  async close(): Promise<void> {
    await this.#member.end()
  }

  /** Answers when it was over, after which Millrace has to recover. */
  async #inflict(
    fault: EmbeddedFault,
    ledger: Ledger,
    report: Report,
  ): Promise<{ detail: string; at: number }> {
    const member = this.#member
    switch (fault.kind) {
      case 'kill':
        return this.#kill(fault, ledger, report)
      case 'engine':
        await sleep(fault.delayMs)
        await member.killEngine()
        report.count('engine kills')
        return over('')
      case 'stop': {
        await sleep(fault.delayMs)
        const tookMs = await member.stop()
        report.count('stops')
        const end = over(`, ended after ${seconds(tookMs)} s`)
        member.launchAgain()
        return end
      }
      case 'full':
        await this.#disk?.fill(fault.leftBytes)
        await sleep(fault.forMs)
        if (fault.isKilled) await member.kill()
        await this.#disk?.free()
        if (fault.isKilled) member.launchAgain()
        report.count('full disks')
        return over('')
      case 'freeze':
        member.pause()
        await Promise.all([sleep(fault.forMs), keptOut(member)])
        member.resume()
        report.count('freezes')
        return over('')
    }
  }

  async #kill(
    { at, delayMs, againMs }: KillFault,
    ledger: Ledger,
    report: Report,
  ): Promise<{ detail: string; at: number }> {
    const member = this.#member
    const isReached = at === 'any time' || (await reached(this.#home, at, pointWaitMsMax))
    await sleep(delayMs)
    await member.kill()
    report.count('kills')
    if (++this.#struck % lakeCheckEvery === 0) await this.#checkLake(ledger)
    for (const ms of againMs) {
      member.launchAgain()
      await sleep(ms)
      await member.kill()
      report.count('kills')
    }
    member.launchAgain()
    return over(isReached ? '' : ' (which did not come)')
  }

  async #checkLake(ledger: Ledger): Promise<void> {
    const { duplicated } = await balanceInLake(await this.lakeFolder(), ledger, false)
    if (duplicated > 0) throw new Wrong(`The lake holds ${duplicated} rows twice.`)
  }
}

function over(detail: string): { detail: string; at: number } {
  return { detail, at: performance.now() }
}

/** The zombie of the embedded profile: while one is stopped, a second one must not get at its folder. */
async function keptOut({ settings }: Member): Promise<void> {
  const second = new LaunchedMillrace({ ...settings, MILLRACE_PORT: '0' }, 'apart')
  const code = await second.ended()
  if (code === 1 && /Another process has \S+ open/.test(second.errors)) return
  throw new Wrong(`A second Millrace on the same folder ended with ${code}:\n${second.errors}`)
}
