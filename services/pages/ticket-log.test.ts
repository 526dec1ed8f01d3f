import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { keepTicketLog } from '../ticket-log/append-events.ts'
import { proveTicket } from '../ticket-log/prove-event.ts'
import { at, createTestSale, readable, today } from '../ticketing/test-sale.ts'
import { openTestBrowser } from './test-browser.ts'

const { app, parts, find, sell } = await createTestSale()
const { visit, complaints } = await openTestBrowser(app)

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

test('a proof is checked in the browser, by the key and rules of the platform, and a changed one does not pass', async () => {
  const [departure] = await find('天河客运站', '惠州汽车总站', addDays(today, 2))
  const order = await sell(departure!)
  await readable(parts.sql)
  await keepTicketLog(parts, at(7))
  const proof = await proveTicket(parts.sql, order.coupons[0]!.ticketNo!)
  const folder = await mkdtemp(join(tmpdir(), 'proof-'))
  const fileOf = async (name: string, content: object): Promise<string> => {
    await writeFile(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const page = await visit('/ticket-log', { width: 390, height: 844 })
  await page.setInputFiles('#proof-file', await fileOf('good.json', proof))
  await page.waitForSelector('[role=status] .notice.good')
  expect(await page.locator('[role=status]').textContent()).toContain(order.coupons[0]!.ticketNo!)
  const events = proof.events.map((event) => ({ ...event, at: event.at.replace('2026', '2025') }))
  await page.setInputFiles('#proof-file', await fileOf('changed.json', { ...proof, events }))
  await page.waitForSelector('[role=status] .notice.bad')
  await page.setInputFiles('#proof-file', await fileOf('noise.json', { hello: 1 }))
  await page.waitForSelector('[role=status] .notice.bad')
})
