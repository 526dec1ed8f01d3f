// R4 and the crashes of R5 in small, with real files: days are closed, settled and published while files come in, and publications
// break off half-way; at the end every file is in one day, every line has one fate, and the money of all days is zero.
import { appendFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import { addDays, clearingDayAt, type BusinessDay } from '../business-day.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import type { Manifest } from '../fabrication/manifest.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { replaceHotlist } from '../participants/hotlist-queries.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { createTestDatabase } from '../test-database.ts'
import { openDay } from './clearing-day-queries.ts'
import { closeDay } from './close-day.ts'
import { publishDay } from './publish-day.ts'
import { settleDay } from './settle-day.ts'
import { verifyDay } from './verify-day.ts'

const { sql } = await createTestDatabase({ connections: 20 })
const folder = await mkdtemp(join(tmpdir(), 'close-under-load-'))
const now = new Date('2026-03-03T02:30:00+08:00')
const firstDay = clearingDayAt(now)
const tacs = tacBatch(sampleTacRoots)
let context: ClearingContext
let manifest: Manifest
let lastDay: BusinessDay

beforeAll(async () => {
  await seedParticipants(sql)
  context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  manifest = await fabricateCardDay(
    {
      transactions: 3000,
      seed: 23,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: ['12205810', '12215840'],
      recordsPerFile: 60
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  for (const [issuer, cards] of Map.groupBy(manifest.hotlist, (entry) => entry.issuer)) {
    const id = (await findParticipant(sql, issuer))!.id
    const numbers = cards.map((card) => card.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, id, numbers, new Date('2026-01-01T00:00:00Z')))
  }
  await transaction(sql, async (tx) => await openDay(tx, firstDay, now))
})
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

it('puts each file into exactly one day while days are closed and settled under it', async () => {
  const waiting = manifest.files.map((file) => file.name)
  expect(waiting.length).toBeGreaterThan(45)
  const senders = Array.from({ length: 4 }, async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await ingestFile(context, { path: join(folder, name), name }, now)
  })
  let day = firstDay
  const closing = async (): Promise<void> => {
    while (waiting.length > 0) {
      // Ten more files, four of them in the making when the day closes.
      for (const goal = Math.max(waiting.length - 10, 0); waiting.length > goal;) await setTimeout(2)
      await Promise.all([closeDay(context, day, now), closeDay(context, day, now)])
      await Promise.all([settleDay(context, day, now), settleDay(context, day, now)])
      day = addDays(day, 1)
    }
  }
  await Promise.all([...senders, closing()])
  await closeDay(context, day, now)
  await settleDay(context, day, now)
  lastDay = day
  const [sums] = await sql`
    select (select count(*)::integer from card_file where state = 'accepted') as files,
      (select sum(transactions + entries)::integer from settlement_total) as accepted,
      (select sum(amount)::bigint from settlement_total) as amount, (select sum(net)::bigint from position) as net,
      (select count(distinct clearing_day)::integer from card_file) as days`
  const { files, accepted, amount } = manifest
  expect(sums).toMatchObject({ files: files.length, accepted, amount, net: 0 })
  expect(sums!['days']).toBeGreaterThan(1)
})

it('publishes nothing of a day whose archive was changed, and all of it once that is mended', async () => {
  const [file] = await sql<
    { storedAs: string }[]
  >`select stored_as from card_file where clearing_day = ${firstDay} limit 1`
  const path = join(context.folders.archive, file!.storedAs)
  await rename(path, `${path}.away`)
  await expect(publishDay(context, firstDay, now)).rejects.toThrow('ENOENT')
  const bytes = await readFile(`${path}.away`)
  bytes[bytes.length - 3]! ^= 1
  await appendFile(path, bytes)
  await expect(publishDay(context, firstDay, now)).rejects.toMatchObject({ code: 'archive-differs' })
  expect((await readdir(context.folders.published)).filter((name) => !name.startsWith('.making-'))).toEqual([])
  expect(await sql`select count(*)::integer as files from published_file`).toEqual([{ files: 0 }])
  await rename(`${path}.away`, path)
  expect((await publishDay(context, firstDay, now)).files.length).toBeGreaterThan(0)
})

it('publishes every day in order, by two publishers at once, each day sound', async () => {
  await expect(publishDay(context, lastDay, now)).rejects.toMatchObject({ code: 'earlier-day-open' })
  for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
    const [one, other] = await Promise.all([publishDay(context, day, now), publishDay(context, day, new Date())])
    expect(one).toEqual(other)
    expect((await verifyDay(context, day)).firstFault).toBeNull()
  }
  const gaps = await sql`
    select participant from statement_number group by participant
    having count(*) <> max(number) or min(number) <> 1 or array_agg(day order by number) <> array_agg(day order by day)`
  expect(gaps).toHaveLength(0)
})

it('tells the centre of lines whose operator has nothing else that day', async () => {
  const name = 'rides-all-refused.csv'
  const head =
    'card_no,deal_date,deal_type,deal_money,deal_value,equ_no,company_name,station,car_no,conn_mark,close_date'
  const ride = 'BEBABAHFE,2018-09-01 11:17:31,巴士,200,200,263027121,巴士集团,M506,01620D,0,2018-09-01 00:00:00'
  const send = async (lines: string[], as: string) => {
    await appendFile(join(folder, as), [head, ...lines, ''].join('\n'))
    return await ingestFile(context, { path: join(folder, as), name: as }, now)
  }
  const once = await send([ride], 'one-ride.csv')
  const night = async (day: BusinessDay) => {
    await closeDay(context, day, now)
    await settleDay(context, day, now)
    return await publishDay(context, day, now)
  }
  await night(once.clearingDay!)
  const again = await send([ride, 'not a ride'], name)
  expect(again).toMatchObject({ accepted: 0, rejected: 2 })
  const { files } = await night(again.clearingDay!)
  expect(files.map((file) => [file.participant, file.kind, file.lines])).toContainEqual(['30085800', 'transactions', 2])
  expect((await verifyDay(context, again.clearingDay!)).firstFault).toBeNull()
})
