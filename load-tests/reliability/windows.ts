// `npm run load -- windows [--seconds 60] [--every 5] [--rate 1000] [--lines 100] [--senders 6]` (R4; the full form is --seconds 3600)
// Clearing days are closed and settled, by two at once and without a pause, while card files keep coming. Every transaction must be in
// exactly one day, each file in a day that was open while it was on its way, the money of all days zero, and no file refused.
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import { addDays, clearingDayAt, type BusinessDay } from '../../clearing/business-day.ts'
import { openClearingContext, type ClearingContext } from '../../clearing/context.ts'
import { connect, transaction, type Database } from '../../clearing/database.ts'
import { startEmbeddedPostgres } from '../../clearing/embedded-postgres.ts'
import { fabricateCardDay } from '../../clearing/fabrication/fabricate-card-day.ts'
import type { Manifest } from '../../clearing/fabrication/manifest.ts'
import { sampleTacRoots } from '../../clearing/fabrication/sample-keys.ts'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { migrate } from '../../clearing/migrate.ts'
import { replaceHotlist } from '../../clearing/participants/hotlist-queries.ts'
import { findParticipant } from '../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { openDay } from '../../clearing/settlement/clearing-day-queries.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '5' },
    rate: { type: 'string', default: '1000' },
    lines: { type: 'string', default: '100' },
    senders: { type: 'string', default: '6' }
  }
})
const [seconds, every, rate] = [Number(flags.seconds), Number(flags.every), Number(flags.rate)]
const [lines, senders] = [Number(flags.lines), Number(flags.senders)]

/** Fixed: days are closed far faster than the calendar goes. */
const now = new Date('2026-03-03T02:30:00+08:00')
const firstDay = clearingDayAt(now)

/** When a file was on its way, by the monotonic clock, and where it came to lie. */
interface Sent {
  begun: number
  ended: number
  day: BusinessDay | null
  lines: number
}

interface Closed {
  begun: number
  ended: number
  /** From the call until the day was closed, and until it was settled. */
  settled: number
}

const folder = await mkdtemp(join(tmpdir(), 'load-windows-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const sql = connect(server.url, { max: 24 })
try {
  await migrate(sql)
  await seedParticipants(sql)
  const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  try {
    await run(context)
  } finally {
    await context.keys.close()
  }
} finally {
  await sql.end({ timeout: 5 })
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function run(context: ClearingContext): Promise<void> {
  console.log(`fabricating ${(rate * seconds).toLocaleString('en')} transactions in files of ${lines}`)
  const manifest = await fabricate()
  await transaction(sql, async (tx) => await openDay(tx, firstDay, now))
  const sent: Sent[] = []
  const refused: string[] = []
  const begun = performance.now()
  const sending = sendAll(context, manifest, { begun, sent, refused })
  const days = await closeWhile(context, sending, sent)
  const took = (performance.now() - begun) / 1000
  const sums = await sumDays(sql)
  const misplaced =
    countMisplaced(sent, days) + Math.abs(sums.settled - sums.rows) + Math.abs(sums.rows - manifest.accepted)
  const closes = [...days.values()].map((day) => day.ended - day.begun).toSorted((a, b) => a - b)
  console.log(
    JSON.stringify({
      load: 'windows',
      closes: days.size,
      transactions: sums.rows,
      perSecond: Math.round(manifest.lines / took),
      misplaced,
      netFen: sums.netFen,
      openPositions: sums.unbalanced,
      refusedFiles: refused.length,
      closeMedianMs: Math.round(closes[closes.length >> 1]!),
      closeMaxMs: Math.round(closes.at(-1)!)
    })
  )
  if (misplaced + Math.abs(sums.netFen) + sums.unbalanced + refused.length > 0) process.exitCode = 1
}

async function fabricate(): Promise<Manifest> {
  const tacs = tacBatch(sampleTacRoots)
  const handles = new Map<string, FileHandle>()
  const manifest = await fabricateCardDay(
    {
      transactions: rate * seconds,
      seed: 4,
      day: '2026-03-02' as BusinessDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      recordsPerFile: lines
    },
    async (name, bytes) => {
      // Six acquirers' files are in the making at a time; the oldest is long complete.
      if (handles.size > 32) {
        const [oldest, handle] = handles.entries().next().value!
        handles.delete(oldest)
        await handle.close()
      }
      if (!handles.has(name)) handles.set(name, await open(join(folder, name), 'a'))
      await handles.get(name)!.write(bytes)
    }
  )
  for (const handle of handles.values()) await handle.close()
  for (const [issuer, cards] of Map.groupBy(manifest.hotlist, (entry) => entry.issuer)) {
    const id = (await findParticipant(sql, issuer))!.id
    const numbers = cards.map((card) => card.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, id, numbers, new Date('2026-01-01T00:00:00Z')))
  }
  return manifest
}

/** Sends the files at the wanted pace; `refused` gets the names of those that were not accepted. */
async function sendAll(
  context: ClearingContext,
  { files }: Manifest,
  { begun, sent, refused }: { begun: number; sent: Sent[]; refused: string[] }
): Promise<void> {
  let next = 0
  let due = 0
  const send = async (): Promise<void> => {
    for (let file = files[next++]; file; file = files[next++]) {
      const at = begun + (due / rate) * 1000
      due += file.lines
      if (performance.now() < at) await setTimeout(at - performance.now())
      const from = performance.now()
      const receipt = await ingestFile(context, { path: join(folder, file.name), name: file.name }, now)
      if (receipt.state !== 'accepted') refused.push(file.name)
      sent.push({ begun: from, ended: performance.now(), day: receipt.clearingDay, lines: receipt.accepted })
      await rm(join(folder, file.name))
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
}

async function closeWhile(context: ClearingContext, sending: Promise<void>, sent: readonly Sent[]) {
  const days = new Map<BusinessDay, Closed>()
  let over = false
  const ended = sending.finally(() => (over = true))
  let due = performance.now()
  for (let day = firstDay, last = false; !last; day = addDays(day, 1)) {
    due = Math.max(due + every * 1000, performance.now())
    await Promise.race([setTimeout(due - performance.now()), ended])
    last = over
    const begun = performance.now()
    await Promise.all([closeDay(context, day, now), closeDay(context, day, now)])
    const closed = performance.now()
    await Promise.all([settleDay(context, day, now), settleDay(context, day, now)])
    days.set(day, { begun, ended: closed, settled: performance.now() })
    console.log(
      `${day}: closed in ${Math.round(closed - begun)} ms, settled in ${Math.round(performance.now() - closed)} ms, ${sent.length} files so far`
    )
  }
  await ended
  return days
}

/** Transactions of files that were there before their day's predecessor began to close, or came after their day was closed. */
function countMisplaced(sent: readonly Sent[], days: ReadonlyMap<BusinessDay, Closed>): number {
  const wrong = sent.filter(({ day, begun, ended }) => {
    const own = day === null ? undefined : days.get(day)
    if (!own) return true
    const before = days.get(addDays(day!, -1))
    return begun > own.ended || (before !== undefined && ended < before.begun)
  })
  return wrong.reduce((sum, file) => sum + file.lines, 0)
}

async function sumDays(sql: Database): Promise<{ rows: number; settled: number; netFen: number; unbalanced: number }> {
  const [sums] = await sql<{ rows: number; settled: number; netFen: number; unbalanced: number }[]>`
    select (select count(*)::integer from card_transaction) as rows,
      (select coalesce(sum(transactions + entries), 0)::integer from settlement_total) as settled,
      (select coalesce(sum(net), 0)::bigint from position) as net_fen,
      (select count(*)::integer from (select day from position group by day having sum(net) <> 0)) as unbalanced`
  return sums!
}
