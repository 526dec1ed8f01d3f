import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import { faultsOf, openTestBrowser, overflowOf, settled, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)

const desk: Viewport = { width: 1440, height: 900 }
const phone: Viewport = { width: 390, height: 844 }
const today = addDays(calendarDay(new Date()), 1)
time.now = shanghaiInstant(today, 8 * 3600)

beforeAll(async () => {
  await seedProvince(parts.sql, today)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

/** In both languages and both lights; at 200 % zoom of a desk, on a small phone, and with type twice as large on a phone. */
async function expectUsable(page: Page, where: string): Promise<void> {
  const before = page.viewportSize()!
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const faults = await faultsOf(page)
    expect.soft([where, colorScheme, faults]).toEqual([where, colorScheme, []])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  for (const [width, height, type] of [
    [720, 450, '100%'],
    [320, 568, '100%'],
    [390, 844, '200%']
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.evaluate(`document.documentElement.style.fontSize = '${type}'`)
    const overflow = await settled(
      page,
      () => overflowOf(page),
      (found) => found === 0
    )
    expect.soft([where, width, type, overflow]).toEqual([where, width, type, 0])
  }
  await page.evaluate(`document.documentElement.style.fontSize = ''`)
  await page.setViewportSize(before)
}

/** Walks on with Tab; every stop must be seen, and there must be enough of them. */
async function expectSeenFocus(page: Page, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate(`(() => {
      const focused = document.activeElement
      if (focused === document.body) return 'the end'
      // The parts of a date field are the browser's own, and so is how it shows them.
      if (focused.type === 'date') return 'seen'
      const holders = [focused, focused.closest('label, .chip, .place-input, .departures')].filter(Boolean)
      const isSeen = (one) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none'
      }
      return holders.some(isSeen) ? 'seen' : 'not seen: ' + focused.outerHTML.slice(0, 120)
    })()`)
    expect.soft(seen).toMatch(/^seen$|^the end$/)
  }
}

test('the landing page', async () => {
  const page = await visit('/', desk)
  await page.waitForSelector('#figures dd')
  await expectUsable(page, 'landing')
  await page.click('#language')
  await expectUsable(page, 'landing, in English')
  await expectSeenFocus(page, 12)
  await page.context().close()
})

describe('a passenger', () => {
  test('on the way from the search to the ticket', async () => {
    const way = new URLSearchParams({ from: '徐闻港', to: '新海港', day: addDays(today, 2) })
    const page = await visit(`/buy#/search?${way.toString()}`, phone)
    await page.waitForSelector('.departure .pick')
    await expectUsable(page, 'search')
    await expectSeenFocus(page, 16)
    await page.locator('.departure .pick').nth(4).click()
    await page.fill('[name="/passengers/0/name"]', '郑十一')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    await page.click('#add-vehicle')
    await page.keyboard.type('粤C24680')
    await page.waitForSelector('aside .terms, aside .notice')
    await expectUsable(page, 'passengers')
    await expectSeenFocus(page, 10)
    await page.click('#language')
    await expectUsable(page, 'passengers, in English')
    await page.click('aside .button.main')
    await page.waitForSelector('dialog[open]')
    await expectUsable(page, 'signing in')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', 'accessible')
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.waitForSelector('[data-choice="success"]')
    await expectUsable(page, 'order')
    await page.click('[data-choice="success"]')
    await page.waitForSelector('.ticket-row')
    await expectUsable(page, 'tickets of the order')
    await page.locator('.ticket-row').first().click()
    await page.waitForSelector('.code-clock strong')
    await expectUsable(page, 'ticket')
    for (const dialog of ['refund', 'change', 'invoice']) {
      await page.click(`#${dialog}`)
      await page.waitForSelector('dialog[open] .field, dialog[open] .danger')
      await expectUsable(page, dialog)
      await page.keyboard.press('Escape')
    }
    await page.context().close()
  })
})

test('a clerk, from the open shift to the sold ticket and the ticket found again', async () => {
  const page = await visit('/counter', desk)
  await page.keyboard.press('Enter')
  await page.fill('#sign-in-name', 'clerk')
  await page.fill('#sign-in-password', passwords.get('clerk')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.fill('#place', '徐闻港')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#opening-cash')
  await expectUsable(page, 'opening a shift')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#destination')
  const number = newIdentityNumber()
  await page.keyboard.type(`冯十二 ${number}`)
  await page.keyboard.press('Enter')
  await page.waitForSelector('#destination:focus')
  await page.keyboard.type('新海')
  await page.waitForSelector('#destination-list li')
  await expectUsable(page, 'destination')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.departures:focus')
  await page.keyboard.press('ArrowRight')
  await page.waitForSelector('.departure-row')
  await page.keyboard.press('c')
  await page.waitForSelector('#vehicle-plate:focus')
  await expectUsable(page, 'vehicle')
  await page.keyboard.press('Escape')
  await page.keyboard.press('5')
  await page.waitForSelector('#given:focus')
  await expectUsable(page, 'price')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.sold .mono')
  await expectUsable(page, 'sold')
  await page.keyboard.press('F4')
  await page.waitForSelector('#asked:focus')
  await page.keyboard.type(number)
  await page.keyboard.press('Enter')
  await page.waitForSelector('[aria-keyshortcuts="T"]:focus')
  await expectUsable(page, 'ticket found')
  await page.keyboard.press('F8')
  await page.waitForSelector('#counted-cash:focus')
  await expectUsable(page, 'hand-over')
  await expectSeenFocus(page, 6)
  await page.context().close()
})
