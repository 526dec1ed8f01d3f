// `npm run load -- night [--transactions 200000] [--records-per-file 1000000] [--workers 2] [--kill-every 0] [--peers false]`
// A whole night: many CD files at once, taken in, settled and published by so many processes, with the time of every stage; beside it a
// bare COPY of the same rows, the naive way, and one bare group-by over what was settled. With --kill-every one of the processes in turn
// dies by SIGKILL every so many seconds and is begun again; the digest over everything published must be that of an undisturbed night.
import { once } from 'node:events'
import { appendFile, cp, mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Database } from '../../clearing/database.ts'
import { fabricateCardDay } from '../../clearing/fabrication/fabricate-card-day.ts'
import type { Manifest } from '../../clearing/fabrication/manifest.ts'
import { sampleTacRoots } from '../../clearing/fabrication/sample-keys.ts'
import { copyBarely, naiveSeconds, openRounds, saveRows } from './ingest/round-databases.ts'
import type { NightNews, NightOrder } from './night/our-night.ts'
import { openWorkers, watchMemory, type Workers } from './night/workers.ts'

const { values: flags } = parseArgs({
  options: {
    transactions: { type: 'string', default: '200000' },
    'records-per-file': { type: 'string', default: '1000000' },
    workers: { type: 'string', default: '2' },
    'kill-every': { type: 'string', default: '0' },
    peers: { type: 'string', default: 'true' }
  }
})
const transactions = Number(flags.transactions)
const killEvery = Number(flags['kill-every'])
const naiveRecords = Math.min(transactions, 10_000)
const ridesDay = '2026-03-02' as BusinessDay
const clearingDay = '2026-03-03' as BusinessDay
const now = '2026-03-03T02:30:00+08:00'
const killsMax = 400
/** Rides of the day, the late ones of the day before, and midnight; counted from 2000-01-01. */
const daysOfRides = [9556, 9557, 9558]

const folder = await mkdtemp(join(tmpdir(), 'load-night-'))
const rounds = await openRounds(folder)
try {
  await measure()
} finally {
  await rounds.close()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const manifest = await fabricate()
  await rounds.prepare(manifest)
  const rows = join(folder, 'rows')
  const undisturbed = killEvery > 0 ? await takeUndisturbed() : null
  const ours = await rounds.inDatabase(async (sql, url) => {
    const night = await runNight({ ...where('night'), url }, killEvery)
    checkAgainst(manifest, night)
    if (undisturbed && undisturbed.digest !== night.digest)
      throw new Error(`an undisturbed night published ${undisturbed.digest}, this one ${night.digest}`)
    const groupBySeconds = await groupBarely(sql)
    if (flags.peers === 'true') await saveRows(sql, 'true', rows)
    const [size] = await sql<{ megabytes: number }[]>`
      select (pg_database_size(current_database()) / 1e6)::integer as megabytes`
    return { ...night, groupBySeconds, databaseMegabytes: size!.megabytes }
  })
  const peers = flags.peers === 'true' ? await measurePeers(manifest, rows) : null
  const perSecond = (seconds: number): number => Math.round(transactions / seconds)
  const { ingest, settle, discounts, publish } = ours.stages
  console.log(
    JSON.stringify({
      load: 'night',
      transactions,
      files: manifest.files.length,
      workers: Number(flags.workers),
      minutes: Number((ours.seconds / 60).toFixed(2)),
      stages:
        killEvery > 0
          ? null
          : {
              ingest: perSecond(ingest),
              settle: perSecond(settle),
              discounts: perSecond(discounts),
              publish: perSecond(publish)
            },
      ratioToBareCopy: peers && killEvery === 0 ? Number((peers.bare / ingest).toFixed(2)) : null,
      ratioToNaive:
        peers && killEvery === 0 ? Number((transactions / ingest / (naiveRecords / peers.naive)).toFixed(1)) : null,
      settleRatioToGroupBy: killEvery > 0 ? null : Number((ours.groupBySeconds / settle).toFixed(2)),
      peakMegabytes: ours.peakMegabytes,
      databaseMegabytes: ours.databaseMegabytes,
      kills: ours.kills,
      digest: ours.digest
    })
  )
}

function where(data: string): Omit<NightOrder, 'url'> {
  return { folder: join(folder, data), sent: join(folder, 'sent'), clearingDay, now }
}

/** Under the keys that the disturbed night will have, too: statements name the key they are signed with. */
async function takeUndisturbed(): Promise<Night> {
  const night = await rounds.inDatabase(async (_, url) => await runNight({ ...where('undisturbed'), url }, 0))
  await mkdir(join(folder, 'night'))
  await cp(join(folder, 'undisturbed', 'keys'), join(folder, 'night', 'keys'), { recursive: true })
  await rm(join(folder, 'undisturbed'), { recursive: true })
  return night
}

async function fabricate(): Promise<Manifest> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < transactions * 2500) throw new Error('a night needs some 2.5 kB of disk for each transaction')
  console.log(`fabricating ${transactions.toLocaleString('en')} transactions`)
  await mkdir(join(folder, 'sent'))
  const proof = tacBatch(sampleTacRoots)
  const signTacs = (records: Uint8Array, count: number): void => proof.stamp(records, count)
  const options = { transactions, seed: 1, day: ridesDay, signTacs, recordsPerFile: Number(flags['records-per-file']) }
  return await fabricateCardDay(options, async (name, bytes) => await appendFile(join(folder, 'sent', name), bytes))
}

interface Night {
  seconds: number
  stages: Record<'ingest' | 'settle' | 'discounts' | 'publish', number>
  accepted: number
  amount: number
  peakMegabytes: number
  digest: string
  kills: number
}

async function runNight(order: NightOrder, killEvery: number): Promise<Night> {
  const begun = performance.now()
  const stages = { ingest: 0, settle: 0, discounts: 0, publish: 0 }
  const memory = watchMemory()
  const workers = openWorkers(order, { workers: Number(flags.workers), killEvery })
  try {
    for (;;) {
      const end = await runOnce(workers, (stage, seconds) => {
        stages[stage] = seconds
        console.log(`${stage}: ${seconds.toFixed(1)} s, ${Math.round(transactions / seconds).toLocaleString('en')}/s`)
      })
      const seconds = (performance.now() - begun) / 1000
      if (end) return { ...end, seconds, stages, kills: workers.kills(), peakMegabytes: memory.peak() }
      console.log(`killed after ${seconds.toFixed(0)} s`)
      if (workers.kills() > killsMax)
        throw new Error('killed so often that a stage which begins anew each time never ends')
    }
  } finally {
    memory.stop()
    await workers.stop()
  }
}

/** Null when it was killed. Others help as soon as it has opened the keys. */
async function runOnce(workers: Workers, heard: (stage: keyof Night['stages'], seconds: number) => void) {
  const leader = workers.lead()
  const closed = once(leader, 'close') as Promise<[number | null]>
  let end: Extract<NightNews, { digest: string }> | null = null
  for await (const line of createInterface({ input: leader.stdout! })) {
    const news = JSON.parse(line) as NightNews
    if ('ready' in news) workers.help()
    else if ('stage' in news) heard(news.stage, news.seconds)
    else end = news
  }
  const [code] = await closed
  if (code !== 0 && code !== null) throw new Error(`the night failed: exit ${code}`)
  return end
}

/** The night must come out as the fabrication says, or its speed means nothing. */
function checkAgainst(manifest: Manifest, night: Night): void {
  if (night.accepted !== manifest.accepted || night.amount !== manifest.amount)
    throw new Error(
      `expected ${manifest.accepted} and ${manifest.amount} fen, got ${night.accepted} and ${night.amount}`
    )
}

/** Seconds of the plainest statement that yields what settling sums: by parties, service and key of its agreements. */
async function groupBarely(sql: Database): Promise<number> {
  const begun = performance.now()
  await sql`select acquirer, issuer, service, kind, count(*), sum(amount), sum(price) from card_transaction group by 1, 2, 3, 4`
  return (performance.now() - begun) / 1000
}

async function measurePeers(manifest: Manifest, rows: string): Promise<{ bare: number; naive: number }> {
  const path = join(folder, 'sent', manifest.files[0]!.name)
  const bare = await rounds.inDatabase(async (sql) => await copyBarely(sql, rows, daysOfRides))
  console.log(`bare COPY: ${bare.toFixed(1)} s`)
  const order = { path, records: naiveRecords, days: [...daysOfRides, 9496, 9497, 9498] }
  const naive = await rounds.inDatabase(async (sql) => await naiveSeconds(sql, order))
  console.log(`naive: ${Math.round(naiveRecords / naive).toLocaleString('en')}/s`)
  return { bare, naive }
}
