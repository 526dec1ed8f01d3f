import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { orderCards, personalise, reportCards } from '../cards/issuing/order-cards.ts'
import { testCard } from '../cards/loading/test-card.ts'
import { createTestApp } from '../test-app.ts'
import { openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, time, as, call, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
const numbers: string[] = []

beforeAll(async () => {
  await seedParticipants(parts.sql)
  for (const product of ['DEPOSIT', 'STUDENT']) {
    const order = {
      id: randomUUID(),
      issuer: '02205810',
      product,
      quantity: 1,
      personaliser: 'factory',
      madeBy: 'test'
    }
    const { id, firstNumber } = await orderCards(parts, order, time.now)
    await personalise(parts, id, time.now)
    await reportCards(parts, id, [], time.now)
    numbers.push(firstNumber)
  }
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

test('a clerk issues a card, names one with consent, stops it, and sees a card’s loads with what proves them', async () => {
  const headers = await as('operator')
  const agent = { name: '代理点', operator: '12205810', keeper: 'clerk', state: 'active', creditFen: 100_000 }
  await call({ method: 'PUT', url: '/v1/load-agents/A01', headers, payload: agent })
  const clerk = await as('clerk')
  const loaded = testCard(4)
  const id = randomUUID()
  const body = { cardNumber: loaded.number, amount: 5000, agent: 'A01', card: loaded.ask(5000).body }
  const begun = await call({ method: 'PUT', url: `/v1/card-loads/${id}`, headers: clerk, payload: body })
  const payload = { tac: loaded.credit(begun.body) }
  await call({ method: 'POST', url: `/v1/card-loads/${id}/confirmation`, headers: clerk, payload })
  time.now = new Date(time.now.getTime() + 60_000)

  const page = await visit('/cards', { width: 390, height: 844 })
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'clerk')
  await page.fill('#sign-in-password', passwords.get('clerk')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  const lookUp = async (number: string) => {
    await page.fill('#card-number', number)
    await page.click('form.row .button.main')
    await page.waitForSelector(`article strong:text-is("${number}")`)
  }
  await lookUp(numbers[0]!)
  await page.click('article .button.main')
  await page.waitForSelector('article .badge.good')
  await lookUp(numbers[1]!)
  await page.fill('#holder-name', '陈一')
  await page.fill('#holder-number', '440100199003072033')
  await page.click('article form .button.main')
  await page.waitForSelector('.notice.bad')
  // The browser complains of the refusal, as it should.
  expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
  await page.check('#holder-consent')
  await page.click('article form .button.main')
  await page.waitForSelector('article .badge.good')
  await page.click('article button.button')
  await page.waitForSelector('article .badge.bad')
  await lookUp(loaded.number)
  expect(await page.locator('#history').textContent()).toContain('1')
  expect(await page.locator('.card-line').textContent()).toContain('TAC')
  expect(await overflowOf(page)).toBe(0)
  expect(new URL(page.url()).href).not.toContain(loaded.number)
  await page.setViewportSize({ width: 1440, height: 900 })
  expect(await overflowOf(page)).toBe(0)
})
