import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { orderCards, personalise, reportCards } from '../cards/issuing/order-cards.ts'
import { readerSocket } from '../cards/reader/card-reader.ts'
import { startSimulatedReader } from '../cards/reader/simulated-reader.ts'
import { acceptRides } from '../cards/test-rides.ts'
import { createTestApp } from '../test-app.ts'
import { openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, time, as, call, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
const { dataFolder } = parts.config
const reader = await startSimulatedReader(readerSocket(dataFolder), join(dataFolder, 'cards.json'))
const document = { kind: '01', number: '440100199003072033' }
let numbers: string[] = []

beforeAll(async () => {
  await seedParticipants(parts.sql)
  const order = {
    id: randomUUID(),
    issuer: '02205810',
    product: 'SALE',
    quantity: 2,
    personaliser: 'f',
    madeBy: 'test'
  }
  const { id, firstNumber } = await orderCards(parts, order, time.now)
  await personalise(parts, id, time.now)
  await reportCards(parts, id, [], time.now)
  numbers = [firstNumber, String(BigInt(firstNumber) + 1n)]
  const clerk = await as('clerk')
  const holder = { name: '陈一', document, consent: true }
  const issue = async (payload: object) =>
    await call({ method: 'POST', url: '/v1/cards/issue', headers: clerk, payload })
  await issue({ cardNumber: numbers[0], holder })
  await issue({ cardNumber: numbers[1] })
  const at = (minutes: number) => new Date(time.now.getTime() - minutes * 60_000)
  const ride = (counter: number, balanceBefore: number, minutes: number) => ({
    number: numbers[0]!,
    counter,
    balanceBefore,
    amount: 200,
    at: at(minutes)
  })
  await acceptRides(parts.sql, [ride(1, 5000, 50), ride(2, 4800, 40), ride(4, 4400, 20)], time.now)
  const agent = { name: '代理点', operator: '12205810', keeper: 'clerk', state: 'active', creditFen: 100_000 }
  await call({ method: 'PUT', url: '/v1/load-agents/A01', headers: await as('operator'), payload: agent })
})
afterAll(() => void reader.close())
afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

test('a clerk loads a card on the reader; one torn out is shown undecided and found out by laying it back', async () => {
  const page = await visit('/cards', { width: 390, height: 844 })
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'clerk')
  await page.fill('#sign-in-password', passwords.get('clerk')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.fill('#card-number', numbers[1]!)
  await page.click('form.row .button.main')
  const loadButton = 'section[aria-labelledby="load-title"] .row button.button'
  await page.click(`${loadButton} >> nth=0`)
  await page.waitForSelector('#load-said .notice.good')
  expect(await page.textContent('#load-said')).toContain('20.00')
  await page.click('section[aria-labelledby="load-title"] summary')
  await page.selectOption('#load-tear', 'before')
  await page.click(`${loadButton} >> nth=1`)
  await page.waitForSelector('section[aria-labelledby="load-title"] .notice.warn')
  expect(complaints.splice(0)).toEqual([expect.stringContaining('409')])
  await page.click('section[aria-labelledby="load-title"] .notice.warn button')
  await page.waitForSelector('#load-said .notice.good')
  expect(await page.textContent('#load-said')).toContain('未到账')
  expect(complaints.splice(0)).toEqual([expect.stringContaining('409')])
  expect(await overflowOf(page)).toBe(0)
  await page.setViewportSize({ width: 1440, height: 900 })
  expect(await overflowOf(page)).toBe(0)
})

test('a holder adds his card by document, sees what is missing in it, and stops it when it is lost', async () => {
  const page = await visit('/my-cards', { width: 390, height: 844 })
  await page.evaluate(
    ([token, expiresAt]) =>
      localStorage.setItem('session-passenger', JSON.stringify({ token, expiresAt, name: '旅客', role: 'passenger' })),
    [(await as('passenger')).authorization.slice(7), new Date(Date.now() + 3_600_000).toISOString()]
  )
  await page.reload()
  await page.fill('#own-number', numbers[0]!)
  await page.fill('#own-document', document.number)
  await page.click('form .button.main')
  await page.waitForSelector('.card-balance')
  expect(await page.textContent('.card-balance')).toBe('¥42.00')
  expect(await page.textContent('article .notice.warn')).toContain('缺 1 笔')
  expect(await overflowOf(page)).toBe(0)
  await page.click('article button.button:has-text("挂失")')
  await page.waitForSelector('article .badge.bad')
  expect(page.url()).not.toContain(numbers[0])
  await page.setViewportSize({ width: 1440, height: 900 })
  expect(await overflowOf(page)).toBe(0)
})
