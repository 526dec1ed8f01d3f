// One accepted file of a day, computed again: its archived bytes, its sender's signature, and for every line exactly one fate: a row
// that says what the line says and whose TAC verifies, or a reject that keeps its very bytes.
import { join } from 'node:path'
import { derToRaw } from '../../../card-crypto/sm2-der.ts'
import { sm2VerifyFile } from '../../../card-crypto/sm2-file.ts'
import { errorCodes, errorIndex } from '../../card-files/error-codes.ts'
import type { ClearingContext } from '../../context.ts'
import { fileProfiles, type FormatName } from '../../ingestion/file-profiles.ts'
import type { TransactionBatch } from '../../ingestion/transaction-batch.ts'
import type { ParticipantLookup } from '../../participants/participant-lookup.ts'
import { archivedLines, type ArchivedLines } from '../../statements/archived-lines.ts'
import type { DayFile } from '../../statements/statement-schemas.ts'
import { Unsound } from './unsound.ts'
import { countFileRejects, findFileSignature, listRejectBytes, storedLines, type StoredLine } from './verify-queries.ts'

const wrongTac = errorIndex('020004')

interface Counts {
  lines: number
  accepted: number
  rejected: number
  amount: number
  tacs: number
}

/** Throws Unsound, or a refusal of archivedLines, at the first line that is not sound. */
export async function verifyFile(
  context: ClearingContext,
  file: DayFile,
  { lookup, report }: { lookup: ParticipantLookup; report: (bytes: number) => void }
): Promise<string> {
  const signed = await verifySignature(context, file)
  const counts: Counts = { lines: 0, accepted: 0, rejected: 0, amount: 0, tacs: 0 }
  const stored = storedLines(context.sql, file.id)
  try {
    for await (const lines of archivedLines(context, file, lookup)) {
      await verifyRows(file, lines, { stored, counts })
      await verifyRejects(context, file, lines)
      await verifyTacs(context, file, { lines, counts })
      report(lines.byteFrom + lines.bytes.length)
    }
    const extra = (await stored.next()).value as StoredLine | undefined
    if (extra)
      throw new Unsound(`transaction ${file.id}:${extra.lineNumber} is in the database but in no line of the file`)
  } finally {
    await stored.return(undefined)
  }
  await verifyCounts(context, file, counts)
  const tacs = counts.tacs > 0 ? `, ${counts.tacs} TACs verified` : ''
  return `${file.name}: ${counts.lines} lines, ${counts.accepted} accepted, ${counts.rejected} rejected${tacs}${signed}`
}

async function verifySignature({ sql, folders }: ClearingContext, file: DayFile): Promise<string> {
  const { signature, signatureState, publicKey } = await findFileSignature(sql, file.id)
  if (signatureState === 'absent') return ''
  const path = join(folders.archive, file.storedAs)
  const raw = signature && (signature.length === 64 ? signature : derToRaw(signature))
  if (!raw || !publicKey || !(await sm2VerifyFile(publicKey, { path, signature: raw })))
    throw new Unsound(`${file.name}: the sender's signature does not verify`)
  return ', signature verified'
}

/** The rows come in the order of lines, as do the accepted lines: they must go in step. */
async function verifyRows(
  file: DayFile,
  { batch, fates }: ArchivedLines,
  { stored, counts }: { stored: AsyncGenerator<StoredLine>; counts: Counts }
): Promise<void> {
  for (let row = 0; row < batch.count; row++) {
    counts.lines++
    if (fates[row] !== 0) {
      counts.rejected++
      continue
    }
    counts.accepted++
    counts.amount += batch.amount[row]!
    const line = batch.lineNumber[row]!
    const found = (await stored.next()).value as StoredLine | undefined
    if (!found || found.lineNumber > line)
      throw new Unsound(`line ${file.id}:${line} became neither a transaction nor a reject`)
    if (found.lineNumber < line)
      throw new Unsound(
        `transaction ${file.id}:${found.lineNumber} is in the database, but its line was rejected or is there twice`
      )
    const fact = factOf(batch, row)
    if (found.fact !== fact)
      throw new Unsound(`transaction ${file.id}:${line} is stored as ${found.fact}, its line says ${fact}`)
  }
}

/** The columns of card_transaction as the line gives them, in the order of storedLines. */
function factOf(batch: TransactionBatch, row: number): string {
  const proven = (value: number): number | string => (batch.hasProof ? value : '')
  return [
    batch.day[row],
    batch.cardNumber[row],
    batch.cardSequence[row],
    batch.terminalNumber[row],
    proven(batch.terminalSequence[row]!),
    batch.occurredAt[row],
    batch.amount[row],
    batch.price[row],
    proven(batch.balanceBefore[row]!),
    proven(batch.tac[row]!),
    batch.issuer[row],
    batch.acquirer[row],
    proven(batch.key[row]!),
    batch.service[row],
    batch.kind[row],
    batch.passage[row],
    batch.discount[row],
    batch.algorithm[row]
  ].join('|')
}

async function verifyRejects({ sql }: ClearingContext, file: DayFile, lines: ArchivedLines): Promise<void> {
  const { batch, bytes, byteFrom, fates } = lines
  if (!fates.subarray(0, batch.count).some((fate) => fate !== 0)) return
  const first = batch.lineNumber[0]!
  for (const { lineNumber, raw } of await listRejectBytes(sql, file.id, first, first + batch.count)) {
    const row = lineNumber - first
    const at = batch.byteOffset[row]! - byteFrom
    if (!bytes.subarray(at, at + batch.byteLength[row]!).equals(raw))
      throw new Unsound(`reject ${file.id}:${lineNumber} does not keep the bytes of its line`)
  }
}

/** Accepted lines prove themselves; a line rejected for its TAC must not. */
async function verifyTacs(
  { keys }: ClearingContext,
  file: DayFile,
  { lines: { batch, fates }, counts }: { lines: ArchivedLines; counts: Counts }
): Promise<void> {
  if (!fileProfiles[file.format as FormatName].provesTac) return
  const verdicts = await keys.verifyTacs(batch.tacRecords, batch.count)
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] !== 0) continue
    const key = `${file.id}:${batch.lineNumber[row]}`
    if (fates[row] === 0 && verdicts[row] !== 0) throw new Unsound(`the TAC of transaction ${key} does not verify`)
    if (fates[row] === wrongTac && verdicts[row] === 0)
      throw new Unsound(`line ${key} was rejected with ${errorCodes[wrongTac]!.code}, but its TAC verifies`)
    if (fates[row] === 0) counts.tacs++
  }
}

async function verifyCounts({ sql }: ClearingContext, file: DayFile, counts: Counts): Promise<void> {
  const rejects = await countFileRejects(sql, file.id)
  if (rejects !== counts.rejected)
    throw new Unsound(`file ${file.id} has ${rejects} rejects for ${counts.rejected} rejected lines`)
  const recorded = {
    lines: file.lineCount,
    accepted: file.acceptedCount,
    rejected: file.rejectedCount,
    amount: file.amount
  }
  for (const name of ['lines', 'accepted', 'rejected', 'amount'] as const)
    if (recorded[name] !== counts[name])
      throw new Unsound(`file ${file.id}: ${name} ${recorded[name]} on record, ${counts[name]} by its lines`)
}
