// The channel desk in a real browser: a channel's terms, account and clients, its delivery log with replay, and reconciling both ways.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { clearingDayAt } from '../../clearing/business-day.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { openPartner, type Partner } from '../channels/test-partner.ts'
import { pushWebhook } from '../channels/webhooks/push-webhooks.ts'
import { postRevenue } from '../revenue/post-revenue.ts'
import { at, createTestSale, person } from '../ticketing/test-sale.ts'
import { faultsOf, openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const sale = await createTestSale()
const { app, sql, parts, time, passwords } = sale
const { visit, complaints } = await openTestBrowser(app, time)
const desk: Viewport = { width: 1440, height: 900 }
const day = clearingDayAt(at(6))
const receiver = createServer((_, answer) => void answer.writeHead(204).end())
const webhook = randomUUID()
const tickets: string[] = []
let partner: Partner

beforeAll(async () => {
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  await seedParticipants(sql)
  partner = await openPartner(sale, 'OTA1')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/tickets`
  await partner.ask({ method: 'PUT', url: `/v1/webhooks/${webhook}`, payload: { url, events: ['sold'] } })
  const [coach] = await sale.find('天河客运站', '惠州')
  for (let n = 0; n < 3; n++) {
    const order = `/v1/orders/${randomUUID()}`
    await partner.ask({ method: 'PUT', url: order, payload: sale.request(coach!, [person()]) })
    const paid = await partner.ask({ method: 'POST', url: `${order}/payments`, payload: { gateway: 'credit' } })
    tickets.push(paid.body.order.coupons[0].ticketNo)
  }
  // Other databases' transactions may hold the outbox back for a moment.
  await untilThree(lines, async () => await postRevenue(sql, at(6)))
  await untilThree(delivered, async () => await pushWebhook(parts, webhook))
})
afterAll(() => void receiver.close())
afterEach(() => {
  expect(complaints.splice(0).filter((complaint) => !complaint.includes('422'))).toEqual([])
})

const lines = async () => (await sql<{ n: number }[]>`select count(*)::integer as n from revenue_line`)[0]!.n
const delivered = async () =>
  (await sql<{ n: number }[]>`select count(*)::integer as n from webhook_delivery where state = 'delivered'`)[0]!.n

async function untilThree(count: () => Promise<number>, work: () => Promise<unknown>): Promise<void> {
  for (let round = 0; (await count()) < 3; round++) {
    if (round === 200) throw new Error('it did not come to three')
    await work()
    await new Promise((done) => setTimeout(done, 20))
  }
}

async function openDesk(hash: string): Promise<Page> {
  time.now = new Date(time.now.getTime() + 60_000)
  const page = await visit(`/channels#/${hash}`, desk)
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'operator')
  await page.fill('#sign-in-password', passwords.get('operator')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('main h1')
  return page
}

/** In both languages, on a desk, at 200 % zoom of it and on a phone. */
async function expectUsable(page: Page, where: string): Promise<void> {
  for (const language of ['zh', 'en']) {
    for (const width of [1440, 720, 390]) {
      await page.setViewportSize({ width, height: 800 })
      expect.soft([where, language, width, await overflowOf(page)]).toEqual([where, language, width, 0])
    }
    expect.soft([where, language, await faultsOf(page)]).toEqual([where, language, []])
    await page.click('#language')
  }
  await page.setViewportSize(desk)
}

test('a channel’s terms, account and clients are kept, and what was pushed to it is read and sent again', async () => {
  const page = await openDesk('channels')
  await expectUsable(page, 'channels')
  await page.click('a:has-text("示例平台")')
  await page.waitForSelector('#top-up')
  await page.fill('#top-up', '1000')
  await page.click('button:has-text("登记到账")')
  await expect.poll(() => page.textContent('#balance')).toContain('799')
  await page.fill('#ticketsPerDay', '50')
  await page.click('button:has-text("保存条款")')
  await page.waitForSelector('.terms-form .good')
  await page.click('summary')
  await page.fill('#client-name', '新程序')
  await page.click('button:has-text("登记客户端")')
  await page.waitForSelector('#client-secret')
  await page.click('button:has-text("吊销 新程序")')
  await page.waitForSelector('td .badge:has-text("已吊销")')
  const [row] = await sql`select tickets_per_day from channel where code = 'OTA1'`
  expect(row).toEqual({ ticketsPerDay: 50 })
  await expectUsable(page, 'channel')

  await page.click('a:has-text("127.0.0.1")')
  await page.waitForSelector('tbody tr')
  expect(await page.textContent('tbody')).toMatch(new RegExp(`${tickets[2]!}.*已送达.*204`, 's'))
  await expectUsable(page, 'deliveries')
  await page.fill('#replay-ticket', tickets[1]!)
  await page.click('main form .button.main')
  await expect.poll(() => page.textContent('form [role="status"]')).toBe('已安排重发 1 条')
  await page.selectOption('#delivery-state', 'waiting')
  await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  expect(await page.textContent('tbody')).toContain(tickets[1])
  await page.context().close()
})

test('our file of a day is taken, a partner’s is compared, and each difference has its kind', async () => {
  const page = await openDesk('reconciling')
  await page.selectOption('#party', 'channel-OTA1')
  await page.fill('#day', day)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#our-file')])
  const [head, ...ours] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
  expect([head, ours.length]).toEqual(['ticketNo,state,amount', 3])

  const compare = async (rows: string[]) => {
    const buffer = Buffer.from([head, ...rows].join('\r\n'))
    await page.setInputFiles('#their-file', { name: 'theirs.csv', mimeType: 'text/csv', buffer })
    await page.click('main form .button.main')
  }
  await compare(['so, not, this'])
  await page.waitForSelector('li:has-text("第 2 行")')
  const [first, second] = ours as [string, string]
  await compare([first.replace(/\d+$/, '1'), second.replace('SOLD', 'REFUNDED'), '44010003207B99999999,SOLD,100'])
  await page.waitForSelector('tbody tr')
  const kinds = await page.locator('tbody .badge, tbody [class^="badge"]').allTextContents()
  expect(kinds.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['仅对方有', '仅我方有', '状态不符', '金额不符'])
  await expectUsable(page, 'reconciliation')
  await page.click('a:has-text("← 对账")')
  await page.waitForSelector('tbody tr')
  expect(await page.textContent('tbody')).toMatch(/channel-OTA1.*金额不符 1.*仅我方有 1.*仅对方有 1.*状态不符 1/s)
  await expectUsable(page, 'reconciling')
  await page.click('nav [data-view="statements"]')
  await page.waitForSelector('tbody tr')
  await expectUsable(page, 'statements')
  await page.context().close()
})
