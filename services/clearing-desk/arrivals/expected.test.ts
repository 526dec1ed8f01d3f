// Files that are expected: awaited, missing and chased, late once they come, and never missing after that; gaps in numbers and counters.
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tacBatch } from '../../../card-crypto/tac-batch.ts'
import { addDays, type BusinessDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { fabricateCardDay } from '../../../clearing/fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../../../clearing/fabrication/sample-keys.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { chaseGaps } from '../../../clearing/arrivals/chase-gaps.ts'
import { saveContact } from '../../../clearing/arrivals/gap-queries.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { nightJobs } from '../night-jobs.ts'
import { tellChases } from './tell-chases-job.ts'

const { parts, time, as, call } = await createTestApp()
const { context, sql } = parts
const day = '2026-03-03' as BusinessDay
time.now = new Date('2026-03-02T22:00:00+08:00')
let operator = await as('operator')
await seedParticipants(sql)
const expected = async () => (await call({ url: `/v1/clearing/days/${day}/expected`, headers: operator })).body
const put = async (participant: string, payload: object) =>
  await call({ method: 'PUT', url: `/v1/clearing/expected/${participant}`, headers: operator, payload })
const chasing = nightJobs.find(({ name }) => name === 'chase-missing')!

it('are awaited, then missing and chased once, then late, and never missing again', async () => {
  const tacs = tacBatch(sampleTacRoots)
  const folder = context.folders.inbox
  const { files } = await fabricateCardDay(
    {
      transactions: 400,
      seed: 41,
      day: addDays(day, -1),
      signTacs: (records, count) => tacs.stamp(records, count),
      acquirers: ['12205810', '12215840'],
      troubles: { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 },
      recordsPerFile: 50
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  const take = async (file: (typeof files)[number]) =>
    await ingestFile(context, { path: join(folder, file.name), name: file.name }, time.now)
  for (const code of ['12205810', '12215840'])
    expect((await put(code, { from: day, minutesBeforeCut: 60 })).status).toBe(204)
  expect((await put('99999999', { from: day, minutesBeforeCut: 60 })).body).toMatchObject({
    code: 'participant-not-found'
  })
  const [first, ...others] = files.filter((file) => file.acquirer === '12205810')
  expect(await take(first!)).toMatchObject({ clearingDay: day })
  const states = async () => (await expected()).files.map(({ state }: { state: string }) => state)
  expect(await states()).toEqual(['arrived', 'awaited'])
  expect(await chasing.due(parts, time.now)).toEqual([])

  time.now = new Date('2026-03-03T02:30:00+08:00')
  operator = await as('operator')
  expect(await states()).toEqual(['arrived', 'missing'])
  expect(await chasing.due(parts, time.now)).toEqual([day])
  await chasing.perform(parts, day, time.now)
  expect(await chasing.due(parts, time.now)).toEqual([])
  expect((await expected()).files[1].chasedAt).toBe(time.now.toISOString())

  // The second file is lost on its way, and a line of the last one.
  for (const file of others.slice(1)) await take(file)
  const gaps = (await expected()).numberGaps
  expect(gaps).toMatchObject([{ code: '12205810', from: gaps[0].to }])
  // A terminal that counted 10 and 13 lost two on the way.
  await transaction(sql, async (tx) => {
    const rows = await tx`select file_id, line_number from card_transaction order by 1, 2 limit 2`
    for (const [nth, row] of rows.entries())
      await tx`
        update card_transaction set terminal_number = 1, terminal_sequence = ${10 + nth * 3}
        where file_id = ${row['fileId'] as number} and line_number = ${row['lineNumber'] as number}`
  })
  const counters = (await expected()).counterGaps
  expect(counters).toMatchObject([{ terminal: '1', first: 10, last: 13, seen: 2 }])
  await take(others[0]!)
  expect((await expected()).numberGaps).toEqual([])
  for (const file of files.filter((each) => each.acquirer === '12215840')) await take(file)
  expect(await states()).toEqual(['arrived', 'late'])
  expect(await chasing.due(parts, time.now)).toEqual([])

  await put('12215840', { from: day, minutesBeforeCut: null })
  expect(await states()).toEqual(['arrived'])
})

it('gaps are asked for once each, in a message to every contact, when the day is looked over', async () => {
  const participant = (await findParticipant(sql, '12205810'))!.id
  await transaction(sql, async (tx) => {
    await saveContact(tx, { participant, means: 'sms', address: '13800005678' })
  })
  for (let twice = 0; twice < 2; twice++) await chaseGaps({ sql }, day, time.now)
  const chases = await sql<{ kind: string; detail: string }[]>`
    select kind, detail from gap_chase where participant = ${participant} and day = ${day} order by kind`
  expect(chases.map((each) => each.kind)).toContain('counters')
  const sent: string[] = []
  const messenger = {
    send: async (messages: readonly { text: string }[]) =>
      messages.map(({ text }) => (sent.push(text), 'delivered' as const))
  }
  expect(await tellChases({ sql, messenger }, time.now)).toBe(chases.length)
  expect(await tellChases({ sql, messenger }, time.now)).toBe(0)
  expect(sent.join()).toContain('终端交易序号有缺口')
})
