// A real browser for one test file: the Chromium that comes inside an npm package, so nothing has to be installed. Whatever a
// page complains of (errors, policy violations, failed loads) is collected, and every test asks that there be nothing.
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
