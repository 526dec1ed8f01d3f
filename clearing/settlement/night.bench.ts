// `npm run bench -- night [--transactions N]`: the night of a fabricated card day on a PostgreSQL of its own: settle, publish,
// verify, in lines per second. The intake itself is measured by `npm run load -- ingest`.
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../business-day.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { connect } from '../database.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { migrate } from '../migrate.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { closeDay } from './close-day.ts'
import { publishDay } from './publish-day.ts'
import { settleDay } from './settle-day.ts'
import { verifyDay } from './verify-day.ts'

const day = '2026-03-03' as BusinessDay
const ridesDay = '2026-03-02' as BusinessDay
const now = new Date('2026-03-03T02:30:00+08:00')
const lines = Number(
  parseArgs({ options: { transactions: { type: 'string', default: '100000' } } }).values.transactions
)

const folder = await mkdtemp(join(tmpdir(), 'night-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const sql = connect(server.url)
let peak = 0
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50)
try {
  await migrate(sql)
  await seedParticipants(sql)
  const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  await takeIn(context)
  peak = 0
  await closeDay(context, day, now)
  const settle = await perSecond('settle', async () => void (await settleDay(context, day, now)))
  const publish = await perSecond('publish', async () => void (await publishDay(context, day, now)))
  const verify = await perSecond('verify', async () => {
    const { firstFault } = await verifyDay(context, day)
    if (firstFault) throw new Error(`${firstFault.check}: ${firstFault.detail}`)
  })
  await context.keys.close()
  const peakMegabytes = Math.round(peak / 1e6)
  console.log(
    JSON.stringify({
      bench: 'night',
      lines,
      settlePerSecond: settle,
      publishPerSecond: publish,
      verifyPerSecond: verify,
      peakMegabytes
    })
  )
} finally {
  clearInterval(watch)
  await sql.end({ timeout: 5 })
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function takeIn(context: ClearingContext): Promise<void> {
  console.log(`fabricating and taking in ${lines} lines …`)
  const tacs = tacBatch(sampleTacRoots)
  const signTacs = (records: Uint8Array, count: number): void => tacs.stamp(records, count)
  const { files } = await fabricateCardDay(
    { transactions: lines, seed: 1, day: ridesDay, signTacs },
    async (name, bytes) => appendFile(join(folder, name), bytes)
  )
  for (const { name } of files) await ingestFile(context, { path: join(folder, name), name }, now)
}

async function perSecond(stage: string, work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  const seconds = (performance.now() - begun) / 1000
  console.log(`${stage}: ${seconds.toFixed(2)} s`)
  return Math.round(lines / seconds)
}
