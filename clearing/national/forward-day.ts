// Forwards the cross-province transactions of a published day to the national centre: one CD file of ours with the lines as they came, TAC
// and all, and on record what we reckon the other side keeps of each. Made once; made again it is the same bytes.
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { sm3 } from '../../card-crypto/sm3.ts'
import { compactDay, type BusinessDay } from '../business-day.ts'
import { cdHeader, cdTrailer } from '../card-files/cttic-layouts.ts'
import { buildFileName } from '../card-files/file-names.ts'
import { lineEnd } from '../card-files/fixed-width.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Database } from '../database.ts'
import { sumFen, type ExactFen } from '../money.ts'
import { agreementFor } from '../participants/agreement-rules.ts'
import { findClearingCentre, listAgreements, loadParticipantLookup } from '../participants/participant-queries.ts'
import { feeFor } from '../rating/fee-rules.ts'
import { refuse } from '../refusals.ts'
import { archivedLines } from '../statements/archived-lines.ts'
import { listDayFiles } from '../statements/statement-queries.ts'
import type { NationalCentre } from './national-centre.ts'
import {
  countForwardings,
  insertForwardedLines,
  insertForwarding,
  listLinesToForward,
  listUnsent,
  markSent,
  type LineToForward
} from './national-queries.ts'

const forwardedFolder = 'national'
const linesAtOnce = 5000

type Forwarder = Pick<ClearingContext, 'sql' | 'folders'>

/** The day is published. Nothing happens when it has no cross-province ride, or was forwarded before. */
export async function forwardDay(context: Forwarder, day: BusinessDay, now: Date): Promise<void> {
  const { sql, folders } = context
  const lines = await listLinesToForward(sql, day)
  if (lines.length === 0) return
  const centre = await findClearingCentre(sql)
  const bytes = await writeUpload(context, { day, lines, organisation: centre.code })
  const kept = await rateLines(sql, day, lines)
  const sequence = (await countForwardings(sql)) + 1
  const name = buildFileName({ kind: 'CD', day, time: '030000', organisation: centre.code, sequence, version: 'A' })
  const storedAs = join(forwardedFolder, name)
  await keep(folders.published, storedAs, bytes)
  await transaction(sql, async (tx) => {
    const amount = sumFen(lines.map((line) => line.amount))
    const facts = { day, name, storedAs, digest: sm3(bytes), lines: lines.length, amount, madeAt: now }
    const id = await insertForwarding(tx, facts)
    if (id === undefined) return
    for (let from = 0; from < kept.length; from += linesAtOnce)
      await insertForwardedLines(tx, id, kept.slice(from, from + linesAtOnce))
  })
}

/** Hands over what is not with them yet. They may answer that a file is refused: that is an answer, and on record with its LD. */
export async function sendForwardings(context: Forwarder, centre: NationalCentre, now: Date): Promise<number> {
  let sent = 0
  for (const forwarding of await listUnsent(context.sql)) {
    await centre.send(join(context.folders.published, forwarding.storedAs), forwarding.name)
    await transaction(context.sql, async (tx) => await markSent(tx, forwarding.id, now))
    sent++
  }
  return sent
}

/** What stays with the national side of a foreign card's ride is what the agreement leaves to the issuer. */
async function rateLines(
  sql: Database,
  day: BusinessDay,
  lines: readonly LineToForward[]
): Promise<(LineToForward & { expectedKeep: ExactFen })[]> {
  const agreements = await listAgreements(sql, day)
  return lines.map((line) => {
    const agreement = agreementFor(agreements, line)
    if (!agreement) throw refuse('agreement-missing', { acquirer: line.acquirer, issuer: line.issuer })
    return { ...line, expectedKeep: feeFor(line.amount, agreement).issuerFee }
  })
}

async function writeUpload(
  context: Forwarder,
  { day, lines, organisation }: { day: BusinessDay; lines: readonly LineToForward[]; organisation: string }
): Promise<Buffer> {
  const date = compactDay(day).slice(2)
  const header = cdHeader.write({
    organisation,
    batchDate: date,
    settlementDate: date,
    environment: 'PROD',
    version: '00000001'
  })
  const trailer = cdTrailer.write({ records: lines.length + 2, macKey: '', mac: '' })
  const end = Buffer.from(lineEnd)
  return Buffer.concat([header, end, ...(await readLines(context, day, lines)), trailer, end])
}

/** The lines as they lie in the archive, line ends included; files without any are not opened. */
async function readLines(context: Forwarder, day: BusinessDay, lines: readonly LineToForward[]): Promise<Buffer[]> {
  const wanted = Map.groupBy(lines, (line) => line.fileId)
  const lookup = await loadParticipantLookup(context.sql, day)
  const found: Buffer[] = []
  for (const file of await listDayFiles(context.sql, day)) {
    const numbers = new Set(wanted.get(file.id)?.map((line) => line.lineNumber))
    if (numbers.size === 0) continue
    for await (const { batch, bytes, byteFrom } of archivedLines(context, file, lookup))
      for (let row = 0; row < batch.count; row++) {
        if (!numbers.has(batch.lineNumber[row]!)) continue
        const at = batch.byteOffset[row]! - byteFrom
        found.push(Buffer.from(bytes.subarray(at, at + batch.byteLength[row]! + lineEnd.length)))
      }
  }
  if (found.length !== lines.length)
    throw refuse('line-without-fate', { day, lines: lines.length, found: found.length })
  return found
}

/** Whole and on disk before anybody reads of it. */
async function keep(folder: string, storedAs: string, bytes: Buffer): Promise<void> {
  const path = join(folder, storedAs)
  await mkdir(join(folder, forwardedFolder), { recursive: true })
  const held = await readFile(path).catch(() => null)
  if (held?.equals(bytes)) return
  const handle = await open(`${path}.part`, 'w', 0o640)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.part`, path)
}
