import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import { drivePartnerLegs } from '../ticketing/partner-legs/drive-partner-legs.ts'
import { openPartners } from '../ticketing/partner-legs/open-partners.ts'
import { findDueOrders } from '../ticketing/partner-legs/partner-leg-queries.ts'
import { openTestBrowser, overflowOf } from './test-browser.ts'
import { pressEach, readDocument, signInAtCounter } from './test-counter.ts'

const { app, parts, time, passwords } = await createTestApp()
const { sql } = parts
const { visit, complaints } = await openTestBrowser(app)
const today = addDays(calendarDay(new Date()), 1)
time.now = shanghaiInstant(today, 8 * 3600)

/** Every buyer is somebody new. */
let accounts = 0

beforeAll(async () => {
  await seedProvince(sql, today)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

/** To the summary of a journey with one change, by the train of this number or remark. */
async function choose(remark: string): Promise<Page> {
  const way = new URLSearchParams({ from: '广州南站', to: '新海港', day: addDays(today, 3) })
  const page = await visit(`/buy#/search?${way.toString()}`, { width: 390, height: 844 })
  await page.click('button:has-text("再看")')
  const cards = page.locator('.journey-card:has-text("含 模拟铁路")')
  const card = cards.filter({ hasText: remark })
  await card.filter({ hasText: '换乘 1 次' }).first().locator('.pick').click()
  await page.fill('[name="/passengers/0/name"]', '周八')
  await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
  await page.waitForSelector('aside .total')
  return page
}

/** The buyer signs in by phone, whose message the sample province shows. */
async function pay(page: Page): Promise<void> {
  await page.click('aside .button.main')
  await page.fill('#sign-in-phone', `1380013800${++accounts}`)
  await page.click('#send-code')
  await page.waitForSelector('#send-code:disabled')
  await page.click('#sample-text')
  await expect.poll(() => page.inputValue('#sign-in-text-code')).toMatch(/^\d{6}$/)
  expect(await overflowOf(page)).toBe(0)
  await page.click('dialog .button.main')
  await page.click('[data-choice="success"]')
}

async function driveAll(): Promise<void> {
  for (const order of await findDueOrders(sql, time.now))
    await drivePartnerLegs({ sql, partners: openPartners(sql, { sample: true }) }, order, time.now)
}

describe('a journey with a train before the ferry, on the passenger’s page', () => {
  test('shows the contract and both carriers’ terms before payment, is issued whole, and its train is given back', async () => {
    const page = await choose('G9703')
    const summary = await page.textContent('aside')
    expect(summary).toContain('各程分别成约')
    expect(summary).toMatch(/模拟铁路 G\d+¥220\.00.*合计¥261\.50/s)
    expect(summary).toMatch(/退票规定 模拟铁路.*开车前 2 天以上：手续费 5%.*开车后不退/s)
    await page.click('#fare-explanation summary')
    await expect
      .poll(() => page.textContent('#fare-explanation'), { timeout: 10_000 })
      .toMatch(/✓ 线路票价：全价 41\.50 元/)
    expect(await overflowOf(page)).toBe(0)
    await pay(page)
    await page.waitForSelector('.partner-legs .badge.good')
    expect(await page.textContent('.partner-legs')).toMatch(/广州南站 → 湛江西站.*承运方票号 E/s)
    expect(await page.textContent('h1')).toBe('广州南站 → 新海港')
    await page.locator('.ticket-row').first().click()
    await page.waitForSelector('.partner-legs [data-refund]')
    expect(await overflowOf(page)).toBe(0)
    await page.click('[data-change="before"]')
    await page.locator('dialog .change-list .button', { hasText: 'G9701' }).click()
    await page.waitForSelector('#confirm-partner-change')
    expect(await page.textContent('dialog .total')).toBe('应补¥11.00')
    expect(await overflowOf(page)).toBe(0)
    await page.click('#confirm-partner-change')
    await page.click('dialog [data-choice="success"]')
    await page.waitForSelector('dialog', { state: 'detached' })
    await expect.poll(() => page.textContent('.partner-legs')).toMatch(/已取消 · 改签到另一班次.*已出票/s)
    await page.click('[data-refund="before"]')
    await expect.poll(() => page.textContent('dialog')).toMatch(/已付¥220\.00.*退票费−¥11\.00.*退回 ¥209\.00/s)
    await page.click('dialog .danger')
    await expect.poll(() => page.textContent('.partner-legs')).toContain('已取消 · 旅客退票')
    await page.context().close()
  })

  test('waits in sight for a carrier that answers late, and then has both tickets', async () => {
    const page = await choose('二十秒后')
    await pay(page)
    await page.waitForSelector('progress')
    expect(await page.textContent('main')).toMatch(/全程都出票，或全部退款.*等待承运方出票/s)
    await page.click('nav [data-view="tickets"]')
    await page.click('a.notice:has-text("等待出票")')
    time.now = new Date(time.now.getTime() + 30_000)
    await driveAll()
    await page.waitForSelector('.ticket-row')
    expect(await page.textContent('.partner-legs')).toContain('已出票')
    await page.context().close()
  })

  test('ends with no ticket and all the money when the train cannot be had', async () => {
    const page = await choose('模拟：出票失败')
    await pay(page)
    await page.waitForSelector('h2:has-text("全额退回"), strong:has-text("全额退回")')
    expect(await page.textContent('main')).toMatch(/¥261\.50 已原路退回.*已取消 · 承运方未能出票/s)
    expect(await page.locator('.ticket-row').count()).toBe(0)
    await page.context().close()
  })
})

describe('a journey with a train before the ferry, at the window', () => {
  const cashOf = async (page: Page): Promise<string> => {
    await page.keyboard.press('F8')
    const cash = await page.textContent('#expected-cash')
    await page.keyboard.press('F2')
    await page.waitForSelector('#destination')
    return cash!
  }

  /** By letters alone: another origin, the port, the day after tomorrow, a train of this remark, exact cash. */
  async function sell(page: Page, name: string, remark: string): Promise<string> {
    const number = await readDocument(page, name)
    await page.locator('#origin').focus()
    await page.keyboard.type('广州南站')
    await page.keyboard.press('Enter')
    await pressEach(page, [
      [['x', 'h', 'g', 'Enter'], '.departures:focus'],
      [['ArrowRight'], '.departure-row'],
      [['ArrowRight'], '.departure-row']
    ])
    const row = page.locator('.departure-row', { hasText: remark }).first()
    for (let pages = 0; pages < 6 && !(await row.isVisible()); pages++) await page.keyboard.press('ArrowDown')
    await row.click()
    await page.waitForSelector('#given:focus')
    return number
  }

  test('is sold by keyboard, its train changed for cash and given back, and the drawer’s count follows', async () => {
    const page = await signInAtCounter({ time, passwords }, visit)
    await sell(page, '甲一', 'G9703')
    expect(await page.textContent('.sale')).toMatch(/模拟铁路 G9703¥220\.00.*应收¥261\.50.*退票规定 模拟铁路 G9703/s)
    expect(await overflowOf(page)).toBe(0)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.sold .partner-legs')
    expect(await page.textContent('.sold')).toMatch(/广州南站 → 湛江西站.*承运方票号 E/s)
    const ticket = await page.locator('.sold .mono.small').last().textContent()
    expect(await cashOf(page)).toBe('¥461.50')

    await pressEach(page, [[['F4'], '#asked:focus']])
    await page.keyboard.type(ticket!)
    await pressEach(page, [
      [['Enter'], '[aria-keyshortcuts="D"]'],
      [['d'], 'dialog .change-list button:focus']
    ])
    const rides = await page.locator('dialog .change-list button').allTextContents()
    await pressEach(page, [
      [[String(rides.findIndex((ride) => ride.includes('G9701')) + 1)], '#confirm-partner-change:focus']
    ])
    expect(await page.textContent('dialog')).toContain('改签，收现金 ¥22.00')
    expect(await overflowOf(page)).toBe(0)
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog', { state: 'detached' })
    await expect.poll(() => page.textContent('.partner-legs')).toMatch(/已取消 · 改签到另一班次.*已出票/s)
    await pressEach(page, [[['e'], 'dialog .danger:focus']])
    expect(await page.textContent('dialog')).toMatch(/已付¥220\.00.*退回 ¥176\.00/s)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.partner-legs')).toContain('已取消 · 旅客退票')
    expect(await cashOf(page)).toBe('¥307.50')
    await page.context().close()
  })

  test('waits beside the next sale for a carrier that answers late; one that fails says to hand the cash back', async () => {
    const page = await signInAtCounter({ time, passwords }, visit)
    await sell(page, '乙二', '二十秒后')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.awaited progress')
    expect(await page.textContent('.awaited')).toMatch(/乙二：已收 ¥\d+\.\d\d，等待 模拟铁路 出票.*等待承运方出票/s)
    const before = await cashOf(page)
    await sell(page, '丙三', '模拟：出票失败')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.sale')).toMatch(/丙三：未能全部出票，全额退款 ¥261\.50。请退还现金。/)
    expect(await overflowOf(page)).toBe(0)
    time.now = new Date(time.now.getTime() + 30_000)
    await driveAll()
    await expect.poll(() => page.textContent('.awaited .sold')).toMatch(/乙二.*[0-9A-Z]{20}/s)
    await page.keyboard.press('F11')
    await page.keyboard.press('F11')
    expect(await page.locator('.awaited').count()).toBe(0)
    expect(await cashOf(page)).toBe(before)
    await page.context().close()
  })
})
