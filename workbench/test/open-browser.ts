import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const screenshotFolder = join(import.meta.dirname, '..', '..', 'test-results')

/** Only what a machine without a screen, a sandbox and the internet needs. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface PageOptions {
  readonly theme?: 'light' | 'dark'
  readonly size?: { readonly width: number; readonly height: number }
  /** A time zone's name, such as `America/New_York`. */
  readonly timeZone?: string
  readonly reducesMotion?: boolean
}

/** A page that remembers what went wrong in it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors on the console, uncaught errors and what the content security policy refused, so far. */
  troubles(): readonly string[]
  /** Forgets those troubles that a test has caused on purpose. */
  forgive(expected: RegExp): void
  /** Keeps a picture of the page in `test-results/`. */
  screenshot(name: string): Promise<void>
}

export interface OpenBrowser {
  /** Opens a page in a profile of its own, which is closed at the end of the test. */
  newPage(options?: PageOptions): Promise<WatchedPage>
  close(): Promise<void>
}

/** Starts Chromium: the one of CHROMIUM_PATH, or Debian's. */
export async function openBrowser(): Promise<OpenBrowser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: flags })
  return {
    newPage: (options = {}) => newPage(browser, options),
    close: () => browser.close(),
  }
}

async function newPage(browser: Browser, options: PageOptions): Promise<WatchedPage> {
  const context = await browser.newContext(contextOptions(options))
  const page = await context.newPage()
  let troubles: readonly string[] = []
  const note = (trouble: string): void => {
    troubles = [...troubles, trouble]
  }
  await watch(page, note)
  closeWithTest(page, () => troubles)
  return {
    page,
    troubles: () => troubles,
    forgive(expected) {
      troubles = troubles.filter(trouble => !expected.test(trouble))
    },
    async screenshot(name) {
      await mkdir(screenshotFolder, { recursive: true })
      await page.screenshot({ path: join(screenshotFolder, `${name}.png`) })
    },
  }
}

/** Ends the page with the test that runs now, and tells where it stood and what it showed if that failed. */
function closeWithTest(page: Page, troubles: () => readonly string[]): void {
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await explainFailure(page, troubles())
    await page.context().close()
  })
}

async function explainFailure(page: Page, troubles: readonly string[]): Promise<void> {
  const shown = await page
    .locator('body')
    .ariaSnapshot({ timeout: 5000 })
    .catch(error => `It cannot be read: ${error}`)
  process.stderr.write(`${[`The page was at ${page.url()}`, ...troubles, shown].join('\n')}\n`)
}

function contextOptions(options: PageOptions): BrowserContextOptions {
  const { theme = 'light', size = { width: 1440, height: 960 } } = options
  return {
    colorScheme: theme,
    viewport: size,
    timezoneId: options.timeZone ?? 'UTC',
    locale: 'en-GB',
    reducedMotion: options.reducesMotion ? 'reduce' : 'no-preference',
    acceptDownloads: true,
  }
}

async function watch(page: Page, note: (trouble: string) => void): Promise<void> {
  page.on('pageerror', error => note(`uncaught: ${error.stack ?? error.message}`))
  page.on('console', message => {
    const { url } = message.location()
    if (message.type() === 'error') note(`console: ${message.text()} (${url})`)
  })
  page.on('crash', () => note('the page crashed'))
  await page.exposeFunction('noteViolation', note)
  await page.addInitScript(reportViolations)
}

/** Runs in the page: what a policy refuses inside of a worker or a style is not always on the console. */
function reportViolations(): void {
  const { noteViolation } = window as unknown as { noteViolation(trouble: string): void }
  addEventListener('securitypolicyviolation', event => {
    noteViolation(`policy: ${event.effectiveDirective} refused ${event.blockedURI}`)
  })
}
