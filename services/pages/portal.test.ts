// The participant's portal in a real browser: from the day to the position, to a total, to one line and back to its file.
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { fabricateCardDay } from '../../clearing/fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../../clearing/fabrication/sample-keys.ts'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { findParticipant } from '../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { publishDay } from '../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import { findSampleAccount } from '../access/access-queries.ts'
import { bindAccount } from '../clearing-desk/portal/portal-queries.ts'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
const day = '2026-03-03' as BusinessDay
afterEach(() => expect(complaints.splice(0)).toEqual([]))

beforeAll(async () => {
  const { sql, context } = parts
  await seedParticipants(sql)
  const folder = await mkdtemp(join(tmpdir(), 'portal-page-'))
  const tacs = tacBatch(sampleTacRoots)
  const now = new Date('2026-03-03T02:30:00+08:00')
  const { files } = await fabricateCardDay(
    {
      transactions: 200,
      seed: 3,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: ['12205810'],
      troubles: { badTacs: 2, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  for (const { name } of files) await ingestFile(context, { path: join(folder, name), name }, now)
  await closeDay(context, day, now)
  await settleDay(context, day, now)
  await publishDay(context, day, now)
  const account = (await findSampleAccount(sql, 'participant'))!
  const participant = (await findParticipant(sql, '12205810'))!
  await transaction(sql, async (tx) => await bindAccount(tx, account.id, participant.id))
  await rm(folder, { recursive: true, force: true })
})

test('a participant finds its position, its totals, one line, and the file and byte it came from', async () => {
  const page = await visit('/portal', { width: 1440, height: 900 })
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'participant')
  await page.fill('#sign-in-password', passwords.get('participant')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.click(`a[href="#/day/${day}"]`)
  await page.locator('.position').waitFor()
  expect(await overflowOf(page)).toBe(0)
  expect(await faultsOf(page)).toEqual([])
  await page.locator('a[href^="#/lines/"]').first().click()
  await page.locator('a[href^="#/line/"]').first().click()
  await page.locator('.story').waitFor()
  expect(await page.locator('.story').innerText()).toContain('12205810')
  expect(await page.locator('.story a').count()).toBe(0)

  await page.setViewportSize({ width: 390, height: 844 })
  await page.click('#language')
  await page.click('a[data-view="files"]')
  await page.locator('a[href^="#/rejects/"]').click()
  await page.locator('h1', { hasText: 'Rejected lines' }).waitFor()
  expect(await page.locator('tbody tr').count()).toBe(2)
  expect(await overflowOf(page)).toBe(0)
  expect(await faultsOf(page)).toEqual([])
})
