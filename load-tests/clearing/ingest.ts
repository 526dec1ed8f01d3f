// `npm run load -- ingest [--transactions 200000] [--rounds 3] [--sm4 0.4] [--metro 0.4] [--sparse-gigabytes 5]`
// How fast a CD file becomes verified, de-duplicated, committed, balanced rows; beside it, on the same server and in turns, a bare
// COPY of the same rows and the naive way. On DATABASE_URL, or on a durable PostgreSQL of its own. Every round checks the sums.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { fabricateCardDay } from '../../clearing/fabrication/fabricate-card-day.ts'
import type { Manifest } from '../../clearing/fabrication/manifest.ts'
import { sampleTacRoots } from '../../clearing/fabrication/sample-keys.ts'
import { masterKey, type Order, type Outcome } from './ingest/our-way.ts'
import { copyBarely, naiveSeconds, openRounds, saveRows } from './ingest/round-databases.ts'

const { values: flags } = parseArgs({
  options: {
    transactions: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    sm4: { type: 'string', default: '0.4' },
    metro: { type: 'string', default: '0.4' },
    'sparse-gigabytes': { type: 'string', default: '0' }
  }
})
const transactions = Number(flags.transactions)
const turns = Number(flags.rounds)
const sparseGigabytes = Number(flags['sparse-gigabytes'])
const naiveRecords = Math.min(transactions, 10_000)
const day = '2024-03-15' as BusinessDay
/** Taken in before, by a process that shall have been running. */
const dayBefore = '2024-03-10' as BusinessDay
const transactionsBefore = 20_000
/** The day and the one before, counted from 2000-01-01. */
const daysOfRides = [8839, 8840]

const folder = await mkdtemp(join(tmpdir(), 'load-ingest-'))
const rounds = await openRounds(folder)
try {
  await measure()
} finally {
  await rounds.close()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  console.log(`fabricating ${transactions.toLocaleString('en')} transactions`)
  const { path, manifest } = await fabricate(day, transactions)
  const before = await fabricate(dayBefore, transactionsBefore)
  await importSampleKeys()
  await rounds.prepare(manifest)
  const file = { path, name: manifest.files[0]!.name }
  const order = {
    folder,
    file,
    before: { path: before.path, name: before.manifest.files[0]!.name },
    now: `${day}T23:50:00+08:00`
  }
  const naiveOrder = { path, records: naiveRecords, days: [8780, ...daysOfRides] }
  const ours: Outcome[] = []
  const bare: number[] = []
  const naive: number[] = []
  const rows = join(folder, 'rows')
  for (let turn = 1; turn <= turns; turn++) {
    await rounds.inDatabase(async (sql, url) => {
      const outcome = await ingestInChild({ ...order, url })
      checkAgainst(manifest, outcome)
      ours.push(outcome)
      if (turn === 1) await saveRows(sql, `transaction_day > '${dayBefore}'`, rows)
    })
    await rounds.inDatabase(async (sql) => bare.push(await copyBarely(sql, rows, daysOfRides)))
    await rounds.inDatabase(async (sql) => naive.push(await naiveSeconds(sql, naiveOrder)))
    const last = { ours: ours.at(-1)!.seconds, bare: bare.at(-1)!, naive: naive.at(-1)! }
    console.log(
      `round ${turn}: ours ${rate(transactions, last.ours)}, bare COPY ${rate(manifest.accepted, last.bare)}, ` +
        `naive ${rate(naiveRecords, last.naive)} rows/s, peak ${ours.at(-1)!.peakMegabytes} MB`
    )
  }
  const rowsPerSecond = transactions / median(ours.map((each) => each.seconds))
  const bareRowsPerSecond = manifest.accepted / median(bare)
  const naiveRowsPerSecond = naiveRecords / median(naive)
  console.log(
    JSON.stringify({
      load: 'ingest',
      transactions,
      megabytes: Math.round((await stat(path)).size / 1e6),
      accepted: manifest.accepted,
      rounds: turns,
      rowsPerSecond: Math.round(rowsPerSecond),
      bareRowsPerSecond: Math.round(bareRowsPerSecond),
      naiveRowsPerSecond: Math.round(naiveRowsPerSecond),
      ratioToBareCopy: Number((rowsPerSecond / bareRowsPerSecond).toFixed(2)),
      ratioToNaive: Number((rowsPerSecond / naiveRowsPerSecond).toFixed(1)),
      peakMegabytes: Math.max(...ours.map((each) => each.peakMegabytes)),
      ...(sparseGigabytes > 0 ? { sparse: await takeInSparse() } : {})
    })
  )
}

function rate(rows: number, seconds: number): string {
  return Math.round(rows / seconds).toLocaleString('en')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

async function fabricate(day: BusinessDay, transactions: number): Promise<{ path: string; manifest: Manifest }> {
  const path = join(folder, `upload-${day}`)
  const file = createWriteStream(path)
  const mix = { sm4: Number(flags.sm4), metro: Number(flags.metro) }
  const proof = tacBatch(sampleTacRoots)
  const signTacs = (records: Uint8Array, count: number): void => proof.stamp(records, count)
  const options = { transactions, seed: 1, day, signTacs, mix, acquirers: ['12205810'], recordsPerFile: transactions }
  const manifest = await fabricateCardDay(options, async (_, bytes) => {
    if (!file.write(bytes)) await once(file, 'drain')
  })
  file.end()
  await once(file, 'close')
  return { path, manifest }
}

async function importSampleKeys(): Promise<void> {
  const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey })
  for (const { version, index, algorithm, key } of sampleTacRoots)
    await keys.importKey({ purpose: 'tac', scope: '', version, index, algorithm }, key)
  await keys.close()
}

async function ingestInChild(order: Order): Promise<Outcome> {
  const script = join(import.meta.dirname, 'ingest/our-way.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`taking the file in failed: exit ${code}`)
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as Outcome
}

/** The night must come out as the fabrication says, or the speed means nothing. */
function checkAgainst(manifest: Manifest, { receipt }: Outcome): void {
  const rejected = Object.fromEntries(receipt.rejects.map(({ code, count }) => [code, count]))
  const wrong =
    receipt.state !== 'accepted' ||
    receipt.accepted !== manifest.accepted ||
    receipt.amount !== manifest.amount ||
    Object.entries(manifest.rejected).some(([code, count]) => rejected[code] !== count)
  if (wrong) throw new Error(`expected ${JSON.stringify(manifest.rejected)}, got ${JSON.stringify(receipt)}`)
}

/** A file of nothing but holes: refused, and what counts is the memory it took to find out. */
async function takeInSparse(): Promise<{ gigabytes: number; seconds: number; peakMegabytes: number; code: string }> {
  const path = join(folder, 'sparse')
  const file = await open(path, 'w')
  await file.truncate(sparseGigabytes * 1e9)
  await file.close()
  const name = 'CD240315233000122058100000000099A'
  const now = `${day}T23:50:00+08:00`
  const outcome = await rounds.inDatabase(
    async (_, url) => await ingestInChild({ url, folder, file: { path, name }, now })
  )
  const { seconds, peakMegabytes, receipt } = outcome
  return { gigabytes: sparseGigabytes, seconds: Number(seconds.toFixed(1)), peakMegabytes, code: receipt.code }
}
