import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type OpenBrowser, openBrowser } from './open-browser.ts'
import { type RunningMillrace, type StartOptions, startMillrace } from './start-millrace.ts'
import { untilEvents } from './until-events.ts'

const startMsMax = 180_000

export interface InBrowser {
  readonly millrace: RunningMillrace
  readonly browser: OpenBrowser
}

/** A Millrace and a browser for all tests of a file; both are there while a test runs. */
export function inBrowser(options: StartOptions & { readonly events?: number }): InBrowser {
  const running: { millrace?: RunningMillrace; browser?: OpenBrowser } = {}
  beforeAll(async () => {
    running.millrace = await startMillrace(options)
    running.browser = await openBrowser()
    if (options.events !== undefined) await untilEvents(running.millrace.url, options.events)
  }, startMsMax)
  beforeEach(() => running.millrace?.explainFailure())
  afterAll(async () => {
    await running.browser?.close()
    await running.millrace?.close()
  })
  return running as InBrowser
}
