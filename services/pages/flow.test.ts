import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { analyseDay } from '../insight/flow/analyse-day.ts'
import { takeShenzhenDay } from '../local/sample-province/sample-days.ts'
import { laySampleFlow } from '../local/sample-province/sample-flow.ts'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, passwords, call, as } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
const day = '2018-09-01' as BusinessDay
afterEach(() => expect(complaints.splice(0)).toEqual([]))

beforeAll(async () => {
  await seedParticipants(parts.sql)
  await laySampleFlow(parts.sql)
  const workshop = await mkdtemp(join(tmpdir(), 'flow-'))
  await takeShenzhenDay(parts.context, { workshop, day: '2026-11-02' as BusinessDay })
})

test('the real day of Shenzhen says when, from where to where, and how sure that is', async () => {
  const analysed = await analyseDay(parts.sql, day, new Date())
  // 36,999 accepted; every terminal's line is in the file, some metro gates have no station. 412: as a script of thirty lines counts them.
  expect(analysed).toMatchObject({ taps: 36_999, known: 36_999, inferred: 0, journeys: 412, paired: 412 })
  expect(analysed.openEntries + analysed.paired).toBeLessThanOrEqual(9620)
  const operator = await as('operator')
  const get = async (path: string) => (await call({ url: `/v1/flow/days/${day}/${path}`, headers: operator })).body
  const { rows } = await get('discounts')
  const metroOne = rows.filter((row: { lineName: string }) => row.lineName === '地铁一号线')
  // As awk finds it in the file.
  const sum = (name: string) => metroOne.reduce((all: number, row: Record<string, number>) => all + row[name]!, 0)
  expect([sum('amount'), sum('price')]).toEqual([820_775, 906_000])

  const page = await visit('/flow', { width: 1440, height: 900 })
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'operator')
  await page.fill('#sign-in-password', passwords.get('operator')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.locator('canvas').nth(2).waitFor()
  expect(await overflowOf(page)).toBe(0)
  expect(await faultsOf(page)).toEqual([])
  await page.locator('button.quiet', { hasText: '福田区' }).first().click()
  await page.locator('#pairs .notice, #pairs .empty, #pairs table').first().waitFor()

  await page.setViewportSize({ width: 390, height: 844 })
  await page.click('#language')
  await page.locator('h2', { hasText: 'Load along a line' }).waitFor()
  expect(await overflowOf(page)).toBe(0)
  expect(await faultsOf(page)).toEqual([])
})
