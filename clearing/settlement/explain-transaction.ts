// Tells the story of one line: the file it came in, its bytes, what was checked, its TAC, its fee, its day, and where it is stated.
import { hex } from '../../card-crypto/bytes.ts'
import { findRun, listRunFiles, listRunPositions } from '../adjustments/adjustment-queries.ts'
import { positionsOf } from '../adjustments/adjustment-rules.ts'
import { wallClock, type BusinessDay } from '../business-day.ts'
import { describeError } from '../card-files/error-codes.ts'
import { decodeGbk } from '../card-files/fixed-width.ts'
import type { ClearingContext } from '../context.ts'
import type { Queryable } from '../database.ts'
import { fileProfiles, type FormatName } from '../ingestion/file-profiles.ts'
import { findFile, type CardFile } from '../ingestion/file-queries.ts'
import { fen } from '../money.ts'
import { agreementFor } from '../participants/agreement-rules.ts'
import { listAgreements, listParticipants, loadParticipantLookup } from '../participants/participant-queries.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { explainRide } from '../rating/months/explain-ride.ts'
import { centreFee, feeFor } from '../rating/fee-rules.ts'
import { refuse } from '../refusals.ts'
import { archivedLine, type ArchivedLine } from '../statements/archived-lines.ts'
import { findReject, listDayFiles, listPublished, listStatementNumbers } from '../statements/statement-queries.ts'
import { isExchanged } from '../statements/pieces/piece-rules.ts'
import { serialsBefore } from '../statements/statement-rules.ts'
import { serviceNames } from '../statements/statement-csv.ts'
import type { DayFile } from '../statements/statement-schemas.ts'
import { findDay } from './clearing-day-queries.ts'
import type { Position } from './net-rules.ts'
import { listPositions } from './settlement-queries.ts'
import type { TransactionStory } from './transaction-story.ts'

const tacVerdicts = ['valid', 'wrong', 'no such key'] as const

/** `id` is FILE:LINE, as statements and rejects print it. Throws 'transaction-not-found'. */
export async function explainTransaction(context: ClearingContext, id: string): Promise<TransactionStory> {
  const match = /^(\d{1,9}):(\d{1,10})$/.exec(id)
  if (!match) throw refuse('transaction-not-found', { id })
  const file = await findFile(context.sql, Number(match[1]))
  if (!file) throw refuse('transaction-not-found', { id })
  const story: TransactionStory = { id, file: fileStory(file), line: Number(match[2]) }
  const stated = statedDay(file)
  if (file.state !== 'accepted' || stated === null) return story
  const beside = await listFilesBeside(context, file)
  const dayFile = beside.find((each) => each.id === file.id)
  const lookup = await loadParticipantLookup(context.sql, stated)
  const line = await archivedLine(context, dayFile!, { lookup, line: story.line })
  if (!line) throw refuse('transaction-not-found', { id })
  const participants = new Map((await listParticipants(context.sql)).map((each) => [each.id, each]))
  story.raw = isExchanged(file) ? decodeGbk(line.bytes) : line.bytes.toString('utf8')
  story.byteOffset = line.byteOffset
  story.outcome = await outcomeOf(context, file.id, story.line)
  if (line.batch.code[line.row] === 0) {
    story.transaction = transactionStory(line, participants)
    story.tac = await tacStory(context, file, line)
    if (story.outcome.code === '000000') {
      story.fee = await feeStory(context, stated, line)
      const fare = await explainRide(context.sql, file.id, story.line)
      if (fare) story.fare = fare
    }
  }
  story.day = await dayStory(context, file, { line, participants, beside })
  return story
}

/** The day that states the file's lines: its clearing day, or the day it came late for. */
function statedDay(file: CardFile): BusinessDay | null {
  return file.clearingDay ?? file.adjustment?.day ?? null
}

/** The files whose lines are numbered together. */
async function listFilesBeside({ sql }: ClearingContext, file: CardFile): Promise<DayFile[]> {
  if (!file.adjustment) return await listDayFiles(sql, file.clearingDay!)
  const { day, number } = file.adjustment
  return await listRunFiles(sql, (await findRun(sql, day, number))!.id)
}

function fileStory(file: CardFile): TransactionStory['file'] {
  return {
    id: file.id,
    name: file.name,
    sender: file.sender,
    state: file.state,
    code: file.code,
    reason: describeError(file.code)?.chinese ?? '',
    digest: hex(file.digest),
    signatureState: file.signatureState,
    signature: file.signature ? hex(file.signature) : null,
    receivedAt: wallClock(file.receivedAt),
    clearingDay: file.clearingDay,
    adjustment: file.adjustment
  }
}

async function listStatedPositions(sql: Queryable, file: CardFile): Promise<Position[]> {
  if (!file.adjustment) return await listPositions(sql, file.clearingDay!)
  const run = (await findRun(sql, file.adjustment.day, file.adjustment.number))!
  return positionsOf(await listRunPositions(sql, run.id))
}

async function outcomeOf(
  { sql }: ClearingContext,
  file: number,
  line: number
): Promise<TransactionStory['outcome'] & {}> {
  const reject = await findReject(sql, file, line)
  const error = describeError(reject?.code ?? '000000')!
  return { code: error.code, chinese: error.chinese, english: error.english, detail: reject?.detail ?? '' }
}

function transactionStory({ batch, row }: ArchivedLine, participants: ReadonlyMap<number, Participant>) {
  const party = (id: number) => {
    const found = participants.get(id)
    return found ? `${found.code} ${found.name}` : 'unknown'
  }
  return {
    occurredAt: wallClock(new Date(batch.occurredAt[row]!)),
    acquirer: party(batch.acquirer[row]!),
    issuer: party(batch.issuer[row]!),
    service: serviceNames[batch.service[row]!]?.join(' ') ?? String(batch.service[row]),
    passage: (['single', 'entry', 'exit'] as const)[batch.passage[row]!] ?? 'single',
    price: fen(batch.price[row]!),
    charged: fen(batch.amount[row]!),
    discount: fen(batch.price[row]! - batch.amount[row]!),
    cardSequence: batch.cardSequence[row]!,
    terminal: String(batch.terminalNumber[row]),
    terminalSequence: batch.hasProof ? batch.terminalSequence[row]! >>> 0 : null
  }
}

/** The TAC is computed again, now. */
async function tacStory({ keys }: ClearingContext, file: CardFile, { batch, row }: ArchivedLine) {
  if (!fileProfiles[file.format as FormatName].provesTac) return { proved: false as const }
  const stride = batch.tacRecords.length / batch.capacity
  const verdicts = await keys.verifyTacs(batch.tacRecords.slice(row * stride, (row + 1) * stride), 1)
  const key = batch.key[row]! & 0xffff
  return {
    proved: true as const,
    tac: (batch.tac[row]! >>> 0).toString(16).toUpperCase().padStart(8, '0'),
    algorithm: batch.algorithm[row] === 4 ? 'SM4' : '3DES',
    keyVersion: key >> 8,
    keyIndex: key & 255,
    verdict: tacVerdicts[verdicts[0]!] ?? 'wrong'
  }
}

async function feeStory({ sql }: ClearingContext, day: BusinessDay, { batch, row }: ArchivedLine) {
  const dealing = { acquirer: batch.acquirer[row]!, issuer: batch.issuer[row]!, service: batch.service[row]! }
  const agreement = agreementFor(await listAgreements(sql, day), dealing)
  if (!agreement) throw refuse('agreement-missing', dealing)
  const { chargeRate, acquirerShare, issuerShare } = agreement
  const fee = feeFor(fen(batch.amount[row]!), agreement)
  return { agreement: agreement.id, chargeRate, acquirerShare, issuerShare, ...fee, centreFee: centreFee(fee) }
}

interface DayStory {
  line: ArchivedLine
  participants: ReadonlyMap<number, Participant>
  beside: readonly DayFile[]
}

/** What became of the day, the parties' positions in it, and the files that state this line. */
async function dayStory(
  { sql }: ClearingContext,
  file: CardFile,
  { line: { batch, row }, participants, beside }: DayStory
): Promise<TransactionStory['day'] & {}> {
  const day = statedDay(file)!
  const adjustment = file.adjustment?.number ?? 0
  const read = batch.code[row] === 0
  const codes = new Map([...participants.values()].map((each) => [each.code, each.id]))
  const sender = file.sender === null ? undefined : codes.get(file.sender)
  const parties = new Set([sender, ...(read ? [batch.acquirer[row], batch.issuer[row]] : [])])
  const numbers = await listStatementNumbers(sql, day, adjustment)
  const published = await listPublished(sql, day, adjustment)
  const serial = serialsBefore(beside).get(file.id)! + batch.lineNumber[row]!
  return {
    day,
    state: (await findDay(sql, day))!.state,
    serial: String(serial).padStart(12, '0'),
    positions: (await listStatedPositions(sql, file))
      .filter((position) => parties.has(position.participant))
      .map(({ participant, income, expense }) => ({
        participant: participants.get(participant)!.code,
        income,
        expense
      })),
    statements: numbers
      .filter((each) => parties.has(each.participant))
      .map(({ participant, number }) => ({
        participant: participants.get(participant)!.code,
        number,
        files: published.filter((each) => each.participant === participant).map((each) => each.name)
      }))
  }
}
