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
import { openSoftwareKeyStore } from '../card-crypto/key-store.ts'
import { tacBatch } from '../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../clearing/business-day.ts'
import { connect, transaction, type Database } from '../clearing/database.ts'
import { startEmbeddedPostgres } from '../clearing/embedded-postgres.ts'
import { fabricateCardDay } from '../clearing/fabrication/fabricate-card-day.ts'
import type { Manifest } from '../clearing/fabrication/manifest.ts'
import { sampleTacRoots } from '../clearing/fabrication/sample-keys.ts'
import { transactionColumns } from '../clearing/ingestion/loading/copy-binary.ts'
import { openDays } from '../clearing/ingestion/loading/day-queries.ts'
import { keyDays } from '../clearing/ingestion/loading/key-days.ts'
import { copyTransactions } from '../clearing/ingestion/loading/transaction-queries.ts'
import { migrate } from '../clearing/migrate.ts'
import { replaceHotlist } from '../clearing/participants/hotlist-queries.ts'
import { findParticipant, listParticipants } from '../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../clearing/participants/seed-participants.ts'
import { ingestNaively } from './ingest/naive-way.ts'
import { masterKey, type Order, type Outcome } from './ingest/our-way.ts'

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
const rounds = Number(flags.rounds)
const sparseGigabytes = Number(flags['sparse-gigabytes'])
const naiveRecords = Math.min(transactions, 10_000)
const day = '2024-03-15' as BusinessDay
/** Taken in before, by a process that shall have been running. */
const dayBefore = '2024-03-10' as BusinessDay
const transactionsBefore = 20_000

const folder = await mkdtemp(join(tmpdir(), 'load-ingest-'))
const server = process.env['DATABASE_URL']
  ? { url: process.env['DATABASE_URL'], stop: async () => undefined }
  : await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const admin = connect(server.url, { max: 1 })
try {
  await measure()
} finally {
  await admin.end()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  console.log(`fabricating ${transactions.toLocaleString('en')} transactions`)
  const { path, manifest } = await fabricate(day, transactions)
  const before = await fabricate(dayBefore, transactionsBefore)
  const template = await makeTemplate(manifest)
  const file = { path, name: manifest.files[0]!.name }
  const order = {
    folder,
    file,
    before: { path: before.path, name: before.manifest.files[0]!.name },
    now: `${day}T23:50:00+08:00`
  }
  const ours: Outcome[] = []
  const bare: number[] = []
  const naive: number[] = []
  let rows: Buffer | undefined
  for (let round = 1; round <= rounds; round++) {
    await inDatabase(template, async (sql, url) => {
      const outcome = await ingestInChild({ ...order, url })
      checkAgainst(manifest, outcome)
      ours.push(outcome)
      rows ??= await readRows(sql)
    })
    await inDatabase(template, async (sql) => bare.push(await bareCopy(sql, rows!)))
    await inDatabase(template, async (sql) => naive.push(await naiveSeconds(sql, path)))
    const last = { ours: ours.at(-1)!.seconds, bare: bare.at(-1)!, naive: naive.at(-1)! }
    console.log(
      `round ${round}: ours ${rate(transactions, last.ours)}, bare COPY ${rate(manifest.accepted, last.bare)}, ` +
        `naive ${rate(naiveRecords, last.naive)} rows/s, peak ${ours.at(-1)!.peakMegabytes} MB`
    )
  }
  await admin.unsafe(`drop database ${template}`)
  const rowsPerSecond = transactions / median(ours.map((each) => each.seconds))
  const bareRowsPerSecond = manifest.accepted / median(bare)
  const naiveRowsPerSecond = naiveRecords / median(naive)
  console.log(
    JSON.stringify({
      load: 'ingest',
      transactions,
      megabytes: Math.round((await stat(path)).size / 1e6),
      accepted: manifest.accepted,
      rounds,
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

/** Schema, organisations, hotlist and keys: what every round begins with. */
async function makeTemplate(manifest: Manifest): Promise<string> {
  const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey })
  for (const { version, index, algorithm, key } of sampleTacRoots)
    await keys.importKey({ purpose: 'tac', scope: '', version, index, algorithm }, key)
  await keys.close()
  const name = `load_ingest_${process.pid}`
  await admin.unsafe(`create database ${name}`)
  const sql = connect(databaseUrl(name), { max: 2 })
  await migrate(sql)
  await seedParticipants(sql)
  const byIssuer = Map.groupBy(manifest.hotlist, (entry) => entry.issuer)
  for (const [code, entries] of byIssuer) {
    const issuer = await findParticipant(sql, code)
    const cards = entries.map((entry) => entry.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, issuer!.id, cards, new Date('2024-03-01')))
  }
  await sql.end()
  return name
}

function databaseUrl(name: string): string {
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

/** A fresh copy of the template, and no write of an earlier round left to be done. */
async function inDatabase(template: string, work: (sql: Database, url: string) => Promise<unknown>): Promise<void> {
  const name = `${template}_round`
  await admin.unsafe(`create database ${name} template ${template}`)
  await admin.unsafe('checkpoint')
  const sql = connect(databaseUrl(name), { max: 2 })
  try {
    await work(sql, databaseUrl(name))
  } finally {
    await sql.end()
    await admin.unsafe(`drop database ${name} with (force)`)
  }
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

/** The rows as they lie in the table, in the form COPY takes, in the order of the file. */
async function readRows(sql: Database): Promise<Buffer> {
  const rows = `select ${transactionColumns} from card_transaction where transaction_day > '${dayBefore}' order by line_number`
  const statement = `copy (${rows}) to stdout (format binary)`
  const pieces: Buffer[] = []
  for await (const piece of await sql.unsafe(statement).readable()) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** One statement, one transaction, into the same empty partitions with the same indexes. */
async function bareCopy(sql: Database, rows: Buffer): Promise<number> {
  await keyEmptyDays(sql, [8839, 8840])
  const begun = performance.now()
  await transaction(sql, async (tx) => await copyTransactions(tx, rows))
  return (performance.now() - begun) / 1000
}

async function keyEmptyDays(sql: Database, days: readonly number[]): Promise<void> {
  await transaction(sql, async (tx) => await openDays(tx, days))
  await keyDays(sql, new Set(days))
}

async function naiveSeconds(sql: Database, path: string): Promise<number> {
  await keyEmptyDays(sql, [8780, 8839, 8840])
  const participants = new Map((await listParticipants(sql)).map((each) => [each.code, each.id]))
  const begun = performance.now()
  await ingestNaively(sql, { path, records: naiveRecords, roots: sampleTacRoots, participants })
  return (performance.now() - begun) / 1000
}

/** A file of nothing but holes: refused, and what counts is the memory it took to find out. */
async function takeInSparse(): Promise<{ gigabytes: number; seconds: number; peakMegabytes: number; code: string }> {
  const path = join(folder, 'sparse')
  const file = await open(path, 'w')
  await file.truncate(sparseGigabytes * 1e9)
  await file.close()
  const name = 'CD240315233000122058100000000099A'
  const sql = connect(server.url, { max: 1 })
  await migrate(sql)
  await seedParticipants(sql)
  await sql.end()
  const outcome = await ingestInChild({ url: server.url, folder, file: { path, name }, now: `${day}T23:50:00+08:00` })
  const { seconds, peakMegabytes, receipt } = outcome
  return { gigabytes: sparseGigabytes, seconds: Number(seconds.toFixed(1)), peakMegabytes, code: receipt.code }
}
