// A timetable that was sent: kept on disk while its digest is taken, read row by row, checked against itself and the network, and laid as a
// draft version in one unit of work. Sent again it gives the first receipt. Not one row is without its fate.
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { transaction, violates } from '../../../clearing/database.ts'
import type { Parts } from '../../parts.ts'
import { refuse } from '../../refusals.ts'
import { checkDraft } from './check-draft-rules.ts'
import { findKnownNetwork, findPlaceNames, insertVersion, layCalendars, layNetwork, layPlans } from './draft-queries.ts'
import { draftOfFeed } from './gtfs/gtfs-draft.ts'
import { gtfsTables } from './gtfs/gtfs-tables.ts'
import { findSameImport, insertImport } from './import-queries.ts'
import type { ImportRequest, TimetableImport } from './import-schemas.ts'
import { openLedger, readTables, refuseRow, type RowLedger } from './read-archive.ts'
import type { Sourced } from './table-rules.ts'
import { csvTables, type Draft } from './timetable-draft.ts'

export const timetableBytesMax = 64 * 1024 * 1024

/** Throws the refusals upload-too-large, upload-broken and timetable-unreadable. */
export async function importTimetable(
  { sql, config }: Pick<Parts, 'sql' | 'config'>,
  { request, bytes, actor }: { request: ImportRequest; bytes: Readable; actor: string },
  now: Date
): Promise<TimetableImport> {
  const folder = join(config.dataFolder, 'timetables')
  await mkdir(folder, { recursive: true })
  const path = join(folder, randomUUID())
  try {
    const digest = await keep(bytes, path)
    const parameters = JSON.stringify(Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const before = await findSameImport(sql, { digest, parameters })
    if (before) return before
    const ledger = openLedger()
    const draft = await readDraft(sql, { path, request }, ledger)
    const given = { digest, parameters, receivedAt: now, receivedBy: actor }
    return await lay(sql, { request, given, draft }, ledger).catch(async (error: unknown) => {
      // Sent twice at once: the other one was first.
      const first = violates(error, 'timetable_import_once') && (await findSameImport(sql, { digest, parameters }))
      if (first) return first
      throw error
    })
  } finally {
    await rm(path, { force: true })
  }
}

async function keep(bytes: Readable, path: string): Promise<Uint8Array> {
  const sm3 = createHash('sm3')
  let size = 0
  const measured = async function* (source: AsyncIterable<Buffer>) {
    for await (const piece of source) {
      size += piece.length
      if (size > timetableBytesMax) throw refuse('upload-too-large', { bytesMax: timetableBytesMax })
      sm3.update(piece)
      yield piece
    }
  }
  await pipeline(bytes, measured, createWriteStream(path, { flags: 'wx', mode: 0o600 })).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' ? refuse('upload-broken') : error
    }
  )
  return sm3.digest()
}

async function readDraft(
  sql: Parts['sql'],
  { path, request }: { path: string; request: ImportRequest },
  ledger: RowLedger
): Promise<Draft> {
  const refuseSourced = (row: Sourced<object>, fault: { reason: string; detail: string }): void =>
    refuseRow(ledger, row.source, fault)
  const file = await open(path)
  try {
    const draft = await (request.format === 'csv'
      ? readCsv(file, request, ledger)
      : readGtfs(sql, { file, request, refuse: refuseSourced }, ledger))
    return checkDraft(draft, await findKnownNetwork(sql), refuseSourced)
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('timetable-unreadable', { detail: error.message })
    throw error
  } finally {
    await file.close()
  }
}

async function readCsv(file: FileHandle, request: ImportRequest, ledger: RowLedger): Promise<Draft> {
  const { table = null } = request
  return await readTables(file, { tables: csvTables, fileName: (name) => `${name}.csv`, single: table }, ledger)
}

async function readGtfs(
  sql: Parts['sql'],
  given: {
    file: FileHandle
    request: ImportRequest
    refuse: (row: Sourced<object>, fault: { reason: string; detail: string }) => void
  },
  ledger: RowLedger
): Promise<Draft> {
  const { coachPlaces = null, ferryPlaces = null } = given.request
  const feed = await readTables(
    given.file,
    { tables: gtfsTables, fileName: (name) => `${name}.txt`, single: null },
    ledger
  )
  const names = await findPlaceNames(sql)
  return draftOfFeed(feed, { ...names, places: { coach: coachPlaces, ferry: ferryPlaces } }, given.refuse)
}

async function lay(
  sql: Parts['sql'],
  { request, given, draft }: { request: ImportRequest; given: Given; draft: Draft },
  ledger: RowLedger
): Promise<TimetableImport> {
  const { name, format, replaces, effective } = request
  const isEmpty = draft.departures.length + draft.fares.length + draft.calendars.length === 0
  return await transaction(sql, async (tx) => {
    await layNetwork(tx, draft)
    const made = { name, replaces, effective, createdAt: given.receivedAt, createdBy: given.receivedBy }
    const version = isEmpty ? null : await insertVersion(tx, made)
    if (version !== null) {
      await layCalendars(tx, version, draft)
      await layPlans(tx, version, draft)
    }
    const { rows, ignored, refused } = ledger
    return await insertImport(tx, { ...given, name, format, version, rows, ignored }, [...refused.values()])
  })
}

interface Given {
  digest: Uint8Array
  parameters: string
  receivedAt: Date
  receivedBy: string
}
