import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { openClearingContext } from './context.ts'
import { transaction } from './database.ts'
import { ingestFile } from './ingestion/ingest-file.ts'
import { findClearingCentre } from './participants/participant-queries.ts'
import { seedParticipants } from './participants/seed-participants.ts'
import { closeDay } from './settlement/close-day.ts'
import { publishDay } from './settlement/publish-day.ts'
import { settleDay } from './settlement/settle-day.ts'
import { createTestDatabase } from './test-database.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'refusals-'))
const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
const now = new Date('2026-03-03T02:30:00+08:00')
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})
const refused = (code: string) => expect.objectContaining({ code })

it('a network without its clearing centre is said to lack it', async () => {
  await expect(findClearingCentre(sql)).rejects.toEqual(refused('participant-not-found'))
  await seedParticipants(sql)
  expect((await findClearingCentre(sql)).role).toBe('clearing-centre')
})

it('a format nobody knows is named', async () => {
  const file = { path: join(folder, 'x'), name: 'x.csv', format: 'csv-of-mine' }
  await expect(ingestFile(context, file, now)).rejects.toEqual(refused('format-unknown'))
})

it('a day is not settled without an agreement, nor published when a line was lost; mended, it goes on', async () => {
  const packed = new URL('../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
  const lines = gunzipSync(await readFile(packed))
    .toString('utf8')
    .split('\n')
    .slice(0, 40)
  lines[20] = 'what is this'
  const path = join(folder, 'rides.csv')
  await writeFile(path, `${lines.join('\n')}\n`)
  const receipt = await ingestFile(context, { path, name: 'rides.csv', format: 'shenzhen-open-data' }, now)
  const day = receipt.clearingDay!
  await closeDay(context, day, now)

  await sql`update agreement set valid_from = valid_from + 100000`
  await expect(settleDay(context, day, now)).rejects.toEqual(refused('agreement-missing'))
  await sql`update agreement set valid_from = valid_from - 100000`
  expect(await settleDay(context, day, now)).toMatchObject({ day })

  const [lost] = await transaction(sql, async (tx) => await tx`delete from card_reject returning *`)
  await expect(publishDay(context, day, now)).rejects.toEqual(refused('line-without-fate'))
  await transaction(sql, async (tx) => await tx`insert into card_reject ${tx(lost as never)}`)
  expect(await publishDay(context, day, now)).toMatchObject({ day })
})
