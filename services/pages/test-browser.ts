// A real browser for one test file: the Chromium that comes inside an npm package, so nothing has to be installed. Whatever a
// page complains of (errors, policy violations, failed loads) is collected, and every test asks that there be nothing.
import { readFile } from 'node:fs/promises'
import chromiumPackage from '@sparticuz/chromium'
import { chromium, type Page } from 'playwright-core'
import { afterAll } from 'vitest'
import type { App } from '../parts.ts'

export interface Viewport {
  width: number
  height: number
}

export interface TestBrowser {
  /** A new visitor with storage of his own. */
  visit: (path: string, viewport: Viewport) => Promise<Page>
  complaints: string[]
}

/**
 * Call at the top of a test file; the app listens on a free port until the file is done.
 * With a time, the app says it is that late, and visitors' own clocks start at what it says when they come.
 */
export async function openTestBrowser(app: App, time?: { now: Date }): Promise<TestBrowser> {
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  if (time) app.server.prependListener('request', (_, answer) => answer.setHeader('date', time.now.toUTCString()))
  const browser = await chromium.launch({
    executablePath: await chromiumPackage.executablePath(),
    args: ['--no-sandbox']
  })
  afterAll(async () => await browser.close())
  const complaints: string[] = []
  return {
    complaints,
    async visit(path, viewport) {
      const context = await browser.newContext({ viewport, acceptDownloads: true })
      if (time) await context.clock.install({ time: time.now })
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      page.on('pageerror', (error) => complaints.push(`${path}: ${error.stack ?? error.message}`))
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${path}: ${message.text()}`)
      })
      await page.goto(origin + path)
      return page
    }
  }
}

/** Pixels by which the page is wider than the window. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate('document.documentElement.scrollWidth - innerWidth')
}

const faultScript = (await readFile(new URL('test-faults.js', import.meta.url), 'utf8')).replace(
  'export function',
  'function'
)

/** What test-faults.js finds on the page, once it has come to rest. */
export async function faultsOf(page: Page): Promise<string[]> {
  return await settled(
    page,
    async () => await page.evaluate<string[]>(`(() => { ${faultScript}; return findFaults() })()`),
    (faults) => faults.length === 0
  )
}

/** Colours pass from one light to the other, and a page to its new width, in a few frames, on a busy machine in seconds. */
export async function settled<Found>(
  page: Page,
  look: () => Promise<Found>,
  isRight: (found: Found) => boolean
): Promise<Found> {
  for (let tries = 1; ; tries += 1) {
    const found = await look()
    if (isRight(found) || tries === 100) return found
    await page.waitForTimeout(100)
  }
}
