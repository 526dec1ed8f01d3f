import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays, calendarDay, clearingDayAt, shanghaiInstant } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { publishDay } from '../../clearing/settlement/publish-day.ts'
import { takeArrivalsJob } from '../clearing-desk/take-arrivals-job.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { newIdentityNumber } from '../ticketing/test-sale.ts'
import { openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords, call } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)

const phone: Viewport = { width: 390, height: 844 }
const desk: Viewport = { width: 1440, height: 900 }
// Tomorrow morning, so that at whatever hour the test runs there are departures to come and gates that are open for them.
const today = addDays(calendarDay(new Date()), 1)
time.now = shanghaiInstant(today, 8 * 3600)
const station = '省汽车站(广东省汽车客运站)'
const search = `/buy#/search?${new URLSearchParams({ from: '广州', to: '珠海', day: today }).toString()}`

/** Every buyer is somebody new. */
let accounts = 0

beforeAll(async () => {
  await seedProvince(parts.sql, today)
  await seedParticipants(parts.sql)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

async function signIn(page: Page, role: 'gate' | 'operator'): Promise<void> {
  // A one-time code works once, and the clock of these tests stands still unless it is moved.
  time.now = new Date(time.now.getTime() + 60_000)
  await page.click('main .button.main')
  await page.fill('#sign-in-name', role)
  await page.fill('#sign-in-password', passwords.get(role)!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('dialog', { state: 'detached' })
}

/** From the search to the ticket on the screen; the departure is the next one. */
async function buyTicket(viewport: Viewport): Promise<Page> {
  const page = await visit(search, viewport)
  await page.click('.departure .pick')
  await page.fill('[name="/passengers/0/name"]', '张三丰')
  await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
  await page.waitForSelector('aside .terms, aside .notice')
  await page.click('aside .button.main')
  await page.click('dialog .row .quiet')
  await page.fill('#sign-in-name', `passenger-${++accounts}`)
  await page.fill('#sign-in-password', 'a long enough password')
  await page.click('dialog .button.main')
  await page.click('[data-choice="success"]')
  await page.click('.ticket-row')
  await page.waitForSelector('.code-clock strong')
  return page
}

async function openGate(viewport: Viewport): Promise<Page> {
  const page = await visit('/gate', viewport)
  await signIn(page, 'gate')
  await page.fill('#gate-place', station)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.click('main section .button')
  await page.waitForSelector('.answer.waiting')
  return page
}

describe.each([
  ['on a phone', phone],
  ['on a desk', desk]
])('%s', (_where, viewport) => {
  test('the landing page searches, leads everywhere and shows the province in figures', async () => {
    const page = await visit('/', viewport)
    await page.waitForSelector('#figures dd')
    const doors = await page.locator('.door').evaluateAll((all) => all.map((one) => one.getAttribute('href')!))
    for (const path of new Set(doors.map((door) => door.replace(/#.*/, ''))))
      expect([path, (await call({ url: path })).status]).toEqual([path, path === '/reference' ? 301 : 200])
    expect(await page.textContent('#figures')).toMatch(/8\d \+ 2\d/)
    expect(await overflowOf(page)).toBe(0)
    await page.click('#language')
    expect(await page.textContent('.door strong')).toBe('Buy a ticket')
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    expect(await overflowOf(page)).toBe(0)
    await page.fill('#from', '广州')
    await page.fill('#to', '珠海')
    await page.keyboard.press('Escape')
    await page.click('#ask button >> nth=1')
    await page.waitForSelector('.departure, .empty')
    await page.context().close()
  })

  test('a ticket is bought, opens the gate once, and is then refused in words', async () => {
    const gate = await openGate(viewport)
    const page = await buyTicket(viewport)
    expect(await overflowOf(page)).toBe(0)
    expect(await page.textContent('.e-ticket-face')).toContain('张**')
    expect(await page.textContent('.e-ticket-face')).not.toContain('张三丰')
    const payload = (await page.locator('#code-text:not(:empty)').textContent())!

    await gate.keyboard.type(payload)
    await gate.keyboard.press('Enter')
    await gate.waitForSelector('.answer.go')
    expect(await gate.textContent('.answer-word')).toBe('请通行')
    await gate.keyboard.type(payload)
    await gate.keyboard.press('Enter')
    await gate.waitForSelector('.answer.stop')
    expect(await gate.textContent('.answer-word')).toMatch(/^已于 \d\d:\d\d 在 1 号口检票$/)
    await gate.keyboard.type('https://example.com/some-other-code')
    await gate.keyboard.press('Enter')
    await expect.poll(() => gate.textContent('.answer-word')).toBe('这是网址的二维码，请出示车票的乘车码')
    expect(await gate.textContent('.counters')).toBe('已放行1未放行2')
    expect(await gate.textContent('#departure')).toMatch(/只检 \d\d:\d\d 拱北汽车客运站/)
    expect(await overflowOf(gate)).toBe(0)
    // Its holder sees it too, without touching the phone.
    await page.waitForSelector('.code', { state: 'detached' })
    expect(await page.textContent('.journey')).toContain('检票')
    await Promise.all([page, gate].map((one) => one.context().close()))
  })
})

describe('a passenger', () => {
  test('is told of a slip in the number while typing, and keeps what was typed when the language changes', async () => {
    const page = await visit(search, phone)
    await page.click('.departure .pick')
    const number = page.locator('[name="/passengers/0/document/number"]')
    const hint = page.locator(`#${await number.getAttribute('aria-describedby')}`)
    await number.fill('44010019900307203')
    expect(await hint.textContent()).toBe('已输入 17 位，共 18 位')
    await number.fill('440100199003072034')
    expect(await hint.textContent()).toContain('校验位不符')
    await page.click('#language')
    expect(await hint.textContent()).toContain('check digit')
    expect(await number.inputValue()).toBe('440100199003072034')
    await number.fill('440100199003072033')
    expect(await hint.textContent()).toContain('Born 1990-03-07. Tickets show 4*************2033')
    await page.context().close()
  })

  test('pays again after a failure, sees the fee before giving the ticket back, and gets the rest', async () => {
    const page = await visit(search, desk)
    await page.locator('.departure .pick').last().click()
    await page.fill('[name="/passengers/0/name"]', '李四')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    await page.click('aside .button.main')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `passenger-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    expect(await page.textContent('.cashier h2')).toBe('模拟收银台')
    await page.click('[data-choice="failure"]')
    await page.click('#pay-again')
    await page.click('[data-choice="success"]')
    await page.click('.ticket-row')
    await page.click('main .row > .button')
    expect(await page.textContent('dialog .danger')).toBe('确认退票，退回 ¥54.90')
    await page.click('dialog .danger')
    await page.waitForSelector('.journey li:nth-child(2)')
    expect(await page.textContent('.e-ticket-head')).toContain('已退票')
    await page.context().close()
  })

  test('finds a way by bus and ferry, chooses a seat, and holds one ticket for each leg', async () => {
    const way = new URLSearchParams({ from: '深圳', to: '东澳岛', day: addDays(today, 1) })
    const page = await visit(`/buy#/search?${way.toString()}`, phone)
    await page.locator('.journey-card .pick').first().click()
    expect(await overflowOf(page)).toBe(0)
    await page.fill('[name="/passengers/0/name"]', '周八')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    await page.click('details summary')
    await page.click('.seat[data-seat="7"]')
    expect(await overflowOf(page)).toBe(0)
    expect(await page.textContent('aside')).toContain('联程票：一份合同负责全程')
    expect(await page.locator('aside .notice').innerText()).toContain('开车（航）前 2 小时以上退票')
    await page.click('#language')
    expect(await page.locator('aside .notice').innerText()).toMatch(
      /^Refund terms\s+Refund 2 hours or more before departure: 10 % of the fare, at least ¥0.50/
    )
    await page.click('#language')
    await page.click('aside .button.main')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `passenger-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.click('[data-choice="success"]')
    await page.waitForSelector('.ticket-row')
    expect(await page.locator('.ticket-row').count()).toBe(2)
    expect(await page.locator('.ticket-row').first().textContent()).toContain('7 号座')
    expect(await page.locator('.ticket-row').last().textContent()).toContain('东澳')
    expect(await page.textContent('h1')).toMatch(/→ .*东澳/)
    await page.context().close()
  })

  test('changes to another departure with the price shown before, and shows the new ticket', async () => {
    const way = new URLSearchParams({ from: '广州', to: '珠海', day: addDays(today, 2) })
    const page = await visit(`/buy#/search?${way.toString()}`, phone)
    await page.locator('.departure .pick').first().click()
    await page.fill('[name="/passengers/0/name"]', '吴九')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    await page.click('aside .button.main')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `passenger-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.click('[data-choice="success"]')
    await page.click('.ticket-row')
    await page.waitForSelector('#change')
    const before = page.url()
    await page.click('#change')
    await page.locator('.change-list .button').last().click()
    expect(await page.textContent('dialog .sum.total')).toBe('应补¥0.00')
    expect(await overflowOf(page)).toBe(0)
    await page.click('#confirm-change')
    await page.waitForSelector('dialog', { state: 'detached' })
    await expect.poll(() => page.url()).not.toBe(before)
    await page.goto(before)
    await expect.poll(() => page.textContent('.e-ticket-head')).toContain('已改签')
    await page.context().close()
  })

  test('joins the line for a full departure, and finds it again among the tickets', async () => {
    const way = new URLSearchParams({ from: '广州', to: '珠海', day: addDays(today, 3) })
    const url = `/v1/departures?${way.toString()}`
    const [departure] = (await call({ url })).body
    const [taken] = await transaction(
      parts.sql,
      async (tx) =>
        await tx`update seat_map set occupied = array_fill(2147483647, array[array_length(occupied, 1)]) where departure = ${departure.id} returning departure`
    )
    expect(taken).toBeDefined()
    // Older than any answer a search may still be given from memory.
    time.now = new Date(time.now.getTime() + 300_000)
    const page = await visit(`/buy#/search?${way.toString()}`, phone)
    await page.click('.departure .pick:has-text("候补")')
    await page.fill('[name="/passengers/0/name"]', '郑十')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    await page.click('aside .button.main')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', `passenger-${++accounts}`)
    await page.fill('#sign-in-password', 'a long enough password')
    await page.click('dialog .button.main')
    await page.click('[data-choice="success"]')
    await page.waitForSelector('text=前面还有 0 单')
    expect(await overflowOf(page)).toBe(0)
    await page.click('nav [data-view="tickets"]')
    await page.click('a.notice:has-text("候补中")')
    await page.waitForSelector('text=前面还有 0 单')
    await page.context().close()
  })

  test('is offered the fare of the age that the document says', async () => {
    const page = await visit(search, phone)
    await page.click('.departure .pick')
    const child = newIdentityNumber(`${Number(today.slice(0, 4)) - 10}0101`)
    await page.fill('[name="/passengers/0/document/number"]', child)
    await expect.poll(() => page.inputValue('[name="/passengers/0/fare"]')).toBe('half')
    await page.selectOption('[name="/passengers/0/fare"]', 'full')
    await page.fill('[name="/passengers/0/document/number"]', newIdentityNumber())
    expect(await page.inputValue('[name="/passengers/0/fare"]')).toBe('full')
    await page.context().close()
  })

  test('reads a refusal of the form at its field, in words', async () => {
    const page = await visit('/buy', phone)
    await page.click('#session .button')
    await page.click('dialog .row .quiet')
    await page.fill('#sign-in-name', 'x')
    await page.fill('#sign-in-password', 'short')
    await page.click('dialog .button.main')
    await page.waitForSelector('#sign-in-password[aria-invalid="true"]')
    expect(await page.textContent('#hint-sign-in-password')).toBe('至少 8 个字符')
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')])
    await page.context().close()
  })
})

test('the gate reads a code from the camera', async () => {
  const gate = await openGate(desk)
  const page = await buyTicket(phone)
  const picture = await page.evaluate(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 420
    canvas.getContext('2d').drawImage(document.querySelector('.code-image img'), 0, 0, 420, 420)
    return canvas.toDataURL()
  })()`)
  // The camera is the one thing no test machine has: its stream comes from a canvas that shows the passenger's screen.
  await gate.evaluate(`(() => {
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [640, 480]
    const [context, image] = [canvas.getContext('2d'), new Image()]
    image.src = ${JSON.stringify(picture)}
    setInterval(() => {
      context.fillStyle = '#bbb'
      context.fillRect(0, 0, 640, 480)
      context.drawImage(image, 110, 30, 420, 420)
    }, 60)
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(15)
  })()`)
  await gate.click('.viewfinder .button')
  await gate.waitForSelector('.answer.go')
  expect(await gate.textContent('.answer-detail')).toContain('张**')
  await Promise.all([page, gate].map((one) => one.context().close()))
})

describe('an operator', () => {
  const day = clearingDayAt(time.now)

  test('sends a file, closes, settles and publishes its day, and takes away a statement whose digest is right', async () => {
    const page = await visit('/desk#/files', desk)
    await signIn(page, 'operator')
    await page.setInputFiles('#card-files', { name: 'shenzhen.csv', mimeType: 'text/csv', buffer: await someLines() })
    await expect.poll(async () => (await takeArrivalsJob.due(parts, time.now)).length).toBe(1)
    await beWorker()
    await page.waitForSelector('text=✓ 已受理')
    await page.click(`nav [data-view="days"]`)
    for (const next of ['已日切', '已结算']) {
      await page.click('.steps + div .button.main')
      await page.waitForSelector(`.steps [aria-current="step"]:has-text("${next}")`)
    }
    await page.waitForSelector('.chart canvas')
    expect(await page.textContent('#zero-sum')).toContain('轧差合计为零')
    await page.click('.steps + div .button.main')
    await page.waitForSelector('text=已交后台处理')
    await publishDay(parts.context, day, time.now)
    await page.goto(page.url().replace(/#.*/, `#/days/${day}/statements`))
    await page.click('.folds summary')
    const digest = await page.textContent('.folds .digest')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('.folds details[open] .button.slim')
    ])
    const bytes = await readFile(await download.path())
    expect(createHash('sm3').update(bytes).digest('hex').toUpperCase()).toBe(digest)
    await page.context().close()
  })

  test.each([
    ['on a phone', phone],
    ['on a desk', desk]
  ])('reads every side of the published day %s, and the story of a refused line', async (_where, viewport) => {
    const page = await visit(`/desk#/days/${day}`, viewport)
    await signIn(page, 'operator')
    for (const [side, shown] of Object.entries({
      overview: '#zero-sum',
      positions: 'tfoot',
      prices: '.chart canvas',
      statements: '.folds',
      files: 'tbody'
    })) {
      await page.click(`.tabs a[href$="/${side}"]`)
      await page.waitForSelector(`main ${shown}`)
      expect([side, await overflowOf(page)]).toEqual([side, 0])
    }
    await page.click('tbody a')
    await page.click('section tbody a')
    await page.waitForSelector('.story .bad')
    expect(await page.textContent('.story .bad')).toContain('交易重复')
    expect(await overflowOf(page)).toBe(0)
    await page.context().close()
  })

  async function beWorker(): Promise<void> {
    for (const id of await takeArrivalsJob.due(parts, time.now)) await takeArrivalsJob.perform(parts, id, time.now)
  }
})

/** Lines of the real day, one of them twice. */
async function someLines(): Promise<Buffer> {
  const zipped = await readFile(new URL('../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url))
  const lines = gunzipSync(zipped).toString().split('\n').slice(0, 1500)
  return Buffer.from([...lines, lines[1]].join('\n') + '\n')
}

test('nothing of the server’s own files can be read through the pages', async () => {
  for (const url of ['/pages/pages-routes.ts', '/pages/%2e%2e/access/sign-in.ts', '/vendor/echarts/package.json'])
    expect((await call({ url })).status, url).toBeGreaterThanOrEqual(400)
  expect((await call({ url: '/pages/shell/api.js' })).headers['cache-control']).toBe('public, max-age=0')
})

test('a page’s files lie under an address of their version, to be kept for good, and its modules are named at once', async () => {
  const page = await call({ url: '/buy' })
  expect(page.headers['cache-control']).toBe('no-cache')
  const modules = [...(page.body as string).matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, url]) => url!)
  expect(modules).toContainEqual(expect.stringMatching(/^\/v\/[\w-]{12}\/services\/identity\/document-rules\.ts$/))
  for (const url of modules) {
    const { status, headers } = await call({ url, headers: { 'accept-encoding': 'gzip, br' } })
    expect([url, status]).toEqual([url, 200])
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8'
    })
  }
  const old = modules[0]!.replace(/^\/v\/[^/]+/, '/v/before')
  expect((await call({ url: old })).headers['cache-control']).toBe('no-cache')
  for (const url of [
    '/v/before/pages/pages-routes.ts',
    '/v/before/pages/test-faults.js',
    '/v/before/../../package.json'
  ])
    expect((await call({ url })).status, url).toBe(404)
})
