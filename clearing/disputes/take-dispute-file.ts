// Takes in a party's ED or CM file: each record raises or answers one dispute, or is refused with the interface's code. The same file again
// finds its disputes under way or decided, and changes nothing.
import { readFile, stat } from 'node:fs/promises'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { compactDay, parseDay } from '../business-day.ts'
import { readCmFile, readEdFile } from '../card-files/dispute-layouts.ts'
import type { ErrorCode } from '../card-files/error-codes.ts'
import { parseFileName } from '../card-files/file-names.ts'
import type { Database } from '../database.ts'
import { claimSignature } from '../ingestion/receiving/file-signature.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import { Refusal } from '../refusal.ts'
import { refuse } from '../refusals.ts'
import { listDayFiles } from '../statements/statement-queries.ts'
import { answerDispute } from './answer-dispute.ts'
import { answerCodes, kindOfCode } from './dispute-codes.ts'
import { findOriginal, findUnderWay } from './dispute-queries.ts'
import { raiseDispute } from './raise-dispute.ts'
import { transactionOfSerial } from './serial-rules.ts'

export interface DisputeFileOutcome {
  kind: 'ED' | 'CM'
  records: { record: number; code: ErrorCode; dispute: number | null }[]
}

export function isDisputeFileName(name: string): boolean {
  return /^(ED|CM)\d/.test(name)
}

/** A file holds one line for each dispute; more than this is none. */
const bytesMax = 20_000_000

export async function readDisputeBytes(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > bytesMax) throw refuse('dispute-file-refused', { code: '010016', detail: `${size} bytes` })
  return await readFile(path)
}

/** Throws 'dispute-file-refused' when the file as a whole cannot be read or names another sender than its header. */
export async function takeDisputeFile(
  { sql }: { sql: Database },
  { name, bytes, signature }: { name: string; bytes: Buffer; signature?: Uint8Array },
  now: Date
): Promise<DisputeFileOutcome> {
  const parsed = parseFileName(name)
  if ('fault' in parsed) throw refuse('dispute-file-refused', { code: parsed.fault, detail: parsed.detail })
  if (parsed.version !== 'H')
    throw refuse('dispute-file-refused', { code: '010007', detail: `version ${parsed.version}` })
  const sender = await findParticipant(sql, parsed.organisation)
  if (!sender) throw refuse('dispute-file-refused', { code: '010004', detail: parsed.organisation })
  if (sender.state !== 'active') throw refuse('dispute-file-refused', { code: '010005', detail: sender.code })
  const claim = await claimSignature(sql, sender, signature)
  if (claim === 'invalid' || (typeof claim !== 'string' && !sm2Verify(claim.publicKey, bytes, claim.signature)))
    throw refuse('dispute-file-refused', { code: '010019', detail: 'the SM2 signature does not verify' })
  const kind = parsed.kind === 'ED' ? 'ED' : 'CM'
  const { organisation, records } = readWhole(kind, bytes)
  if (organisation !== sender.code) throw refuse('dispute-file-refused', { code: '010009', detail: organisation })
  const outcome: DisputeFileOutcome = { kind, records: [] }
  for (const [index, record] of records.entries()) {
    const taken = await takeRecord(sql, { record, sender: sender.code, now })
    outcome.records.push({ record: index + 1, ...taken })
  }
  return outcome
}

type EdRow = ReturnType<typeof readEdFile>['records'][number]
type CmRow = ReturnType<typeof readCmFile>['records'][number]

function readWhole(kind: 'ED' | 'CM', bytes: Buffer): { organisation: string; records: (EdRow | CmRow)[] } {
  try {
    return kind === 'ED' ? readEdFile(bytes) : readCmFile(bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuse('dispute-file-refused', { code: '010010', detail: error.message })
  }
}

interface Taking<Row> {
  record: Row
  sender: string
  now: Date
}

async function takeRecord(
  sql: Database,
  taking: Taking<EdRow | CmRow>
): Promise<{ code: ErrorCode; dispute: number | null }> {
  try {
    const { record } = taking
    return 'answer' in record ? await takeCm(sql, { ...taking, record }) : await takeEd(sql, { ...taking, record })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { code: (error.facts['code'] as ErrorCode | undefined) ?? '020036', dispute: null }
  }
}

async function takeEd(sql: Database, { record, sender, now }: Taking<EdRow>) {
  const kind = kindOfCode(record.kind)
  if (kind === null) return refusedRecord('020018')
  const day = parseDay(record.clearingDay)
  const transaction = day && transactionOfSerial(await listDayFiles(sql, day), Number(record.clearingSequence))
  if (!transaction) return refusedRecord('020007')
  const [file, line] = transaction.split(':').map(Number) as [number, number]
  const original = await findOriginal(sql, file, line)
  if (!original) return refusedRecord('020007')
  if (original.cardNumber !== record.cardNumber || original.cardSequence !== record.cardSequence)
    return refusedRecord('020008')
  const { reason, adjustedAmount } = record
  const raised = await raiseDispute({ sql }, { transaction, kind, reason, adjustedAmount, raisedBy: sender }, now)
  return { code: '000000' as const, dispute: raised.id }
}

async function takeCm(sql: Database, { record, sender, now }: Taking<CmRow>) {
  const day = parseDay(record.clearingDay)
  const dispute = day ? await findUnderWay(sql, day, Number(record.clearingSequence)) : undefined
  if (!dispute || compactDay(dispute.day) !== record.clearingDay) return refusedRecord('020036')
  const answer = Object.entries(answerCodes).find(([, code]) => code === record.answer)?.[0]
  if (answer === undefined) return refusedRecord('020018')
  await answerDispute({ sql }, dispute.id, { answer: answer as 'agreed' | 'declined', by: sender, now })
  return { code: '000000' as const, dispute: dispute.id }
}

function refusedRecord(code: ErrorCode): { code: ErrorCode; dispute: null } {
  return { code, dispute: null }
}
