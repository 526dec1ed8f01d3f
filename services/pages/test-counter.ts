// A clerk at a window of a real browser: signed in with a shift open, a document reader that types, and keys that are counted.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import type { TestBrowser, Viewport } from './test-browser.ts'

export const counter: Viewport = { width: 1280, height: 800 }
const station = '省汽车站(广东省汽车客运站)'

/** Signed in at window 3; a shift is opened with 200 yuan when none is open. */
export async function signInAtCounter(
  { time, passwords }: Pick<TestApp, 'time' | 'passwords'>,
  visit: TestBrowser['visit'],
  viewport = counter
): Promise<Page> {
  // A one-time code works once, and the clock of these tests stands still unless it is moved.
  time.now = new Date(time.now.getTime() + 60_000)
  const page = await visit('/counter', viewport)
  await page.keyboard.press('Enter')
  await page.fill('#sign-in-name', 'clerk')
  await page.fill('#sign-in-password', passwords.get('clerk')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.fill('#place', station)
  await page.fill('#window', '3')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#opening-cash, #reading')
  if (await page.locator('#opening-cash').count()) {
    await page.keyboard.type('200')
    await page.keyboard.press('Enter')
  }
  await page.waitForSelector('#destination')
  return page
}

/** What a document reader types. */
export async function readDocument(page: Page, name: string, number = newIdentityNumber()): Promise<string> {
  await page.keyboard.type(`${name} ${number}`)
  await page.keyboard.press('Enter')
  return number
}

/** Presses each key and returns how many that were, waiting for the step it leads to. */
export async function pressEach(page: Page, steps: [keys: string[], until: string][]): Promise<number> {
  for (const [keys, until] of steps) {
    for (const key of keys) await page.keyboard.press(key)
    await page.waitForSelector(until).catch(async (error: unknown) => {
      throw new Error(`no ${until} after ${keys.join(' ')}: ${await page.textContent('body')}`, { cause: error })
    })
  }
  return steps.reduce((sum, [keys]) => sum + keys.length, 0)
}
