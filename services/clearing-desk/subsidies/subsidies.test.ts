// The desk's side of discounts, over HTTP: a real day priced by a worker, who bears what, one fare explained, claimed, paid and downloaded.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { seedDiscounts } from '../../../clearing/rating/discounts/seed-discounts.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { verifyDay } from '../../../clearing/settlement/verify-day.ts'
import { createTestApp } from '../../test-app.ts'
import { nightJobs } from '../night-jobs.ts'

const { parts, time, as, call } = await createTestApp()
const { context, sql } = parts
time.now = new Date('2026-03-03T01:00:00Z')
let operator: { authorization: string }
let day: BusinessDay

const get = async (path: string) => await call({ url: `/v1/clearing/${path}`, headers: operator })
const post = async (path: string, payload?: object) =>
  await call({ method: 'POST', url: `/v1/clearing/${path}`, headers: operator, ...(payload ? { payload } : {}) })

beforeAll(async () => {
  operator = await as('operator')
  await seedParticipants(sql)
  await seedDiscounts(sql)
  const packed = new URL('../../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
  const rides = gunzipSync(await readFile(packed))
    .toString('utf8')
    .split('\n')
    .slice(0, 400)
    .join('\n')
  const path = join(context.folders.inbox, 'rides.csv')
  await writeFile(path, `${rides}\n`)
  day = (await ingestFile(context, { path, name: 'rides.csv' }, time.now)).clearingDay!
  await closeDay(context, day, time.now)
  await settleDay(context, day, time.now)
})

async function work(name: string): Promise<string[]> {
  const job = nightJobs.find((each) => each.name === name)!
  const due = await job.due(parts, time.now)
  for (const id of due) await job.perform(parts, id, time.now)
  return due
}

it('has nothing of a day until a worker priced it, once', async () => {
  expect((await get(`days/${day}/discounts`)).body).toEqual({ legs: [], rides: [] })
  expect(await work('price-discounts')).toEqual([day])
  expect(await work('price-discounts')).toEqual([])
})

it('says who bears the discounts of a real day, and leads to the story of each fare', async () => {
  const { body } = await get(`days/${day}/discounts`)
  const bearers = new Set(body.legs.map(({ bearer }: { bearer: string }) => bearer))
  expect(bearers).toContain('operator')
  expect(bearers).toContain('issuer')
  const [ride] = body.rides
  const story = (await get(`transactions/${ride.id}`)).body
  expect(story.fare).toMatchObject({ scheme: 'shenzhen-2018', price: ride.price, due: ride.due, charged: ride.charged })
  const borne = story.fare.bearers.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0)
  expect(borne).toBe(ride.price - ride.due)
  await publishDay(context, day, time.now)
  const { firstFault, findings } = await verifyDay(context, day)
  expect(firstFault).toBeNull()
  expect(findings.find(({ check }) => check === 'discounts')?.detail).toMatch(/^\d+ rides priced, \d+ legs/)
})

it('claims a month that is over by itself, down to the ride, and books what is paid', async () => {
  expect(await work('claim-subsidies')).toEqual(['2018-09-01'])
  expect(await work('claim-subsidies')).toEqual([])
  const { body: claims } = await get('claims?month=2018-09')
  expect(claims.length).toBeGreaterThan(0)
  expect((await get('claims?month=2018-10')).body).toEqual([])
  expect((await post('claims', { month: '2018-09' })).body).toEqual(claims)
  expect((await post('claims', { month: '2026-03' })).body.code).toBe('month-not-over')
  const [claim] = claims
  const file = await call({ url: `/v1/clearing/claims/${claim.id}/file`, headers: operator })
  expect(file.body.trimEnd().split('\r\n')).toHaveLength(claim.file.lines + 2)
  expect((await call({ url: `/v1/clearing/claims/${claim.id}/signature`, headers: operator })).status).toBe(200)
  expect((await get('claims/999/file')).body.code).toBe('subsidy-claim-not-found')
  expect((await post(`claims/${claim.id}/payment`)).body.code).toBe('subsidy-claim-paid')
  expect((await call({ url: '/v1/clearing/claims', headers: await as('clerk') })).body.code).toBe('not-permitted')
})
