// What a publication says: who gets one, what its files are called, and the records of the small files (card.md §2.2, §2.7).
import { compactDay, type BusinessDay } from '../business-day.ts'
import { describeError } from '../card-files/error-codes.ts'
import { buildFileName } from '../card-files/file-names.ts'
import { encodeGbk } from '../card-files/fixed-width.ts'
import {
  bpRecord,
  crRecord,
  ldRecord,
  writeResultHeader,
  type ResultFile,
  type ResultKind
} from '../card-files/result-layouts.ts'
import { addExact, fen, roundExact, sumFen, zeroFen } from '../money.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { centreFee } from '../rating/fee-rules.ts'
import { netOf, type Position, type RatedTotal } from '../settlement/net-rules.ts'
import type { Settlement } from '../settlement/settlement-schemas.ts'
import { cardPurchase } from './line-encoder.ts'
import type { FileTitle } from './statement-file.ts'
import { readableKinds, type DayFile, type RefusedFile, type StatementKind } from './statement-schemas.ts'

export type ParticipantOf = (id: number) => Participant

/** Everybody the day concerned, and always the centre. */
export function receiversOf(
  settlement: Settlement,
  files: readonly DayFile[],
  refused: readonly RefusedFile[]
): number[] {
  const concerned = [
    ...settlement.positions.map((position) => position.participant),
    ...files.flatMap((file) => file.sender ?? []),
    ...refused.map((file) => file.sender)
  ]
  return [...new Set(concerned)].sort((a, b) => a - b)
}

/**
 * 清分结算机构流水号 of a line: the lines of all files before it, plus its own line number. Unique in its clearing day, and the
 * way back to FILE:LINE is in the statement.
 */
export function serialsBefore(files: readonly Pick<DayFile, 'id' | 'lineCount'>[]): Map<number, number> {
  let before = 0
  return new Map(
    files.map((file) => {
      const start = before
      // Header and trailer lines are numbered, too.
      before += file.lineCount + 2
      return [file.id, start]
    })
  )
}

/** The sequence of a result's name: the statement number; the first four digits count further parts. */
export function titleOf(
  kind: StatementKind,
  member: Participant,
  { day, number }: { day: BusinessDay; number: number },
  part = 1
): FileTitle {
  const { id: participant, code } = member
  if (!isReadable(kind)) {
    const sequence = (part - 1) * 1_000_000 + number
    const name = buildFileName({
      kind,
      day,
      time: '000000',
      organisation: code,
      sequence,
      version: disputeKinds.has(kind) ? 'H' : 'A'
    })
    return { participant, kind, part, name }
  }
  const title = kind === 'paper' || kind === 'workbook' ? 'statement' : kind
  const name = `${title}-${code}-${compactDay(day)}-${String(number).padStart(6, '0')}.${readableKinds[kind]}`
  return { participant, kind, part, name }
}

const disputeKinds: ReadonlySet<StatementKind> = new Set(['ED', 'CM', 'AD'])

function isReadable(kind: StatementKind): kind is keyof typeof readableKinds {
  return Object.hasOwn(readableKinds, kind)
}

/** One line per file we took or refused, in the order of their numbers. */
export function ldRecords(number: number, files: readonly { id: number; name: string; code: string }[]): Buffer[] {
  return files
    .toSorted((a, b) => a.id - b.id)
    .map((file, index) =>
      ldRecord.write({
        fileSequence: String(number).padStart(8, '0'),
        fileIndex: String((index + 1) % 10_000).padStart(4, '0'),
        fileName: fit(file.name, ldRecord.length.fileName),
        code: file.code,
        description: file.code === '000000' ? 'SUCCESS' : (describeError(file.code)?.chinese ?? '')
      })
    )
}

/** One line per acquirer and issuer. The three fees are printed rounded one by one; the money moves by the positions. */
export function crRecords(totals: readonly RatedTotal[], participantOf: ParticipantOf): Buffer[] {
  const pairs = Map.groupBy(totals, (total) => `${total.acquirer} ${total.issuer}`)
  return [...pairs.values()].map((pair) => {
    const acquirer = participantOf(pair[0]!.acquirer).code
    const issuer = participantOf(pair[0]!.issuer).code
    return crRecord.write({
      acquirer,
      receiver: issuer,
      issuer,
      sender: acquirer,
      business: cardPurchase,
      adjustment: '0',
      code: '000000',
      description: describeError('000000')!.chinese,
      transactions: pair.reduce((sum, total) => sum + total.transactions + total.entries, 0),
      amount: sumFen(pair.map((total) => total.amount)),
      acquirerFee: roundExact(addExact(...pair.map((total) => total.acquirerFee))),
      disputeFee: 0,
      issuerFee: roundExact(addExact(...pair.map((total) => total.issuerFee))),
      centreFee: roundExact(addExact(...pair.map(centreFee))),
      test: '0'
    })
  })
}

/** Exactly one record, of zeros for a member the day moved no money for. */
export function bpRecordOf(position: Position | undefined): Buffer {
  const { income, expense } = position ?? { income: zeroFen, expense: zeroFen }
  const net = position ? netOf(position) : zeroFen
  return bpRecord.write({
    income,
    expense,
    testIncome: 0,
    testExpense: 0,
    depositChange: fen(Math.abs(net)),
    sign: net < 0 ? '1' : '0'
  })
}

export function resultBytes(kind: ResultKind, file: Omit<ResultFile, 'kind' | 'records'>, records: Buffer[]): Buffer {
  return Buffer.concat([writeResultHeader({ ...file, kind, records: records.length }), ...records])
}

/** What of a name fits into a field; names of refused files may be anything. */
function fit(name: string, bytes: number): string {
  let text = ''
  let used = 0
  for (const character of name) {
    const written = asGbk(character)
    used += encodeGbk(written).length
    if (used > bytes) break
    text += written
  }
  return text
}

function asGbk(character: string): string {
  try {
    encodeGbk(character)
    return character
  } catch {
    return '?'
  }
}
