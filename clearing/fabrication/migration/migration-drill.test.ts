import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addDays, calendarDay } from '../../business-day.ts'
import { openClearingContext, type ClearingContext } from '../../context.ts'
import { ingestFile } from '../../ingestion/ingest-file.ts'
import { listAlgorithms } from '../../participants/algorithms/algorithm-queries.ts'
import { seedParticipants } from '../../participants/seed-participants.ts'
import { createTestDatabase } from '../../test-database.ts'
import { playMigration, stages } from './migration-drill.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'migration-'))
let context: ClearingContext
const now = new Date()

beforeAll(async () => {
  context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  await seedParticipants(sql)
})
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

it('from all 3DES to all SM4 no good transaction is refused, at a terminal or by the clearing', async () => {
  const acquirers = ['12205810', '12215840']
  const from = addDays(calendarDay(now), -stages.length)
  const results = await playMigration(
    { cards: 40, tapsPerStage: 60, from, seed: 5, acquirers },
    async (name, bytes) => {
      const handle = await open(join(folder, name), 'a')
      await handle.writeFile(bytes)
      await handle.close()
    }
  )
  expect(results.map(({ refused }) => refused)).toEqual(stages.map(() => 0))
  const shares = results.map(({ sm4, taps }) => sm4 / taps)
  expect([shares[0], shares.at(-1)]).toEqual([0, 1])
  expect(shares.toSorted((a, b) => a - b)).toEqual(shares)
  for (const { files, day, taps, sm4 } of results) {
    let accepted = 0
    for (const { name, lines } of files) {
      const receipt = await ingestFile(context, { path: join(folder, name), name }, now)
      expect(receipt).toMatchObject({ state: 'accepted', accepted: lines, rejected: 0 })
      accepted += lines
    }
    expect(accepted).toBe(taps)
    const rows = await listAlgorithms(sql, day)
    expect(rows.reduce((sum, row) => sum + row.sm4Transactions, 0)).toBe(sm4)
    expect(rows.reduce((sum, row) => sum + row.desTransactions, 0)).toBe(taps - sm4)
  }
})
