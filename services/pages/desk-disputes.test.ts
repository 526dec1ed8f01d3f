// The desk's disputes and expected files in a real browser, on a desk and on a phone.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { proposeBooking } from '../../clearing/disputes/book-dispute.ts'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { publishDay } from '../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import { createTestApp } from '../test-app.ts'
import { openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
time.now = new Date('2026-03-03T02:00:00Z')
const { context, sql } = parts
const { visit, complaints } = await openTestBrowser(app, time)
const desk: Viewport = { width: 1440, height: 900 }
let day: BusinessDay
let line: { id: string; issuer: string }

beforeAll(async () => {
  await seedParticipants(sql)
  const packed = new URL('../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
  const rides = gunzipSync(await readFile(packed))
    .toString('utf8')
    .split('\n')
    .slice(0, 60)
    .join('\n')
  const path = join(context.folders.inbox, 'rides.csv')
  await writeFile(path, `${rides}\n`)
  day = (await ingestFile(context, { path, name: 'rides.csv' }, time.now)).clearingDay!
  await closeDay(context, day, time.now)
  await settleDay(context, day, time.now)
  await publishDay(context, day, time.now)
  const [row] = await sql<{ id: string; issuer: string }[]>`
    select file_id || ':' || line_number as id, code as issuer
    from card_transaction join participant on participant.id = issuer
    where amount > 0 and passage <> 1 order by file_id, line_number limit 1`
  line = row!
})

test('a dispute is raised, answered, proposed, not approved by the same person, and its day says so', async () => {
  const page = await visit('/desk#/disputes', desk)
  await signIn(page)
  await page.waitForSelector('text=没有差错')
  await page.click('summary:has-text("代机构发起差错")')
  await page.fill('#dispute-transaction', line.id)
  await page.selectOption('#dispute-kind', 'chargeback')
  await page.fill('#dispute-amount', '0.5')
  await page.fill('#dispute-party', line.issuer)
  await page.click('button:has-text("代为发起")')
  await page.waitForSelector('.badge:has-text("待应答")')
  await page.click('button:has-text("代为同意")')
  await page.click('button:has-text("经办")')
  await page.click('button:has-text("复核")')
  await page.waitForSelector('text=须由另一人复核')
  const [dispute] = await sql<{ id: number }[]>`select id from dispute`
  await expect(proposeBooking(context, dispute!.id, { maker: 'x', now: time.now })).rejects.toMatchObject({
    code: 'dispute-decided'
  })
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("证据")')])
  expect((await readFile(await download.path())).subarray(0, 2).toString()).toBe('PK')
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
  await page.setViewportSize({ width: 390, height: 800 })
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
  await page.setViewportSize(desk)
  await page.goto(page.url().replace(/#.*/, `#/days/${day}/expected`))
  await page.waitForSelector('text=应到文件')
  await page.waitForSelector('.badge:has-text("有争议")')
  await page.context().close()
  expect(complaints.filter((complaint) => !/40[39]|409/.test(complaint))).toEqual([])
})

async function signIn(page: Page): Promise<void> {
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'operator')
  await page.fill('#sign-in-password', passwords.get('operator')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('dialog', { state: 'detached' })
}
