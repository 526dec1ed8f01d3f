// Holds a scheme against real fares: reads a file of rides, and says of each fare-bearing line which rule gives it to the fen.
import { readFile } from 'node:fs/promises'
import { edgeBytes, type Frame } from '../../card-files/file-format.ts'
import { shenzhenOpenData } from '../../card-files/shenzhen-open-data.ts'
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'
import { createTransactionBatch, type TransactionBatch } from '../../ingestion/transaction-batch.ts'
import { fen, type Fen } from '../../money.ts'
import { loadParticipantLookup } from '../../participants/participant-queries.ts'
import { refuse } from '../../refusals.ts'
import { findScheme } from './discount-queries.ts'
import type { Service } from './discount-scheme.ts'
import { explainFare, hintOf, type FarePattern, type ObservedFare } from './explain-fare-rules.ts'

export interface FareExplanation {
  scheme: string
  source: string
  /** Fare-bearing lines. */
  lines: number
  explained: number
  share: number
  byPattern: ExplainedPattern[]
  unexplained: UnexplainedPattern[]
  /** Of cards with several fares: how many show one class of rider throughout. */
  cards: { several: number; consistent: number }
  /** Lines that could not be read, by code. */
  unreadable: number
}

export interface ExplainedPattern {
  pattern: FarePattern
  service: Service
  lines: number
  price: Fen
  charged: Fen
}

export interface UnexplainedPattern {
  service: Service
  price: Fen
  charged: Fen
  transfer: boolean
  lines: number
  hint: string
  /** The first such line of the file. */
  line: number
}

const servicesByNumber: Record<number, Service> = { 1: 'bus', 2: 'metro', 6: 'ferry' }
const city = '5840'
const entry = 1

/** Throws file-not-explainable for another file, and discount-scheme-not-found. */
export async function explainFares(sql: Queryable, path: string): Promise<FareExplanation> {
  const bytes = await readFile(path)
  const frame = openFrame(bytes)
  const batch = createTransactionBatch(frame.records + 1)
  const day = bytes.toString('utf8', frame.firstByte).match(/\d{4}-\d{2}-\d{2}/)?.[0] as BusinessDay | undefined
  const scheme = day && (await findScheme(sql, city, day))
  if (!scheme) throw refuse('discount-scheme-not-found', { city, day: day ?? '' })
  const lookup = await loadParticipantLookup(sql, day)
  shenzhenOpenData.recordReader(lookup)(bytes.subarray(frame.firstByte), batch, frame.firstLine, frame.firstByte)

  const tally = startTally()
  for (const { row, fare } of faresOf(batch)) {
    const pattern = explainFare(scheme.terms, fare)
    if (pattern) tally.explained(pattern, fare, batch.cardNumber[row]!)
    else tally.unexplained(fare, hintOf(scheme.terms, fare), batch.lineNumber[row]!)
  }
  return { scheme: scheme.id, source: scheme.source, ...tally.end(), unreadable: batch.code.filter(Boolean).length }
}

function openFrame(bytes: Buffer): Frame {
  const edges = {
    name: '',
    size: bytes.length,
    head: bytes.subarray(0, edgeBytes),
    tail: bytes.subarray(-edgeBytes),
    lines: bytes.reduce((lines, byte) => lines + Number(byte === 10), Number(bytes.at(-1) !== 10))
  }
  const frame = shenzhenOpenData.openFrame(edges)
  if ('fault' in frame) throw refuse('file-not-explainable', { detail: frame.detail })
  return frame
}

function* faresOf(batch: TransactionBatch): Generator<{ row: number; fare: ObservedFare }> {
  for (let row = 0; row < batch.count; row++) {
    const service = servicesByNumber[batch.service[row]!]
    if (batch.code[row] !== 0 || batch.passage[row] === entry || !service) continue
    const [price, charged] = [fen(batch.price[row]!), fen(batch.amount[row]!)]
    yield { row, fare: { service, price, charged, transfer: batch.discount[row] !== 0 } }
  }
}

function startTally() {
  const byPattern = new Map<string, ExplainedPattern>()
  const unexplained = new Map<string, UnexplainedPattern>()
  const classes = new Map<bigint, { fares: number; seen: Set<string> }>()
  return {
    explained(pattern: FarePattern, { service, price, charged }: ObservedFare, card: bigint): void {
      const key = `${service} ${pattern}`
      const sum = byPattern.get(key) ?? { pattern, service, lines: 0, price: fen(0), charged: fen(0) }
      const { lines } = sum
      byPattern.set(key, {
        ...sum,
        lines: lines + 1,
        price: fen(sum.price + price),
        charged: fen(sum.charged + charged)
      })
      const holder = classes.get(card) ?? { fares: 0, seen: new Set() }
      holder.fares++
      holder.seen.add(pattern === 'transfer' ? 'ordinary' : pattern)
      classes.set(card, holder)
    },
    unexplained({ service, price, charged, transfer }: ObservedFare, hint: string, line: number): void {
      const key = `${service} ${price} ${charged} ${transfer}`
      const known = unexplained.get(key) ?? { service, price, charged, transfer, lines: 0, hint, line }
      unexplained.set(key, { ...known, lines: known.lines + 1 })
    },
    end() {
      const most = <Row extends { lines: number }>(rows: Iterable<Row>) =>
        [...rows].toSorted((a, b) => b.lines - a.lines)
      const explained = [...byPattern.values()].reduce((sum, { lines }) => sum + lines, 0)
      const lines = [...unexplained.values()].reduce((sum, pattern) => sum + pattern.lines, explained)
      const several = [...classes.values()].filter(({ fares }) => fares > 1)
      return {
        lines,
        explained,
        share: lines === 0 ? 0 : Math.floor((10_000 * explained) / lines) / 10_000,
        byPattern: most(byPattern.values()),
        unexplained: most(unexplained.values()),
        cards: { several: several.length, consistent: several.filter(({ seen }) => seen.size === 1).length }
      }
    }
  }
}
