// A day of cards in software whose terminals charge by the schemes of their cities: clearing finds every fare right, and knows who bears it.
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { tacBatch } from '../../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../../business-day.ts'
import { openClearingContext } from '../../context.ts'
import { fabricateCardDay } from '../../fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../../fabrication/sample-keys.ts'
import { ingestFile } from '../../ingestion/ingest-file.ts'
import { seedParticipants } from '../../participants/seed-participants.ts'
import { closeDay } from '../../settlement/close-day.ts'
import { settleDay } from '../../settlement/settle-day.ts'
import { verifyDiscounts } from '../../settlement/verification/verify-discounts.ts'
import { createTestDatabase } from '../../test-database.ts'
import { sampleSchemes } from '../discounts/sample-schemes.ts'
import { seedDiscounts } from '../discounts/seed-discounts.ts'
import { priceDay } from './price-rides.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'card-day-'))
const now = new Date('2026-03-03T02:30:00+08:00')
const day = '2026-03-03' as BusinessDay
const tacs = tacBatch(sampleTacRoots)
const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

it('is priced as its terminals charged it, tiers and all, and nobody is owed anything back', async () => {
  await seedParticipants(sql)
  await seedDiscounts(sql)
  const { files } = await fabricateCardDay(
    {
      transactions: 3000,
      seed: 7,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      schemes: sampleSchemes,
      busyCards: { city: '5810', cards: 2, share: 0.1 }
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  for (const { name } of files) await ingestFile(context, { path: join(folder, name), name }, now)
  await closeDay(context, day, now)
  await expect(priceDay(context, day, now)).rejects.toMatchObject({ code: 'clearing-day-not-settled' })
  await expect(priceDay(context, '2020-01-01' as BusinessDay, now)).rejects.toMatchObject({
    code: 'clearing-day-not-found'
  })
  await settleDay(context, day, now)
  const { legs, rides, repriced } = await priceDay(context, day, now)
  expect(repriced).toBe(0)
  expect(rides).toBeGreaterThan(500)
  expect(new Set(legs.map(({ bearer }) => bearer))).toEqual(new Set(['operator', 'issuer', 'government']))
  expect(new Set(legs.map(({ scheme }) => scheme))).toEqual(new Set(['shenzhen-2018', 'guangzhou-2023', 'zhuhai-2018']))
  const tiers = await sql`select distinct tier from priced_ride order by tier`
  expect(tiers.map((row) => row['tier'] as number)).toEqual([0, 1, 2])
  expect(await verifyDiscounts(sql, day)).toMatch(/rides priced/)
})
