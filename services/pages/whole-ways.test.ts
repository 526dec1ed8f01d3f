import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import { openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)

const phone: Viewport = { width: 390, height: 844 }
const counter: Viewport = { width: 1440, height: 900 }
// Tomorrow morning, so that at whatever hour the test runs there are departures to come.
const today = addDays(calendarDay(new Date()), 1)
time.now = shanghaiInstant(today, 8 * 3600)

/** Every buyer is somebody new. */
let accounts = 0

beforeAll(async () => {
  await seedProvince(parts.sql, today)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

describe('a passenger', () => {
  async function choose(from: string, to: string, day: string): Promise<Page> {
    const way = new URLSearchParams({ from, to, day })
    const page = await visit(`/buy#/search?${way.toString()}`, phone)
    await page.locator('.departure .pick').first().click()
    await page.fill('[name="/passengers/0/name"]', '周八')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    return page
  }

  /** Registers, pays, and waits for the tickets. */
  async function buy(page: Page): Promise<void> {
    await page.click('aside .button.main')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `whole-way-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.click('[data-choice="success"]')
    await page.waitForSelector('.ticket-row')
  }

  test('takes a car over the strait, which comes back with its driver, and asks for an invoice', async () => {
    const page = await choose('徐闻港', '新海港', addDays(today, 2))
    await page.click('#add-vehicle')
    await page.keyboard.type('粤A·D12345')
    await expect.poll(() => page.textContent('aside')).toMatch(/车辆 × 1.*合计¥415\.50/s)
    expect(await page.isChecked('[id$="-new-energy"]')).toBe(true)
    expect(await overflowOf(page)).toBe(0)
    await buy(page)
    expect(await page.locator('.ticket-row').last().textContent()).toContain('粤AD12345 · 小客车 · 4.8 m · 新能源')
    await page.locator('.ticket-row').first().click()
    await page.click('#refund')
    await expect.poll(() => page.textContent('dialog .danger')).toBe('确认退票，退回 ¥415.50')
    await page.uncheck('dialog fieldset input')
    await expect.poll(() => page.textContent('dialog .danger')).toBe('确认退票，退回 ¥41.50')
    await page.click('dialog .danger')
    await page.waitForSelector('dialog .notice.bad')
    expect(await page.textContent('dialog .notice.bad')).toBe('车辆须有驾驶员同行')
    expect(complaints.splice(0)).toEqual([expect.stringContaining('409')])
    await page.keyboard.press('Escape')
    await page.click('#invoice')
    await page.fill('#invoice-buyer', '广州某某公司')
    await page.click('dialog .button.main')
    await expect.poll(() => page.textContent('dialog .badge')).toContain('已申请')
    expect(await overflowOf(page)).toBe(0)
    await page.context().close()
  })

  test('buys there and back, dates the way back later, and sees both legs as one line', async () => {
    const page = await choose('天河客运站', '惠州汽车总站', addDays(today, 1))
    await page.click('#way-return')
    await expect.poll(() => page.textContent('aside')).toContain('回程')
    await buy(page)
    expect(await page.textContent('h1')).toBe('天河客运站 ⇄ 惠州汽车总站')
    await page.locator('.ticket-row').last().click()
    await page.click('#date-way-back')
    await page.locator('dialog .change-list .button').last().click()
    await page.click('#confirm-date')
    await page.waitForSelector('.code-clock strong')
    expect(await page.locator('.timeline > .leg').count()).toBe(2)
    expect(await page.textContent('.timeline')).toContain('惠州汽车总站')
    expect(await overflowOf(page)).toBe(0)
    await page.context().close()
  })

  test('buys there and back with both departures chosen at once', async () => {
    const page = await choose('天河客运站', '惠州汽车总站', addDays(today, 2))
    await page.click('#way-fixed')
    await page.fill('#fixed-back-day', addDays(today, 3))
    await page.locator('dialog .change-list .button').last().click()
    await expect.poll(() => page.textContent('.choices')).toContain('回程：')
    await expect.poll(() => page.textContent('aside .total')).toMatch(/\d/)
    expect(await overflowOf(page)).toBe(0)
    await buy(page)
    expect(await page.textContent('h1')).toBe('天河客运站 ⇄ 惠州汽车总站')
    expect(await page.textContent('main')).not.toContain('待定')
    expect(await page.locator('.ticket-row').count()).toBe(2)
    await page.context().close()
  })

  test('loses the network while ordering, is told so, keeps what was typed, and orders once', async () => {
    const page = await choose('徐闻港', '新海港', addDays(today, 3))
    await page.click('#session .button')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `whole-way-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.context().setOffline(true)
    await expect.poll(() => page.textContent('.connection-bar')).toContain('没有网络')
    await page.click('aside .button.main')
    await expect.poll(() => page.textContent('.bench > div .notice')).toContain('暂时连不上平台')
    await page.context().setOffline(false)
    await expect.poll(() => page.textContent('.connection-bar')).toContain('网络已恢复')
    expect(await page.inputValue('[name="/passengers/0/name"]')).toBe('周八')
    await page.click('aside .button.main')
    await page.waitForSelector('[data-choice="success"]')
    await page.click('nav [data-view="tickets"]')
    await page.waitForSelector('a.notice')
    expect(await page.locator('a.notice').count()).toBe(1)
    expect(new Set(complaints.splice(0))).toEqual(new Set([expect.stringContaining('ERR_INTERNET_DISCONNECTED')]))
    await page.context().close()
  })

  test('types where to in English or by first letters', async () => {
    const page = await visit(`/buy#/search?day=${addDays(today, 1)}`, phone)
    await page.click('#language')
    await page.fill('#from', 'Guangzhou')
    await page.keyboard.press('Escape')
    await page.fill('#to', 'zh')
    await page.waitForSelector('#to-list [role="option"]:has-text("Zhuhai")')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await page.inputValue('#to')).toBe('珠海')
    await page.waitForSelector('.departure')
    expect(await page.textContent('.departure .route')).toMatch(/Guangzhou.*Zhuhai/)
    await page.context().close()
  })

  test('chooses a class, and puts a group on one order from a pasted list', async () => {
    const page = await choose('蛇口邮轮中心', '九洲港', addDays(today, 2))
    await page.click('#cabin-0-deluxe')
    await expect.poll(() => page.textContent('aside')).toContain('合计¥180.00')
    await page.click('button:has-text("粘贴名单")')
    const list = page.locator('#group-list')
    await list.fill(`王一 ${newIdentityNumber()}\n王二 44010019880812`)
    await page.click('dialog .button.main')
    expect(await page.textContent('#hint-group-list')).toBe('请核对第 2 行')
    await list.fill(`王一 ${newIdentityNumber()}\n王二,${newIdentityNumber()}`)
    await page.click('dialog .button.main')
    await expect.poll(() => page.textContent('aside')).toContain('合计¥540.00')
    await buy(page)
    expect(await page.locator('.ticket-row').allTextContents()).toEqual(
      ['*八', '*一', '*二'].map((name) => expect.stringMatching(new RegExp(`\\${name}头等舱`)) as string)
    )
    await page.context().close()
  })
})

describe('a clerk', () => {
  async function openCounter(): Promise<Page> {
    // A one-time code works once, and the clock of these tests stands still unless it is moved.
    time.now = new Date(time.now.getTime() + 60_000)
    const page = await visit('/counter', counter)
    await page.keyboard.press('Enter')
    await page.fill('#sign-in-name', 'clerk')
    await page.fill('#sign-in-password', passwords.get('clerk')!)
    await page.click('dialog button.slim')
    await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
    await page.click('dialog .button.main')
    await page.fill('#place', '广州市汽车客运站')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#opening-cash, #reading')
    if (await page.locator('#opening-cash').count()) await page.keyboard.press('Enter')
    await page.waitForSelector('#destination')
    return page
  }

  /** Reads a document, then a way that does not begin here, then the next day's list. */
  async function elsewhere(page: Page, from: string, to: string): Promise<string> {
    const number = newIdentityNumber()
    await page.keyboard.type(`赵七 ${number}`)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#destination:focus')
    await page.keyboard.press('Shift+Tab')
    await page.waitForSelector('#origin:focus')
    for (const place of [from, to]) {
      await page.keyboard.type(place)
      await page.keyboard.press('Enter')
    }
    await page.waitForSelector('.departures:focus')
    await page.keyboard.press('ArrowRight')
    await page.waitForSelector('.departure-row')
    return number
  }

  async function sell(page: Page, row = '1'): Promise<void> {
    await page.keyboard.press(row)
    await page.waitForSelector('#given:focus')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.sold .mono')
  }

  async function find(page: Page, asked: string): Promise<void> {
    await page.keyboard.press('F4')
    await page.waitForSelector('#asked:focus')
    await page.keyboard.type(asked)
    await page.keyboard.press('Enter')
  }

  test('sells a car and its driver at another port by keys, and gives both back for a cause', async () => {
    const page = await openCounter()
    const number = await elsewhere(page, '徐闻港', '新海港')
    await page.keyboard.press('c')
    await page.waitForSelector('#vehicle-plate:focus')
    await page.keyboard.type('粤B54321')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog', { state: 'detached' })
    expect(await page.textContent('.people[aria-label="车辆"]')).toContain('粤B54321 · 小客车 · 4.8 m驾驶员 赵七')
    // Vehicles are no longer sold for the first ones.
    await sell(page, '5')
    await expect.poll(() => page.textContent('.sold')).toMatch(/应收 ¥415\.50.*赵七.*赵七粤B54321/s)
    await find(page, number)
    await page.waitForSelector('[aria-keyshortcuts="T"]:focus')
    await page.keyboard.press('t')
    await page.waitForSelector('#confirm-refund:focus')
    await page.keyboard.press('o')
    await page.waitForSelector('#overrule-code:focus')
    await page.selectOption('#overrule-code', 'WEATHER')
    await page.fill('#overrule-note', '大雾封航')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('#confirm-refund')).toBe('↵确认退票，退 ¥415.50')
    await page.waitForSelector('#confirm-refund:focus')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.journey')).toContain('WEATHER')
    await page.context().close()
  })

  test('sells a journey with a change, and a return whose way back is dated afterwards', async () => {
    const page = await openCounter()
    await elsewhere(page, '福田汽车站', '东澳岛')
    await page.waitForSelector('.list-head [aria-keyshortcuts="H"][aria-pressed="true"]')
    await sell(page)
    await expect.poll(() => page.textContent('.sold')).toMatch(/福田汽车站 → 香洲.*香洲港 → 东澳.*联程号 J\d{15}/s)
    await page.keyboard.press('F9')
    const number = await elsewhere(page, '天河客运站', '惠州汽车总站')
    await page.keyboard.press('r')
    await page.waitForSelector('.departure-row .badge.accent')
    await sell(page)
    await expect
      .poll(() => page.textContent('.sold'))
      .toMatch(/天河客运站 → 惠州汽车总站.*班次待定 惠州汽车总站 → 天河客运站/s)
    await find(page, number)
    await page.waitForSelector('[role="group"]:focus .departure-row')
    const rows = await page.locator('.departure-row').allTextContents()
    await page.keyboard.press(String(rows.findIndex((row) => row.includes('班次待定')) + 1))
    await page.waitForSelector('[aria-keyshortcuts="B"]')
    await page.keyboard.press('b')
    await page.waitForSelector('.departures:focus')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.waitForSelector('.departures .departure-row')
    await page.keyboard.press('1')
    await page.waitForSelector('#confirm-date:focus')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.journey')).toContain('确认返程班次')
    expect(await overflowOf(page)).toBe(0)
    await page.keyboard.press('F2')
    await page.waitForSelector('#reading:focus')
    await elsewhere(page, '天河客运站', '惠州汽车总站')
    await page.keyboard.press('r')
    await page.waitForSelector('.departure-row .badge.accent')
    await page.keyboard.press('r')
    await expect.poll(() => page.textContent('.list-head')).toContain('先选去程')
    await page.waitForSelector('.departure-row')
    await page.keyboard.press('1')
    await expect.poll(() => page.textContent('.list-head')).toContain('选回程')
    await page.keyboard.press('ArrowRight')
    await page.waitForSelector('.departure-row')
    await sell(page)
    // The sale before stays in sight until this one is done.
    await expect.poll(() => page.textContent('.sold')).not.toContain('待定')
    expect(await page.textContent('.sold')).toMatch(/天河客运站 → 惠州汽车总站.*惠州汽车总站 → 天河客运站/s)
    await page.context().close()
  })
})
