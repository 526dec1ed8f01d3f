// The desk's view of the national centre in a real browser: nothing to see without one, and a difference that is settled at a press.
import { afterEach, expect, test } from 'vitest'
import { transaction } from '../../clearing/database.ts'
import { fen } from '../../clearing/money.ts'
import { insertDifferences, listDifferences } from '../../clearing/national/difference-queries.ts'
import { seedNationalCentre } from '../../clearing/national/seed-national-centre.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
afterEach(() => expect(complaints.splice(0)).toEqual([]))

test('an operator sees the account with the national centre and settles a difference', async () => {
  const { sql } = parts
  await seedParticipants(sql)
  await seedNationalCentre(sql)
  const difference = { kind: 'keep-differs', reference: '7:12', amount: fen(3), detail: 'they keep 0.9' } as const
  await transaction(sql, async (tx) => await insertDifferences(tx, [difference], new Date()))
  const page = await visit('/desk#/national', { width: 1440, height: 900 })
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'operator')
  await page.fill('#sign-in-password', passwords.get('operator')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('text=费用不符')
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
  expect(await faultsOf(page)).toEqual([])
  await page.click('button:has-text("了结")')
  await page.waitForSelector('text=没有差异')
  expect(await listDifferences(sql, { open: true, limit: 10 })).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
  expect(await faultsOf(page)).toEqual([])
})
