// R6: a past day made again is the same bytes; a file that comes late for it changes nothing that was published, and gives those it
// touches, and nobody else, an adjustment statement.
import { execFileSync } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import { addDays, type BusinessDay } from '../business-day.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import type { FabricatedFile } from '../fabrication/manifest.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { closeDay } from '../settlement/close-day.ts'
import { findDay } from '../settlement/clearing-day-queries.ts'
import { explainTransaction } from '../settlement/explain-transaction.ts'
import { publishDay } from '../settlement/publish-day.ts'
import { settleDay } from '../settlement/settle-day.ts'
import { verifyDay } from '../settlement/verify-day.ts'
import { createTestDatabase } from '../test-database.ts'
import { openAdjustment } from './open-adjustment.ts'
import { publishAdjustment } from './publish-adjustment.ts'
import { settleAdjustment } from './settle-adjustment.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'adjustment-'))
const now = new Date('2026-03-03T02:30:00+08:00')
const later = new Date('2026-03-05T10:00:00+08:00')
const day = '2026-03-03' as BusinessDay
const tacs = tacBatch(sampleTacRoots)
let context: ClearingContext
let late: FabricatedFile
let inTime: FabricatedFile[]

beforeAll(async () => {
  await seedParticipants(sql)
  context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  const { files } = await fabricateCardDay(
    {
      transactions: 600,
      seed: 31,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: ['12205810', '12215840'],
      troubles: { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 },
      recordsPerFile: 100
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  late = files.findLast((file) => file.acquirer === '12215840')!
  inTime = files.filter((file) => file !== late)
  for (const { name } of inTime) await ingestFile(context, { path: join(folder, name), name }, now)
})
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

/** Digests of every file below the published folder of the day. */
async function published(): Promise<string[]> {
  const names = (await readdir(join(context.folders.published, day), { recursive: true })).sort()
  const files = names.filter((name) => name.includes('.') || name.endsWith('A'))
  return await Promise.all(
    files.map(async (name) => `${name} ${(await readFile(join(context.folders.published, day, name))).toString('hex')}`)
  )
}

it('is not opened for a day that nobody opened or published', async () => {
  const terms = { reason: 'x', now }
  await expect(openAdjustment(context, '2020-01-01' as BusinessDay, terms)).rejects.toMatchObject({
    code: 'clearing-day-not-found'
  })
  await expect(openAdjustment(context, day, terms)).rejects.toMatchObject({ code: 'clearing-day-not-published' })
  const file = { path: join(folder, late.name), name: late.name, lateFor: day }
  await expect(ingestFile(context, file, now)).rejects.toMatchObject({ code: 'clearing-day-not-published' })
})

it('settles a file that came late for a past day with the rates of that day, and tells those it touches alone', async () => {
  await closeDay(context, day, now)
  await settleDay(context, day, now)
  await publishDay(context, day, now)
  const before = await published()
  const numbers = await sql`select participant, number from statement_number`

  const run = await openAdjustment(context, day, { reason: '车载机迟传', now: later })
  expect((await findDay(sql, day))!.state).toBe('adjusting')
  const receipt = await ingestFile(context, { path: join(folder, late.name), name: late.name, lateFor: day }, later)
  expect(receipt).toMatchObject({ state: 'accepted', clearingDay: null, adjustment: { day, number: 1 } })
  await expect(publishAdjustment(context, day, { number: 2, now: later })).rejects.toMatchObject({
    code: 'adjustment-not-found'
  })
  await expect(publishAdjustment(context, day, { number: 1, now: later })).rejects.toMatchObject({
    code: 'adjustment-not-settled'
  })
  const settled = await Promise.all(
    [1, 2].map(async () => await settleAdjustment(context, day, { number: run.number, now: later }))
  )
  expect(settled[0]).toEqual(settled[1])
  const files = await publishAdjustment(context, day, { number: run.number, now: later })

  const touched = await sql`select participant from adjustment_position where run = ${run.id} order by 1`
  expect([...new Set(files.map((file) => file.participant))].sort((a, b) => a - b)).toEqual(
    touched.map((row) => row['participant'] as number)
  )
  expect(touched.length).toBeLessThan(numbers.length)
  expect(await sql`select sum(net)::integer as net from adjustment_position`).toEqual([{ net: 0 }])
  const [own] = await sql`
    select count(*)::integer as gaps from (
      select participant from statement_number group by participant having count(*) <> max(number))`
  expect(own).toEqual({ gaps: 0 })
  expect((await findDay(sql, day))!.state).toBe('published')

  const after = await published()
  expect(after.filter((file) => !file.startsWith('adjustment-1/'))).toEqual(before)
  const page = files.find((file) => file.kind === 'statement')!
  expect(await readFile(join(context.folders.published, page.storedAs), 'utf8')).toContain('车载机迟传')
})

it('is verified with the day, and is the same whenever it is made again', async () => {
  const before = await published()
  await rm(join(context.folders.published, day, 'adjustment-1'), { recursive: true })
  await publishAdjustment(context, day, { number: 1, now: new Date() })
  await publishDay(context, day, new Date())
  expect(await published()).toEqual(before)
  const report = await verifyDay(context, day)
  expect(report.firstFault).toBeNull()
  expect(report.findings.at(-1)!.check).toBe('adjustment 1')
  const place = join(context.folders.published, day, 'adjustment-1')
  const [name] = (await readdir(place)).filter((each) => each.endsWith('.pdf'))
  const command = `dgst -sm3 -verify statement-signature.pem -sigopt distid:1234567812345678 -signature ${name}.sig ${name}`
  expect(execFileSync('openssl', command.split(' '), { cwd: place, encoding: 'utf8' })).toContain('Verified OK')
})

it('explains a late line by its adjustment: value date, statements and position', async () => {
  const [row] = await sql`
    select file_id, line_number from card_transaction join card_file on card_file.id = file_id
    where adjustment is not null and card_transaction.amount > 0 limit 1`
  const story = await explainTransaction(context, `${row!['fileId']}:${row!['lineNumber']}`)
  expect(story).toMatchObject({
    file: { clearingDay: null, adjustment: { day, number: 1 } },
    fee: { chargeRate: '0.0035' },
    day: { day, statements: [{ number: 2 }, { number: 2 }] }
  })
})

it('takes what comes after a run was closed into the next one', async () => {
  const next = await openAdjustment(context, day, { reason: 'again', now: later })
  expect(next.number).toBe(2)
  await settleAdjustment(context, day, { number: 2, now: later })
  expect(await publishAdjustment(context, day, { number: 2, now: later })).toEqual([])
  await transaction(sql, async (tx) => {
    await expect(tx.savepoint(async (point) => await point`update adjustment_total set amount = 1`)).rejects.toThrow(
      'append-only'
    )
  })
  expect((await findDay(sql, addDays(day, 1)))!.state).toBe('open')
})
