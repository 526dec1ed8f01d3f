// The real day: 37,000 rides of Shenzhen Tong of 2018-09-01, taken in and compared with sums made by splitting strings.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { prepareFolders } from '../context.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { createTestDatabase } from '../test-database.ts'
import { ingestFile } from './ingest-file.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'shenzhen-day-'))
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: new Uint8Array(16) })
afterAll(async () => {
  await keys.close()
  await rm(folder, { recursive: true, force: true })
})
await seedParticipants(sql)
const context = { sql, keys, folders: await prepareFolders(folder) }
const packed = new URL('../../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
const csv = gunzipSync(await readFile(packed))
const incoming = { path: join(folder, 'day.csv'), name: 'shenzhen-tong-2018-09-01.csv' }
await writeFile(incoming.path, csv)
const now = new Date('2026-03-15T10:00:00+08:00')

const lines = csv.toString('utf8').trimEnd().split(/\r?\n/).slice(1)
const distinct = new Set(lines)

describe('the Shenzhen open-data day', () => {
  it('is accepted whole, but for the one line that is there twice', async () => {
    const receipt = await ingestFile(context, incoming, now)
    expect(receipt).toMatchObject({
      state: 'accepted',
      lines: 37_000,
      accepted: 36_999,
      rejected: 1,
      rejects: [{ code: '020002', count: 1 }],
      clearingDay: '2026-03-16',
      repeated: false
    })
    expect(lines).toHaveLength(37_000)
    expect(distinct.size).toBe(36_999)
    const [reject] = await sql`select line_number, code, detail, raw from card_reject`
    const text = (reject!['raw'] as Buffer).toString('utf8')
    const first = lines.indexOf(text)
    expect(lines.lastIndexOf(text)).toBe(reject!['lineNumber'] - 2)
    expect(reject!['detail']).toBe(`same content ${receipt.id}:${first + 2}`)
  })

  it('sums, operator by operator, to what the lines say', async () => {
    const expected = new Map<string, { rides: number; entries: number; charged: number; price: number }>()
    for (const line of distinct) {
      const [, , kind, money, value, , company] = line.split(',')
      const sums = expected.get(company!) ?? { rides: 0, entries: 0, charged: 0, price: 0 }
      if (kind === '地铁入站') sums.entries++
      else sums.rides++
      sums.charged += Number(money)
      sums.price += Number(value)
      expected.set(company!, sums)
    }
    const rows = await sql`
      select participant.name, count(*) filter (where passage <> 1)::integer as rides,
        count(*) filter (where passage = 1)::integer as entries, sum(amount)::integer as charged, sum(price)::integer as price
      from card_transaction join participant on participant.id = acquirer group by participant.name`
    expect(new Map(rows.map(({ name, ...sums }) => [name, sums]))).toEqual(expected)
  })

  it('is the first receipt when it comes again', async () => {
    const again = await ingestFile(context, incoming, new Date('2026-03-20T10:00:00+08:00'))
    expect(again).toMatchObject({ accepted: 36_999, clearingDay: '2026-03-16', repeated: true })
    expect(await sql`select count(*)::integer as rows from card_transaction`).toEqual([{ rows: 36_999 }])
  })
})
