// The desk's side of disputes and adjustments, over HTTP: raised, answered, proposed by one person and approved by another, settled.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { lapseDisputes } from '../../../clearing/disputes/answer-dispute.ts'
import { proposeBooking } from '../../../clearing/disputes/book-dispute.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { createTestApp } from '../../test-app.ts'
import { nightJobs } from '../night-jobs.ts'
import { listWaitingArrivals } from '../arrival-queries.ts'
import { takeArrivalsJob } from '../take-arrivals-job.ts'

const { parts, time, as, call } = await createTestApp()
const { context, sql } = parts
time.now = new Date('2026-03-03T01:00:00Z')
let operator: { authorization: string }
let day: BusinessDay
let lines: { id: string; issuer: string; acquirer: string; amount: number }[]

const get = async (path: string) => await call({ url: `/v1/clearing/${path}`, headers: operator })
const post = async (path: string, payload?: object) =>
  await call({ method: 'POST', url: `/v1/clearing/${path}`, headers: operator, ...(payload ? { payload } : {}) })

beforeAll(async () => {
  operator = await as('operator')
  await seedParticipants(sql)
  const packed = new URL('../../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
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
  lines = await sql<typeof lines>`
    select file_id || ':' || line_number as id, issuer.code as issuer, acquirer.code as acquirer, amount
    from card_transaction join participant as issuer on issuer.id = issuer join participant as acquirer on acquirer.id = acquirer
    where amount > 0 and passage <> 1 order by file_id, line_number`
})

const chargeback = (n: number) => ({
  transaction: lines[n]!.id,
  kind: 'chargeback',
  reason: '9103',
  adjustedAmount: 0,
  raisedBy: lines[n]!.issuer
})

it('takes a dispute through two persons into an adjustment that a worker publishes', async () => {
  const { status, body } = await post('disputes', chargeback(0))
  expect(status).toBe(201)
  expect((await post('disputes', chargeback(0))).body).toMatchObject({ code: 'dispute-refused' })
  expect((await get(`days/${day}`)).body.state).toBe('disputed')
  const answered = await post(`disputes/${body.id}/answer`, { answer: 'agreed', by: lines[0]!.acquirer })
  expect(answered.body.state).toBe('agreed')
  expect((await post(`disputes/${body.id}/approve`)).body).toMatchObject({ code: 'dispute-decided' })
  expect((await post(`disputes/${body.id}/propose`)).body.state).toBe('proposed')
  expect((await post(`disputes/${body.id}/approve`)).body).toMatchObject({ code: 'second-person-needed' })

  const other = await post('disputes', chargeback(1))
  await post(`disputes/${other.body.id}/answer`, { answer: 'agreed', by: lines[1]!.acquirer })
  await proposeBooking(context, other.body.id as number, { maker: 'a colleague', now: time.now })
  expect((await post(`disputes/${other.body.id}/approve`)).body).toMatchObject({ state: 'booked', adjustment: 1 })
  expect((await get(`days/${day}`)).body.state).toBe('adjusting')
  const { body: whole } = await get(`disputes/${other.body.id}`)
  expect(whole.events.map(({ event }: { event: string }) => event)).toEqual(['raised', 'agreed', 'proposed', 'booked'])
  expect((await get('disputes?state=proposed')).body).toHaveLength(1)
  expect((await get(`disputes/${other.body.id}/evidence`)).headers['content-type']).toBe('application/zip')
  expect((await get('disputes/999')).status).toBe(404)

  expect((await post(`days/${day}/adjustments/1/settle`)).body.state).toBe('settled')
  const publishing = nightJobs.find(({ name }) => name === 'adjust-day')!
  expect(await publishing.due(parts, time.now)).toEqual([`${day}/1`])
  await publishing.perform(parts, `${day}/1`, time.now)
  expect((await get(`days/${day}/adjustments`)).body).toMatchObject([{ number: 1, state: 'published' }])
  expect((await get(`days/${day}/published`)).body.some(({ kind }: { kind: string }) => kind === 'AD')).toBe(true)
  expect((await post(`days/${day}/adjustments`, { reason: '补录' })).body).toMatchObject({ number: 2, state: 'open' })
})

it('holds a participant only when another person approves', async () => {
  const hold = { participant: '12215840', action: 'hold', reason: '保证金不足' }
  const { status, body } = await post('holds', hold)
  expect(status).toBe(201)
  expect((await post('holds', hold)).body).toMatchObject({ code: 'hold-not-possible' })
  expect((await post(`holds/${body.id}/approve`)).body).toMatchObject({ code: 'second-person-needed' })
  expect((await get('holds')).body).toMatchObject([{ participant: '12215840', approvedAt: null }])
})

it('decides what nobody answered, in the night', async () => {
  await post('disputes', chargeback(2))
  const job = nightJobs.find(({ name }) => name === 'lapse-disputes')!
  expect(await job.due(parts, time.now)).toEqual([])
  const late = new Date(time.now.getTime() + 11 * 86_400_000)
  expect(await job.due(parts, late)).toEqual(['unanswered'])
  await job.perform(parts, 'unanswered', late)
  expect(await lapseDisputes(context, late)).toBe(0)
})

it('finishes a dispute file that came into the inbox, taken or refused with its code', async () => {
  const name = 'ED260305000000122158400000000009H'
  await writeFile(join(context.folders.inbox, name), 'nonsense')
  await writeFile(join(context.folders.inbox, `${name}.done`), '')
  const [work] = await takeArrivalsJob.due(parts, time.now)
  const [arrival] = await listWaitingArrivals(parts.sql)
  await takeArrivalsJob.perform(parts, work!, time.now)
  expect((await get(`arrivals/${arrival!.id}`)).body).toMatchObject({ state: 'refused', code: 'dispute-file-refused' })
})
