// The first files of a day, whose rows go in before the day has keys.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore } from '../../../card-crypto/key-store.ts'
import { cdDetail } from '../../card-files/cttic-layouts.ts'
import { prepareFolders } from '../../context.ts'
import { transaction } from '../../database.ts'
import { seedParticipants } from '../../participants/seed-participants.ts'
import { createTestDatabase } from '../../test-database.ts'
import type { FileReceipt } from '../file-receipt.ts'
import { ingestFile, ingestFiles } from '../ingest-file.ts'
import { importSampleKey, ride, rideLine, upload, uploadName, type Ride } from '../test-upload.ts'
import { keyDay, openDays, partitionOf } from './day-queries.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'bare-days-'))
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: new Uint8Array(16) })
afterAll(async () => {
  await keys.close()
  await rm(folder, { recursive: true, force: true })
})
await importSampleKey(keys)
await seedParticipants(sql)
const context = { sql, keys, folders: await prepareFolders(folder) }
const now = new Date('2024-03-31T12:00:00+08:00')

/** Every test has a day of its own, which nobody has seen before; as text, and counted from 2000-01-01. */
let [date, day] = ['', 0]
beforeEach(() => {
  day = day === 0 ? 8830 : day + 1
  date = partitionOf(day).slice(-8)
})

let files = 0
async function send(lines: readonly Buffer[]): Promise<FileReceipt> {
  const name = uploadName(++files)
  const path = join(folder, name)
  await writeFile(path, upload({ lines }))
  return await ingestFile(context, { path, name }, now)
}

function line(n: number, changes: Partial<Ride> = {}): Buffer {
  return rideLine(ride(n, { date, ...changes }))
}

/** The line with another TAC. */
function forged(whole: Buffer): Buffer {
  const at = cdDetail.offset.tac
  whole[at] = whole[at] === 0x30 ? 0x31 : 0x30
  return whole
}

async function rejectsOf(receipt: FileReceipt): Promise<unknown[]> {
  return [
    ...(await sql`select line_number as line, code, detail from card_reject where file_id = ${receipt.id} order by 1`)
  ]
}

/** What the day's partition is at present. */
async function partition(): Promise<unknown> {
  const [row] = await sql`
    select relispartition as keyed, reloptions is null as vacuumed,
      (select count(*)::integer from pg_index where indrelid = pg_class.oid and indisunique) as indexes
    from pg_class where relname = ${partitionOf(day)}`
  return row
}

/** Does the work while nobody can key the day, though rows can go in; then lets go. */
async function whileKeyingWaits(work: () => Promise<void>): Promise<void> {
  await transaction(sql, async (tx) => {
    for (const number of ['card', 'terminal'])
      await tx`select pg_advisory_xact_lock(7236004, hashtext(${partitionOf(day) + number}))`
    await work()
  })
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await setTimeout(5)
}

async function keyingsWaiting(wanted: number): Promise<void> {
  await until(async () => {
    const [row] = await sql`
      select count(*)::integer as waiting from pg_stat_activity
      where datname = current_database() and query like '%key_card_transaction_day%' and wait_event_type = 'Lock'`
    return row!['waiting'] >= wanted
  })
}

describe('a bare day', () => {
  it('is keyed, and seen as a whole, only when a file is all there', async () => {
    let sent: Promise<FileReceipt> | undefined
    await whileKeyingWaits(async () => {
      sent = send([line(1), line(2), forged(line(3))])
      await keyingsWaiting(1)
      expect(await partition()).toEqual({ keyed: false, vacuumed: false, indexes: 0 })
      const [seen] = await sql`select count(*)::integer as rows from card_transaction where terminal_number = 1`
      expect(seen).toEqual({ rows: 0 })
    })
    expect(await sent).toMatchObject({ state: 'accepted', accepted: 2, rejected: 1 })
    expect(await partition()).toEqual({ keyed: true, vacuumed: true, indexes: 2 })
  })

  it('refuses writes outside a unit of work and rides of other days', async () => {
    await transaction(sql, async (tx) => await openDays(tx, [day]))
    await expect(sql`delete from ${sql(partitionOf(day))}`).rejects.toMatchObject({ code: 'LN001' })
    const stray = transaction(sql, async (tx) => {
      await tx`
        insert into ${tx(partitionOf(day))} (card_number, terminal_number, occurred_at, transaction_day, card_sequence, amount,
          price, file_id, line_number, issuer, acquirer, service, kind, passage, discount, algorithm)
        values (1, 1, now(), date '2000-01-01' + ${day}::integer + 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 0, 0, 3)`
    })
    await expect(stray).rejects.toMatchObject({ constraint_name: 'its_day' })
  })

  it('decides about doubtful lines once it has keys: the first line wins, and repeated comes before unproved', async () => {
    const lines = [line(1), line(2), line(1), line(1, { amount: 300 }), line(3, { terminalCounter: 2 })]
    const receipt = await send([...lines, forged(line(2)), forged(line(4)), line(4), line(5)])
    expect(await rejectsOf(receipt)).toEqual([
      { line: 4, code: '020002', detail: `same content ${receipt.id}:2` },
      { line: 5, code: '020002', detail: `different content ${receipt.id}:2` },
      { line: 6, code: '020002', detail: `different content ${receipt.id}:3` },
      { line: 7, code: '020002', detail: `different content ${receipt.id}:3` },
      { line: 8, code: '020004', detail: '' }
    ])
    expect(receipt).toMatchObject({ lines: 9, accepted: 4, rejected: 5, amount: 800 })
    const [kept] = await sql`select raw, byte_offset from card_reject where file_id = ${receipt.id} and line_number = 4`
    expect(Buffer.from(kept!['raw'])).toEqual(lines[2]!.subarray(0, -2))
    expect(await sql`select 1 from card_doubt`).toHaveLength(0)
  })

  it('takes its part of a file whose other days are keyed, with repeats in each', async () => {
    const first = await send([line(10), line(11)])
    const fresh = (n: number): Buffer => line(n, { date: partitionOf(day + 1).slice(-8) })
    const second = await send([line(11), fresh(20), fresh(21), line(12), fresh(20), line(12)])
    expect(await rejectsOf(second)).toEqual([
      { line: 2, code: '020002', detail: `same content ${first.id}:3` },
      { line: 6, code: '020002', detail: `same content ${second.id}:3` },
      { line: 7, code: '020002', detail: `same content ${second.id}:5` }
    ])
    expect(second).toMatchObject({ accepted: 3, amount: 600 })
    day++
  })
})

describe('files that are loaded into one bare day at the same time', () => {
  it('share it when they have no lines in common', async () => {
    let sent: Promise<FileReceipt>[] = []
    await whileKeyingWaits(async () => {
      sent = [send([line(1), line(2)]), send([line(3), line(4), line(4)])]
      await keyingsWaiting(3)
    })
    const [first, second] = await Promise.all(sent)
    expect(first).toMatchObject({ accepted: 2, rejected: 0 })
    expect(second).toMatchObject({ accepted: 2, rejected: 1 })
  })

  it('give up what repeats an earlier file, and load it again by the keys', async () => {
    let sent: Promise<FileReceipt>[] = []
    await whileKeyingWaits(async () => {
      sent = [send([line(1), line(2), line(3)])]
      await keyingsWaiting(1)
      sent.push(
        send([line(4), line(2), forged(line(5)), line(3, { amount: 100 }), line(6, { terminalCounter: 1 }), line(4)])
      )
      await keyingsWaiting(3)
    })
    const [first, second] = (await Promise.all(sent)) as [FileReceipt, FileReceipt]
    expect(first).toMatchObject({ state: 'accepted', accepted: 3, rejected: 0, amount: 600 })
    expect(await rejectsOf(second)).toEqual([
      { line: 3, code: '020002', detail: `same content ${first.id}:3` },
      { line: 4, code: '020004', detail: '' },
      { line: 5, code: '020002', detail: `different content ${first.id}:4` },
      { line: 6, code: '020002', detail: `different content ${first.id}:2` },
      { line: 7, code: '020002', detail: `same content ${second.id}:2` }
    ])
    expect(second).toMatchObject({ state: 'accepted', accepted: 1, rejected: 5, amount: 200 })
    expect(await partition()).toEqual({ keyed: true, vacuumed: true, indexes: 2 })
  })
})

it('a day left with one of its keys, by whoever was stopped, takes in the next file and is keyed with it', async () => {
  let stopped: Promise<unknown> | undefined
  await whileKeyingWaits(async () => {
    stopped = send([line(3), line(4)]).catch((error: unknown) => error)
    await keyingsWaiting(2)
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like '%key_card_transaction_day%' and wait_event_type = 'Lock'`
    expect(await stopped).toBeInstanceOf(Error)
  })
  await transaction(sql, async (tx) => await keyDay(tx, day, 'card'))
  expect(await partition()).toEqual({ keyed: false, vacuumed: false, indexes: 1 })
  const next = await send([line(4), line(5)])
  expect(next).toMatchObject({ accepted: 1, rejects: [{ code: '020002', count: 1 }] })
  const again = await ingestFile(
    context,
    { path: join(folder, uploadName(files - 1)), name: uploadName(files - 1) },
    now
  )
  expect(again).toMatchObject({ state: 'accepted', accepted: 2, repeated: false })
  expect(await partition()).toEqual({ keyed: true, vacuumed: true, indexes: 2 })
})

describe('files that are taken in together', () => {
  it('key their day once; of lines they share the first counts, and a fault of one is none of the others’', async () => {
    const bodies: Record<string, Buffer> = {}
    for (const lines of [
      [line(41), line(42)],
      [line(43), line(42), forged(line(44))],
      [line(41), line(45)]
    ])
      bodies[uploadName(++files)] = upload({ lines })
    const good = Object.keys(bodies)
    const spoilt = uploadName(++files)
    bodies[spoilt] = Buffer.from('no card file')
    for (const [name, body] of Object.entries(bodies)) await writeFile(join(folder, name), body)
    const names = [good[0]!, 'gone', spoilt, good[1]!, good[1]!, good[2]!]
    const told: unknown[] = []
    const incoming = names.map((name) => ({ name, path: join(folder, name) }))
    await ingestFiles(context, incoming, now, async ({ name }, outcome) => {
      if ('receipt' in outcome) told.push([name, outcome.receipt.state, await rejectsOf(outcome.receipt)])
      else told.push([name, (outcome.error as { code?: string }).code])
    })
    const first = (await sql`select id from card_file where name = ${good[0]!}`)[0]!['id']
    const repeat = (row: number, original: number) => ({
      line: row,
      code: '020002',
      detail: `same content ${first}:${original}`
    })
    expect(told).toEqual([
      [good[1], 'file-in-progress'],
      ['gone', 'ENOENT'],
      [spoilt, 'refused', []],
      [good[0], 'accepted', []],
      [good[1], 'accepted', [repeat(3, 3), { line: 4, code: '020004', detail: '' }]],
      [good[2], 'accepted', [repeat(2, 2)]]
    ])
    expect(await partition()).toMatchObject({ keyed: true, indexes: 2 })
  })
})
