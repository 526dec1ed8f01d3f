import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import { openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'
import { counter, pressEach, readDocument, signInAtCounter } from './test-counter.ts'

const { app, parts, time, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)

/** What 200 % zoom leaves of it. */
const zoomed: Viewport = { width: 640, height: 400 }
// Tomorrow morning, so that at whatever hour the test runs there are departures to come.
const today = addDays(calendarDay(new Date()), 1)
time.now = shanghaiInstant(today, 8 * 3600)

beforeAll(async () => {
  await seedProvince(parts.sql, today)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

const openCounter = async (viewport = counter) => await signInAtCounter({ time, passwords }, visit, viewport)

const focused = async (page: Page) =>
  await page.evaluate('document.activeElement.id || document.activeElement.className')

/** Zhuhai, tomorrow (the browser's clock is the machine's), the first departure, exact cash. */
const toZhuhai: [string[], string][] = [
  [['z', 'h', 'Enter'], '.departures:focus'],
  [['ArrowRight'], '.departure-row'],
  [['1'], '#given:focus'],
  [['Enter'], '.sold .mono']
]

test('a ticket is sold by keyboard alone, in fewer than ten strokes after the document, change named', async () => {
  const page = await openCounter()
  expect(await focused(page)).toBe('reading')
  await readDocument(page, '张三丰')
  expect(await focused(page)).toBe('destination')
  const strokes = await pressEach(page, [
    [['z', 'h', 'Enter'], '.departures:focus'],
    [['ArrowRight'], '.departure-row'],
    [['1'], '#given:focus'],
    [['1', '0', '0', 'Enter'], '.sold .mono']
  ])
  expect(strokes).toBeLessThan(10)
  expect(await page.textContent('.sold')).toMatch(/应收 ¥61\.00 · 实收 ¥100\.00找零¥39\.00.*→ .*张三丰.*1 号座/s)
  expect(await focused(page)).toBe('reading')
  expect(await page.locator('.people li').count()).toBe(0)
  expect(await overflowOf(page)).toBe(0)
  await page.context().close()
})

test('a family is read one after another wherever the focus is, each at the fare of his age', async () => {
  const page = await openCounter()
  await readDocument(page, '李四')
  await pressEach(page, toZhuhai.slice(0, 3))
  await readDocument(page, '李小四', newIdentityNumber(`${Number(today.slice(0, 4)) - 10}0101`))
  await expect.poll(() => page.textContent('.people')).toMatch(/李四.*全票.*李小四.*半票/s)
  await page.keyboard.press('F6')
  await expect.poll(() => page.textContent('.people')).toContain('免费儿童')
  await page.keyboard.press('F6')
  await page.keyboard.press('F6')
  await expect.poll(() => page.textContent('.sum.total')).toBe('应收¥91.50')
  await page.keyboard.type('90')
  await page.keyboard.press('Enter')
  expect(await page.textContent('#hint-given')).toBe('还差 ¥1.50')
  await page.keyboard.press('F7')
  await expect.poll(() => page.textContent('.sum.total')).toBe('应收¥61.00')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  expect(await focused(page)).toBe('destination')
  await page.keyboard.press('F9')
  expect(await focused(page)).toBe('reading')
  await page.keyboard.type('440100199003070010')
  await page.keyboard.press('Enter')
  expect(await page.textContent('#hint-reading')).toContain('校验位不符')
  await page.context().close()
})

describe('afterwards', () => {
  test('a ticket is found by its document and given back with the fee shown before; a slip of the hand is voided', async () => {
    const page = await openCounter()
    const number = await readDocument(page, '王五')
    await pressEach(page, toZhuhai)
    await page.keyboard.press('F4')
    await page.waitForSelector('#asked:focus')
    await page.keyboard.type(number)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[aria-keyshortcuts="T"]:focus')
    await page.keyboard.press('t')
    await page.waitForSelector('#confirm-refund:focus')
    expect(await page.textContent('#confirm-refund')).toBe('↵确认退票，退 ¥48.80')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.journey')).toContain('申请退票')

    await page.keyboard.press('F2')
    await page.waitForSelector('#destination')
    const again = await readDocument(page, '王六')
    await pressEach(page, toZhuhai)
    await page.keyboard.press('F4')
    await page.waitForSelector('#asked:focus')
    await page.keyboard.type(again)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[aria-keyshortcuts="V"]')
    await page.keyboard.press('v')
    await page.waitForSelector('#confirm-refund:focus')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.journey')).toContain('废票')
    expect(await overflowOf(page)).toBe(0)
    await page.context().close()
  })

  test('a seat is chosen by arrows, and the ticket changed to an earlier departure', async () => {
    const page = await openCounter()
    const number = await readDocument(page, '孙八')
    await pressEach(page, [...toZhuhai.slice(0, 2), [['5'], '#given:focus']])
    await page.keyboard.press('F3')
    await page.waitForSelector('dialog .seat:focus')
    await pressEach(page, [
      [['ArrowDown', 'ArrowDown', ' '], '.seat[aria-pressed="true"]'],
      [['Enter'], '#given:focus'],
      [['Enter'], '.sold .mono']
    ])
    const seat = /(\d+) 号座/.exec((await page.textContent('.sold'))!)![1]
    expect(Number(seat)).toBeGreaterThan(8)
    await page.keyboard.press('F4')
    await page.waitForSelector('#asked:focus')
    await page.keyboard.type(number)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[aria-keyshortcuts="G"]')
    await page.keyboard.press('g')
    await page.waitForSelector('.departure-row strong.clock')
    await page.waitForSelector('.departures:focus')
    await page.keyboard.press('2')
    await page.waitForSelector('#confirm-change:focus')
    expect(await page.textContent('.sum.total')).toBe('应补¥0.00')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('section[aria-label="车票"]')).toMatch(/待乘车.* 10:00 .*出票/s)
    await page.keyboard.press('l')
    await expect.poll(() => page.textContent('.journey')).toContain('补办')
    await page.context().close()
  })

  test('the shift is handed over with its count, the difference kept, and the next one begins', async () => {
    const page = await openCounter()
    await page.keyboard.press('F8')
    await page.waitForSelector('#counted-cash:focus')
    // 200.00 in the drawer, four tickets of 61.00 sold, 48.80 and 61.00 given back.
    expect(await page.textContent('#expected-cash')).toBe('¥334.20')
    await page.keyboard.type('334')
    expect(await page.textContent('#hint-counted-cash')).toBe('短款 ¥0.20')
    expect(await overflowOf(page)).toBe(0)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#confirm-closing:focus')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.past li')
    expect(await page.textContent('.past li')).toContain('短款 ¥0.20')
    await page.keyboard.press('F2')
    await page.waitForSelector('#opening-cash:focus')
    await page.context().close()
  })
})

test('a wallet’s code is scanned where cash would be typed, ours is shown by one key, and the hand-over compares the terminals', async () => {
  const page = await openCounter()
  await readDocument(page, '吴九')
  await pressEach(page, toZhuhai.slice(0, 3))
  // Declined, then another wallet.
  await page.keyboard.type('134567890123456787')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.textContent('#hint-given')).toContain('微信付款未成功')
  await page.keyboard.type('2812345678901234')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.textContent('.sold')).toMatch(/支付宝¥61\.00.*吴九/s)
  await readDocument(page, '郑十')
  await pressEach(page, [...toZhuhai.slice(0, 3), [['*'], 'dialog .pay-code']])
  expect(await overflowOf(page)).toBe(0)
  const [charge] = await parts.sql<{ key: string }[]>`select key from charge where state = 'PENDING'`
  const phone = await visit(`/pay#${charge!.key}`, { width: 390, height: 844 })
  expect(await phone.textContent('main')).toContain('¥61.00')
  expect(await overflowOf(phone)).toBe(0)
  await phone.click('[data-choice="success"]')
  await expect.poll(() => page.textContent('.sold')).toMatch(/收款码¥61\.00.*郑十/s)
  await phone.context().close()
  await page.keyboard.press('F8')
  await page.fill('#terminal-alipay', '61')
  expect(await page.textContent('#hint-terminal-alipay')).toBe('账款相符')
  await page.fill('#terminal-shown-code', '60')
  expect(await overflowOf(page)).toBe(0)
  const cash = (await page.textContent('#expected-cash'))!.replace('¥', '')
  await page.fill('#counted-cash', cash)
  await page.keyboard.press('Enter')
  await page.waitForSelector('#confirm-closing:focus')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => page.textContent('.past li'))
    .toMatch(/支付宝 ¥61\.00 · 账款相符.*收款码 ¥60\.00 · 短款 ¥1\.00/s)
  await page.context().close()
})

test('what a cancelled departure owes in cash is paid out against the document, by keyboard', async () => {
  const page = await openCounter()
  const number = await readDocument(page, '王五')
  await pressEach(page, toZhuhai)
  await transaction(parts.sql, async (tx) => {
    await tx`
      with sold as (
        select departure from coupon join ticket_order on ticket_order.id = order_id order by placed_at desc limit 1),
      command as (
        insert into disruption (id, request_digest, kind, cause, note, refund, ordered_at, actor)
        values (gen_random_uuid(), sha256('x'), 'CANCEL', 'WEATHER', '大雾', 'at-once', ${time.now}, 'dispatcher:1')
        returning id)
      insert into disruption_departure (disruption, departure) select id, departure from command, sold`
    await tx`select stop_departure(disruption, departure, 'CANCELLED', ${time.now}) from disruption_departure`
  })
  await page.keyboard.press('F5')
  await page.getByText(/待付现金退款 \d+ 张/).waitFor()
  expect(await focused(page)).toBe('shown-document')
  await readDocument(page, '赵六')
  await page.getByText('该证件没有待付的现金退款').waitFor()
  await page.fill('#shown-document', number)
  await page.keyboard.press('Enter')
  await page.locator('.button.main', { hasText: '付现金' }).waitFor()
  expect(await overflowOf(page)).toBe(0)
  await page.keyboard.press('Enter')
  await page.getByText('已付 ¥').waitFor()
  await page.keyboard.press('F8')
  await page.getByText('停班退票').waitFor()
  await page.context().close()
})

test('what cannot be sold stands in the list with its reason and without a key, at the window and on the phone', async () => {
  const day = today
  const found = await parts.sql<{ id: number }[]>`
    select departure.id from departure join line on line.id = line where line.code = 'SL014' and day = ${day} and departs_at > ${time.now} order by departs_at limit 3`
  const [cancelled, full, waiting] = found.map(({ id }) => id)
  await transaction(parts.sql, async (tx) => {
    await tx`update seat_map set occupied = array_fill((1::bit(32))::integer, array[array_length(occupied, 1)]) where departure = ${full!}`
    await tx`update sale_policy set sells_after_report = true where mode = 'coach'`
    await tx`update departure set state = 'REPORTED' where day = ${day} and id <> ${waiting!}`
    await tx`update departure set state = 'CANCELLED' where id = ${cancelled!}`
  })
  const page = await openCounter()
  await readDocument(page, '卫十二')
  await pressEach(page, [
    [['f', 's', 'Enter'], '.departures:focus'],
    [['ArrowRight'], '.departure-row']
  ])
  const rows = async () => (await page.locator('.departure-row').allTextContents()).slice(0, 4)
  await expect.poll(rows).toHaveLength(4)
  const [first, second, third, fourth] = await rows()
  expect(first).toMatch(/^[^1].*已停班$/)
  expect(second).toMatch(/售完$/)
  expect(third).toMatch(/待车辆报到后发售$/)
  expect(fourth).toMatch(/^1.*¥/)
  expect(await overflowOf(page)).toBe(0)
  await page.context().close()

  const query = new URLSearchParams({ from: '省汽车站', to: '佛山汽车站', day })
  const phone = await visit(`/buy#/search?${query.toString()}`, { width: 390, height: 844 })
  const cards = async () => (await phone.locator('.departure .buying').allTextContents()).slice(0, 4)
  await expect.poll(cards).toHaveLength(4)
  expect((await cards()).map((text) => text.replaceAll(/¥[\d.]+|余票 \d+|已售完/g, ''))).toEqual([
    '已停班',
    '候补',
    '待车辆报到后发售',
    '购票'
  ])
  await phone.context().close()
  await transaction(parts.sql, async (tx) => await tx`update sale_policy set sells_after_report = false`)
})

test('nothing is cut off at 200 % zoom, in either language', async () => {
  const page = await openCounter(zoomed)
  for (const language of ['zh', 'en']) {
    await readDocument(page, '赵七')
    await pressEach(page, toZhuhai.slice(0, 3))
    expect([language, await overflowOf(page)]).toEqual([language, 0])
    await page.keyboard.press('F9')
    for (const key of ['F4', 'F8', 'F2']) {
      await page.keyboard.press(key)
      await page.waitForSelector(`.shortcut[aria-keyshortcuts="${key}"][aria-current]`)
      expect([language, key, await overflowOf(page)]).toEqual([language, key, 0])
    }
    await page.waitForSelector('#destination')
    await page.click('#language')
    await page.waitForSelector('#reading:focus')
  }
  await page.context().close()
})
