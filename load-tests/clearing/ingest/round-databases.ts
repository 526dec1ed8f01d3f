// A fresh database for every round of a measurement, all from one template, on DATABASE_URL or on a durable PostgreSQL of our own;
// and the peers that every intake is held against there.
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { connect, transaction, type Database } from '../../../clearing/database.ts'
import { startEmbeddedPostgres } from '../../../clearing/embedded-postgres.ts'
import type { Manifest } from '../../../clearing/fabrication/manifest.ts'
import { sampleTacRoots } from '../../../clearing/fabrication/sample-keys.ts'
import { transactionColumns } from '../../../clearing/ingestion/loading/copy-binary.ts'
import { openDays } from '../../../clearing/ingestion/loading/day-queries.ts'
import { keyDays } from '../../../clearing/ingestion/loading/key-days.ts'
import { migrate } from '../../../clearing/migrate.ts'
import { replaceHotlist } from '../../../clearing/participants/hotlist-queries.ts'
import { findParticipant, listParticipants } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { seedDiscounts } from '../../../clearing/rating/discounts/seed-discounts.ts'
import { ingestNaively } from './naive-way.ts'

export interface Rounds {
  /** Where the server is, but for the name of the database. */
  url: string
  /** A fresh copy of the template, and no write of an earlier round left to be done; dropped afterwards. */
  inDatabase<Result>(work: (sql: Database, url: string) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** The server's data go into the folder. */
export async function openRounds(folder: string): Promise<Rounds & { prepare(manifest: Manifest): Promise<void> }> {
  const server = process.env['DATABASE_URL']
    ? { url: process.env['DATABASE_URL'], stop: async () => undefined }
    : await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
  const admin = connect(server.url, { max: 1 })
  const template = `load_intake_${process.pid}`
  const urlOf = (name: string): string => Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  return {
    url: server.url,
    async prepare(manifest) {
      await admin.unsafe(`create database ${template}`)
      await fillTemplate(urlOf(template), manifest)
    },
    async inDatabase(work) {
      const name = `${template}_round`
      await admin.unsafe(`create database ${name} template ${template}`)
      await admin.unsafe('checkpoint')
      const sql = connect(urlOf(name), { max: 2 })
      try {
        return await work(sql, urlOf(name))
      } finally {
        await sql.end()
        await admin.unsafe(`drop database ${name} with (force)`)
      }
    },
    async close() {
      await admin.unsafe(`drop database if exists ${template} with (force)`)
      await admin.end()
      await server.stop()
    }
  }
}

/** Schema, organisations and hotlist. */
async function fillTemplate(url: string, manifest: Manifest): Promise<void> {
  const sql = connect(url, { max: 2 })
  await migrate(sql)
  await seedParticipants(sql)
  await seedDiscounts(sql)
  for (const [code, entries] of Map.groupBy(manifest.hotlist, (entry) => entry.issuer)) {
    const issuer = await findParticipant(sql, code)
    const cards = entries.map((entry) => entry.cardNumber)
    await transaction(sql, async (tx) => await replaceHotlist(tx, issuer!.id, cards, new Date('2024-03-01')))
  }
  await sql.end()
}

/** The rows as they lie in the table, in the form COPY takes, in the order they came. */
export async function saveRows(sql: Database, where: string, path: string): Promise<void> {
  const rows = `select ${transactionColumns} from card_transaction where ${where} order by file_id, line_number`
  const source = await sql.unsafe(`copy (${rows}) to stdout (format binary)`).readable()
  await pipeline(source, createWriteStream(path))
}

/** Seconds of one COPY, in one transaction, into the same partitions, empty and with the same indexes. */
export async function copyBarely(sql: Database, rowsPath: string, days: readonly number[]): Promise<number> {
  await keyEmptyDays(sql, days)
  const begun = performance.now()
  await transaction(sql, async (tx) => {
    const target =
      await tx`copy card_transaction (${tx.unsafe(transactionColumns)}) from stdin (format binary)`.writable()
    await pipeline(createReadStream(rowsPath, { highWaterMark: 1 << 18 }), target)
  })
  return (performance.now() - begun) / 1000
}

/** Seconds of the naive way for the first so many records of a CD file. */
export async function naiveSeconds(
  sql: Database,
  { path, records, days }: { path: string; records: number; days: readonly number[] }
): Promise<number> {
  await keyEmptyDays(sql, days)
  const participants = new Map((await listParticipants(sql)).map((each) => [each.code, each.id]))
  const begun = performance.now()
  await ingestNaively(sql, { path, records, roots: sampleTacRoots, participants })
  return (performance.now() - begun) / 1000
}

async function keyEmptyDays(sql: Database, days: readonly number[]): Promise<void> {
  await transaction(sql, async (tx) => await openDays(tx, days))
  await keyDays(sql, new Set(days))
}
