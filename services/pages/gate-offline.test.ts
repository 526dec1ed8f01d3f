import type { Page } from 'playwright-core'
import { create } from 'qrcode'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { showCode } from '../boarding/credentials/show-code.ts'
import { buyer, createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { faultsOf, openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const world = await createTestSale()
const { app, sql, keys, time, find, sell } = world
const { visit, complaints } = await openTestBrowser(app)
const [phone, kiosk]: Viewport[] = [
  { width: 390, height: 844 },
  { width: 1080, height: 1920 }
]
let coach: Departure
let gate: object

beforeAll(async () => {
  const coaches = await find('天河客运站', '惠州汽车总站', addDays(today, 1))
  coach = coaches.filter(({ line }) => line === 'SL001')[3]!
  const [row] = await sql<{ id: number; number: number; name: string; place: string; placeName: string }[]>`
    select gate.id, number, number || '号检票口' as name, place.code as place, place.name as place_name
    from gate join place on place.id = gate.place where place.code = ${coach.from.place} and number = 3`
  gate = row!
  // Twenty minutes before the departure, and going on from there, in the platform as in the browser.
  const [base, began] = [coach.departsAt.getTime() - 20 * 60_000, Date.now()]
  Object.defineProperty(time, 'now', { get: () => new Date(base + Date.now() - began) })
})

afterEach(() => {
  // What a browser says of a network that is gone.
  expect(
    complaints.splice(0).filter((text) => !/ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text))
  ).toEqual([])
})

const ticketOf = async (holder = person()) => (await sell(coach, [holder])).coupons[0]!.ticketNo!
const codeOf = async (ticketNo: string, form: 'phone' | 'slip' = 'phone') =>
  (await showCode({ sql, keys }, { ticketNo, form }, buyer, time.now)).payload

const sessionOf = async (role: 'gate' | 'passenger') => ({
  token: (await world.as(role)).authorization.replace('Bearer ', ''),
  name: role,
  role,
  expiresAt: new Date(time.now.getTime() + 8 * 3_600_000)
})

/** A page of a visitor who has signed in before, whose clock is the platform's. */
async function openAs(role: 'gate' | 'passenger', path: string, viewport: Viewport): Promise<Page> {
  const session = JSON.stringify(await sessionOf(role))
  const page = await visit('/', viewport)
  await page.context().clock.install({ time: time.now })
  // Node writes the header a page sets its clock by, and Node's clock is not the one of this test.
  await page.context().route('**/v1/**', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, headers: { ...answer.headers(), date: time.now.toUTCString() } })
  })
  await page.evaluate(
    `(${role === 'gate' ? 'sessionStorage' : 'localStorage'}).setItem('session-${role}', ${JSON.stringify(session)});
     localStorage.setItem('gate', ${JSON.stringify(JSON.stringify(gate))})`
  )
  await page.goto(new URL(path, page.url()).href)
  return page
}

async function openGate(viewport: Viewport): Promise<Page> {
  const page = await openAs('gate', '/gate', viewport)
  await page.waitForSelector('.standing .good:has-text("张票")')
  await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null'), { timeout: 20_000 }).toBe(true)
  return page
}

async function scan(page: Page, text: string): Promise<string> {
  await page.waitForSelector('.answer')
  const before = await page.locator('.last-scans li').count()
  const first = await page
    .locator('.last-scans li')
    .first()
    .textContent({ timeout: 500 })
    .catch(() => '')
  await page.fill('#code', text)
  await page.keyboard.press('Enter')
  await expect
    .poll(
      async () =>
        (await page.locator('.last-scans li').count()) > before ||
        (await page.locator('.last-scans li').first().textContent()) !== first
    )
    .toBe(true)
  return `${await page.getAttribute('.answer', 'class')}: ${await page.textContent('.answer-word')}`
}
const cutOff = async (page: Page) => {
  await page.context().unrouteAll({ behavior: 'wait' })
  await page.context().setOffline(true)
}
const words = async (page: Page) => await page.textContent('.standing')
const checksOf = async (ticketNo: string) =>
  (
    await sql<{ result: string }[]>`
    select result from boarding_check where ticket_no = ${ticketNo} order by id`
  ).map(({ result }) => result)

test('a gate scans, loses its network, starts again without it, and brings everything back once', async () => {
  const holder = person()
  const [first, second, third, fourth] = [await ticketOf(), await ticketOf(), await ticketOf(holder), await ticketOf()]
  const page = await openGate(phone!)
  expect(await words(page)).toMatch(/在线.*名单 刚更新，\d+ 张票.*时钟准/)
  expect(await scan(page, await codeOf(first))).toBe('answer go: 请通行')

  await cutOff(page)
  expect(await scan(page, await codeOf(second))).toBe('answer go: 请通行')
  expect(await page.textContent('.answer-detail')).toContain('离线检票')
  await expect.poll(() => words(page)).toContain('离线：本机自行检票')
  expect(await words(page)).toContain('待上传 1')
  expect(await scan(page, await codeOf(second))).toMatch(/^answer stop: 已于 \d\d:\d\d 在 3 号口检票$/)

  await page.reload()
  await page.waitForSelector('.standing .warn')
  expect(await scan(page, await codeOf(second))).toMatch(/^answer stop: 已于 \d\d:\d\d 在 3 号口检票$/)
  expect(await scan(page, await codeOf(third, 'slip'))).toBe('answer ask: 请同时出示购票证件')
  expect(await scan(page, holder.document!.number)).toBe('answer go: 请通行')
  expect(await scan(page, holder.document!.number)).toMatch(/^answer stop: 已于 \d\d:\d\d 在 3 号口检票$/)
  expect(await scan(page, await codeOf(fourth))).toBe('answer go: 请通行')
  await page.locator('.last-scans li button').first().click()
  await page.waitForSelector('.last-scans .warn')
  expect(await scan(page, 'https://example.com')).toBe('answer stop: 这是网址的二维码，请出示车票的乘车码')
  expect(await checksOf(second)).toEqual([])

  await page.context().setOffline(false)
  await expect.poll(() => words(page), { timeout: 20_000 }).toMatch(/^在线名单/)
  expect(await words(page)).not.toContain('待上传')
  expect(await page.textContent('.last-scans')).toContain('条离线检票')
  expect(await checksOf(first)).toEqual(['OPEN'])
  expect(await checksOf(second)).toEqual(['OPEN', 'REFUSED', 'REFUSED'])
  expect((await checksOf(third)).filter((result) => result === 'OPEN')).toHaveLength(1)
  expect(await checksOf(fourth)).toEqual(['REFUSED'])
  const [state] = await sql`select count(*)::integer as sent, count(distinct nonce)::integer as once from gate_scan`
  expect(state!['sent']).toBe(state!['once'])
  expect(await scan(page, await codeOf(fourth))).toBe('answer go: 请通行')
  expect(await overflowOf(page)).toBe(0)
  await page.context().close()
}, 60_000)

test('a gate that starts without a network and without anybody signed in goes to work; a ticket sold since boards by its code', async () => {
  const page = await openGate(kiosk!)
  const late = await ticketOf()
  await cutOff(page)
  await page.evaluate('sessionStorage.clear()')
  await page.reload()
  await page.waitForSelector('.standing .warn')
  expect(await scan(page, await codeOf(late))).toBe('answer go: 请通行')
  expect(await scan(page, await codeOf(late))).toMatch(/^answer stop: 已于/)
  expect(await overflowOf(page)).toBe(0)
  await page.context().close()
}, 60_000)

test('a phone without a network makes the code itself, and a gate without one opens for it, once', async () => {
  const [account] = await sql<{ id: number }[]>`select id from sign_in_account where role = 'passenger'`
  const owner = { owner: `passenger:${account!.id}`, seesAll: false }
  const ticketNo = (await sell(coach, [person()], owner)).coupons[0]!.ticketNo!
  const mine = await openAs('passenger', `/buy#/ticket/${ticketNo}`, phone!)
  await mine.waitForSelector('.code-clock strong')
  await expect
    .poll(async () => (await sql`select from credential where ticket_no = ${ticketNo} and form = 'device'`).length)
    .toBe(1)
  await mine.waitForTimeout(500)
  await cutOff(mine)
  await mine.waitForSelector('.code-clock:has-text("本机自动生成")')
  const shown = (await mine.textContent('#code-text'))!
  expect(shown.length).toBeGreaterThan(300)
  const page = await openGate(phone!)
  await cutOff(page)
  expect(await scan(page, shown)).toBe('answer go: 请通行')
  expect(await scan(page, shown)).toMatch(/^answer stop: 已于/)
  await Promise.all([mine, page].map((one) => one.context().close()))
}, 60_000)

test('a passenger’s page starts without a network and shows the codes it has kept; signing out forgets them', async () => {
  const [account] = await sql<{ id: number }[]>`select id from sign_in_account where role = 'passenger'`
  const owner = { owner: `passenger:${account!.id}`, seesAll: false }
  const holder = person()
  const ticketNo = (await sell(coach, [holder], owner)).coupons[0]!.ticketNo!
  const mine = await openAs('passenger', '/buy#/tickets', phone!)
  await mine.waitForSelector(`a[href="#/ticket/${ticketNo}"]`)
  await expect.poll(() => mine.evaluate(`localStorage.getItem('kept-tickets')`)).toContain(ticketNo)
  await expect.poll(() => mine.evaluate('navigator.serviceWorker.controller !== null'), { timeout: 20_000 }).toBe(true)
  await cutOff(mine)
  await mine.reload()
  await mine.waitForSelector('.notice.warn:has-text("本机保存的车票")')
  await mine.click(`a[href="#/ticket/${ticketNo}"]`)
  await mine.waitForSelector('.code-clock:has-text("本机自动生成")')
  await expect.poll(() => mine.evaluate(`document.querySelector('.code-image img').naturalWidth`)).toBeGreaterThan(0)
  const own = (await mine.textContent('#code-text'))!
  expect(await overflowOf(mine)).toBe(0)
  expect(await faultsOf(mine)).toEqual([])
  await mine.getByRole('button', { name: '改用凭条码' }).click()
  await mine.waitForSelector('.code-clock:has-text("须出示购票证件")')
  const slip = (await mine.textContent('#code-text'))!

  const page = await openGate(phone!)
  await cutOff(page)
  expect(await scan(page, slip)).toBe('answer ask: 请同时出示购票证件')
  expect(await scan(page, own)).toBe('answer go: 请通行')
  await page.context().close()

  await mine.context().setOffline(false)
  await mine.waitForSelector('.code-clock:has-text("秒后刷新")')
  await mine.click('#session button')
  await expect.poll(() => mine.evaluate(`localStorage.getItem('kept-tickets')`).catch(() => 'leaving')).toBe(null)
  await mine.context().close()
}, 120_000)

test('the camera reads a code from the screen of a phone', async () => {
  const ticketNo = await ticketOf()
  const page = await openGate(phone!)
  const { modules } = create(await codeOf(ticketNo), { errorCorrectionLevel: 'M' })
  const rows = Array.from({ length: modules.size }, (_, y) =>
    Array.from({ length: modules.size }, (_, x) => (modules.get(y, x) ? 1 : 0)).join('')
  )
  await page.evaluate(`{
    const rows = ${JSON.stringify(rows)}
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
    const context = canvas.getContext('2d')
    const draw = () => {
      context.fillStyle = '#fff'
      context.fillRect(0, 0, 640, 480)
      context.fillStyle = '#000'
      const size = Math.floor(400 / rows.length)
      rows.forEach((row, y) => [...row].forEach((bit, x) => bit === '1' && context.fillRect(120 + x * size, 40 + y * size, size, size)))
    }
    draw()
    setInterval(draw, 100)
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
  }`)
  await page.click('.viewfinder .button')
  await page.waitForSelector('.answer.go')
  expect(await checksOf(ticketNo)).toEqual(['OPEN'])
  await page.context().close()
}, 60_000)

test('the gate’s page and the passenger’s install: a manifest, icons, and a worker that keeps it', async () => {
  const { body, headers } = await world.call({ url: '/gate.webmanifest' })
  expect(headers['content-type']).toMatch(/manifest\+json/)
  expect(body).toMatchObject({ start_url: '/gate', scope: '/gate', display: 'fullscreen' })
  const tickets = await world.call({ url: '/tickets.webmanifest' })
  expect(tickets.body).toMatchObject({ start_url: '/buy#/tickets', scope: '/buy', display: 'standalone' })
  for (const url of ['/gate-worker.js', '/tickets-worker.js'])
    expect((await world.call({ url })).headers['content-type']).toMatch(/javascript/)
})
