// The desk's money in a real browser: what one person releases another approves, money in suspense finds its way, reserves are drawn.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import { paymentJobs } from '../clearing-desk/money/payment-jobs.ts'
import { laySamplePayments } from '../local/sample-province/sample-payments.ts'
import { createTestApp } from '../test-app.ts'
import { openTestBrowser, overflowOf, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
time.now = new Date('2026-03-03T02:00:00Z')
const { context, sql } = parts
const { visit, complaints } = await openTestBrowser(app, time)
const desk: Viewport = { width: 1440, height: 900 }

async function work(): Promise<void> {
  for (const job of paymentJobs) for (const id of await job.due(parts, time.now)) await job.perform(parts, id, time.now)
}

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
  const day = (await ingestFile(context, { path, name: 'rides.csv' }, time.now)).clearingDay!
  await closeDay(context, day, time.now)
  await settleDay(context, day, time.now)
  await laySamplePayments(sql, time.now)
  await work()
})

test('two persons pay a day and return what nobody knows', async () => {
  const first = await visit('/desk#/money', desk)
  await signIn(first, 'operator')
  await first.click('button:has-text("经办付款")')
  await first.click('button:has-text("复核付款")')
  await first.waitForSelector('text=须由另一人复核')
  await first.selectOption('.suspense-form select', 'return')
  await first.click('.suspense-form button:has-text("经办")')
  await first.waitForSelector('.badge:has-text("退回")')
  expect(await first.locator('meter').count()).toBeGreaterThan(3)
  expect(await overflowOf(first)).toBeLessThanOrEqual(0)
  await first.setViewportSize({ width: 390, height: 800 })
  expect(await overflowOf(first)).toBeLessThanOrEqual(0)
  await first.context().close()
  const second = await visit('/desk#/money', desk)
  await signIn(second, 'operator2')
  await second.click('button:has-text("复核付款")')
  await second.waitForSelector('.badge:has-text("已复核")')
  await second.click('td button:has-text("复核")')
  await second.waitForSelector('text=没有挂账')
  await second.context().close()
  expect(complaints.filter((complaint) => !/403/.test(complaint))).toEqual([])
})

async function signIn(page: Page, name: string): Promise<void> {
  await page.click('main .button.main')
  await page.fill('#sign-in-name', name)
  await page.fill('#sign-in-password', passwords.get(name)!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('dialog', { state: 'detached' })
}
