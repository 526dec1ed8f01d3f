// What one pass over the day's lines fills: FB for every sender, CL for every issuer, CSV where the source is no interface file,
// and the tallies that, with those of all other passes over the day, must come to the settlement.
import { ctticCd } from '../card-files/cttic-cd.ts'
import { forwardedCl } from '../card-files/exchange/forwarded-cl.ts'
import { errorCodes } from '../card-files/error-codes.ts'
import { clRecord, fbRecord } from '../card-files/result-layouts.ts'
import { fen, type Fen } from '../money.ts'
import type { Dealing } from '../participants/agreement-rules.ts'
import type { Agreement } from '../participants/participant-schemas.ts'
import { feeFor, type Fee } from '../rating/fee-rules.ts'
import { refuse } from '../refusals.ts'
import type { AgreementTotal } from '../settlement/net-rules.ts'
import type { ArchivedLines } from './archived-lines.ts'
import { feeText, rerateCl, writeAcceptedFb, writeCl, writeRejectedFb, type UploadedLine } from './line-encoder.ts'
import type { DayPlan } from './day-plan.ts'
import { transactionRow } from './statement-csv.ts'
import type { ResultSeries, StatementFile } from './statement-file.ts'
import { dealingKey, keysShown } from './pieces/piece-rules.ts'
import type { FileReject, LinesResult } from './pieces/piece-schemas.ts'
import type { DayFile } from './statement-schemas.ts'

/** Rejects of one reason as a participant is told them. */
export interface RejectTally {
  code: string
  count: number
  /** FILE:LINE of the first ones. */
  keys: string[]
}

/** The files lines go into; each is opened before the pass. */
export interface Outlets {
  feedback: ReadonlyMap<number, ResultSeries>
  clearing: ReadonlyMap<number, ResultSeries>
  /** By participant, acquirers and issuers alike. */
  transactions(participant: number): StatementFile
}

interface RatedDealing {
  total: AgreementTotal
  agreement: Agreement
  fees: Map<number, { fee: Fee; text: Buffer }>
}

export class DayBooks {
  readonly #outlets: Outlets
  readonly #plan: Pick<DayPlan, 'settlement' | 'agreements' | 'accountOf'>
  readonly #centre: number
  readonly #receivers: ReadonlySet<number>
  readonly #dealings = new Map<number, RatedDealing>()
  readonly #rejects = new Map<string, FileReject>()
  readonly #line: UploadedLine = { bytes: Buffer.alloc(0), at: 0, length: 0, serial: 0 }

  constructor(outlets: Outlets, plan: DayPlan) {
    this.#outlets = outlets
    this.#plan = plan
    this.#centre = plan.centre.id
    this.#receivers = new Set(plan.numbers.map((each) => each.participant))
  }

  /** Enters a chunk; `serialBefore` is what the day counted before this file. Nothing is waited for: flush in between. */
  enter(file: DayFile, lines: ArchivedLines, serialBefore: number): void {
    const { batch, fates, bytes, byteFrom } = lines
    const line = this.#line
    line.bytes = bytes
    for (let row = 0; row < batch.count; row++) {
      line.at = batch.byteOffset[row]! - byteFrom
      line.length = batch.byteLength[row]!
      line.serial = serialBefore + batch.lineNumber[row]!
      if (fates[row] === 0) this.#enterAccepted(file, lines, row)
      else this.#enterRejected(file, lines, row)
    }
  }

  tallies(): Pick<LinesResult, 'totals' | 'rejects'> {
    return { totals: [...this.#dealings.values()].map(({ total }) => total), rejects: [...this.#rejects.values()] }
  }

  #enterAccepted(file: DayFile, { batch, byteFrom, bytes, fates }: ArchivedLines, row: number): void {
    const acquirer = batch.acquirer[row]!
    const issuer = batch.issuer[row]!
    const dealing = this.#dealing(acquirer, issuer, batch.service[row]!)
    const amount = fen(batch.amount[row]!)
    if (batch.passage[row] === 1) dealing.total.entries++
    else {
      dealing.total.transactions++
      dealing.total.amount = fen(dealing.total.amount + amount)
      dealing.total.price = fen(dealing.total.price + batch.price[row]!)
    }
    const { fee, text } = feesOf(dealing, amount)
    if (file.format === ctticCd.id) {
      const feedback = this.#outlets.feedback.get(file.sender!)!
      const at = feedback.reserve(fbRecord.width)
      writeAcceptedFb(feedback.current.page, at, this.#line, text)
      // An issuer of another province gets the line itself, by way of the national centre (national/forward-day.ts).
      this.#outlets.clearing.get(issuer)?.put(clRecord.width, (page, place) => writeCl(page, place, this.#line, text))
      return
    }
    if (file.format === forwardedCl.id)
      return this.#outlets.clearing
        .get(issuer)!
        .put(clRecord.width, (page, place) => rerateCl(page, place, this.#line, text))
    const csv = transactionRow(file, { batch, byteFrom, bytes, fates }, { row, fee })
    for (const party of this.#accounts(acquirer, issuer)) this.#outlets.transactions(party).appendLine(csv)
  }

  #enterRejected(file: DayFile, lines: ArchivedLines, row: number): void {
    const { batch, fates } = lines
    const error = fates[row]!
    const key = `${file.id}:${batch.lineNumber[row]}`
    const party = file.sender ?? this.#acquirerOf(lines, row)
    for (const each of new Set([party, this.#centre])) this.#tally(file, each, error, key)
    if (file.format === ctticCd.id) {
      const feedback = this.#outlets.feedback.get(file.sender!)!
      const at = feedback.reserve(fbRecord.width)
      return writeRejectedFb(feedback.current.page, at, this.#line, error)
    }
    if (file.format === forwardedCl.id) return
    this.#outlets.transactions(party).appendLine(transactionRow(file, lines, { row, fee: null }))
  }

  #accounts(...parties: number[]): Set<number> {
    return new Set(parties.map(this.#plan.accountOf))
  }

  /** Whom a reject without a sender is told: its acquirer, where the line names one that gets a statement; else the centre. */
  #acquirerOf({ batch }: ArchivedLines, row: number): number {
    const acquirer = batch.code[row] === 0 ? this.#plan.accountOf(batch.acquirer[row]!) : this.#centre
    return this.#receivers.has(acquirer) ? acquirer : this.#centre
  }

  #tally({ id: file }: DayFile, participant: number, error: number, key: string): void {
    const tally = this.#rejects.getOrInsertComputed(`${file} ${participant} ${error}`, () => {
      return { file, participant, code: errorCodes[error]!.code, count: 0, keys: [] }
    })
    tally.count++
    if (tally.keys.length < keysShown) tally.keys.push(key)
  }

  #dealing(acquirer: number, issuer: number, service: number): RatedDealing {
    const key = (acquirer * 32_768 + issuer) * 256 + service
    let dealing = this.#dealings.get(key)
    if (!dealing) {
      const agreement = this.#settledAgreement({ acquirer, issuer, service })
      const total = { acquirer, issuer, service, transactions: 0, entries: 0, amount: fen(0), price: fen(0) }
      this.#dealings.set(key, (dealing = { total, agreement, fees: new Map() }))
    }
    return dealing
  }

  /** Lines are rated by the agreement their total was settled under. */
  #settledAgreement(dealing: Dealing): Agreement {
    const { settlement, agreements } = this.#plan
    const settled = settlement.totals.find((total) => dealingKey(total) === dealingKey(dealing))
    if (!settled) throw refuse('statement-sums-differ', { ...dealing })
    const agreement = agreements.find((each) => each.id === settled.agreement)
    if (!agreement) throw refuse('agreement-missing', { ...dealing })
    return agreement
  }
}

/** Fares repeat: a few hundred amounts make up a day, and each is rated once. */
function feesOf(dealing: RatedDealing, amount: Fen): { fee: Fee; text: Buffer } {
  let known = dealing.fees.get(amount)
  if (!known) {
    const fee = feeFor(amount, dealing.agreement)
    dealing.fees.set(amount, (known = { fee, text: feeText(fee) }))
  }
  return known
}
