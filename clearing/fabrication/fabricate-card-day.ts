// Makes up a day of card transactions as the acquirers would send it: CD files with real TACs, cards that keep their balance and
// counter, and a known number of lines for every kind of trouble. The same options make the same bytes.
import { TAC_RECORD } from '../../card-crypto/tac-batch.ts'
import { readUint32, writeUint32 } from '../../card-crypto/bytes.ts'
import { addDays, type BusinessDay } from '../business-day.ts'
import { packTacRecord, purseDataBytes } from '../card-files/cttic-layouts.ts'
import type { ErrorCode } from '../card-files/error-codes.ts'
import { issuers } from '../participants/guangdong.ts'
import type { DiscountScheme } from '../rating/discounts/discount-scheme.ts'
import { cardMark, openTariff } from './city-tariffs.ts'
import { openCdFiles, type WriteTo } from './cd-files.ts'
import { cdLineBytes, cdLineWriter, writeTac } from './cd-line-writer.ts'
import { createTally, sumTotals, type Manifest } from './manifest.ts'
import { createCards, createFleet } from './network.ts'
import { seededRandom, type Random } from './random.ts'
import { secondOf } from './ride-clock.ts'
import { emptyRide, strangeCard, takeLoneRide, takeRide, type Ride, type RideMix, type RideWorld } from './ride.ts'
import { openTaps } from './tap-cards.ts'

export interface FabricationOptions {
  /** Lines in all files together, troubled ones included. */
  transactions: number
  seed: number
  /** The day the rides take place and the files are named after. */
  day: BusinessDay
  /**
   * Computes the TAC of each flat record in place, e.g. with `stamp` of card-crypto/tac-batch.ts: the quick way, for millions of
   * lines. Without it every ride is tapped by a card in software at a terminal with a PSAM (tap-cards.ts): the same bytes.
   */
  signTacs?: ((records: Uint8Array, count: number) => void) | undefined
  /** Version and index of the root TAC keys. */
  key?: { version: number; index: number }
  acquirers?: readonly string[]
  /** Whose cards the lines of `unknownIssuers` are on; nobody's by default. Where its BIN is registered they are as good as others. */
  stranger?: { code: string; bin: string }
  mix?: Partial<RideMix>
  troubles?: Partial<Troubles>
  /** One card in so many lines; 6 by default. */
  linesPerCard?: number
  recordsPerFile?: number
  /** Terminals charge by them, where a city has one. */
  schemes?: readonly DiscountScheme[]
  /** Of a city, how many cards ride all day, and their share of the rides. */
  busyCards?: { city: string; cards: number; share: number }
}

/** How many lines are troubled, by kind. */
export interface Troubles {
  badTacs: number
  /** Lines sent twice, byte for byte. */
  duplicates: number
  unknownIssuers: number
  hotlisted: number
  /** Rides of 60 days ago. */
  overdue: number
  /** Rides of the day before: late, but in time. */
  late: number
}

/** What a troubled line is refused with; a late one is not. */
const codeOf: Record<keyof Troubles, ErrorCode | null> = {
  badTacs: '020004',
  duplicates: '020002',
  unknownIssuers: '020013',
  hotlisted: '020009',
  overdue: '020005',
  late: null
}

export const defaultAcquirers = ['12205810', '12215840', '11616020', '12775880', '11355850', '12785950'] as const
const defaultMix: RideMix = { away: 0.15, metro: 0.4, ferry: 0.03, sm4: 0.4 }

const [onTheDay, dayBefore, longAgo] = [0, 1, 2] as const
const overdueDays = 60
const sampleKey = { version: 1, index: 1 }
/** Rides signed at a time. */
const blockRides = 4096
/** Lines kept for being sent again. */
const rememberedLines = 32
/** Serial numbers of cards that ride once begin here, far from those of the others. */
const loneSerials = 90_000_000_000

/**
 * Writes the files through `writeTo`, in pieces, and answers what they must clear to when they are received after the last
 * ride of the day and within the days that are not overdue.
 */
export async function fabricateCardDay(options: FabricationOptions, writeTo: WriteTo): Promise<Manifest> {
  const { transactions, seed, day } = options
  const acquirers = options.acquirers ?? defaultAcquirers
  const world = createWorld(options, acquirers)
  const troubles = scatter(world.random, transactions, { ...defaultTroubles(transactions), ...options.troubles })
  const files = openCdFiles(acquirers, { day, recordsPerFile: options.recordsPerFile ?? 1_000_000 }, writeTo)
  const tally = createTally(world.fleet)
  const tap = options.signTacs ? undefined : openTaps(world.fleet, transactionDays(day), options.key ?? sampleKey)
  const block = createBlock(options, world)
  const memory = createMemory()
  const hotlist: Manifest['hotlist'] = []

  for (let from = 0; from < transactions; from += blockRides) {
    const count = Math.min(blockRides, transactions - from)
    for (let row = 0; row < count; row++) {
      const trouble = troubles.get(from + row)
      if (trouble === 'duplicates') continue
      const ride = rideFor(world, from + row, { transactions, trouble })
      tap?.(ride)
      block.write(row, ride)
      if (trouble === undefined || trouble === 'late') tally.accept(ride)
      if (trouble === 'hotlisted') hotlist.push(cardOf(ride))
    }
    options.signTacs?.(block.records, count)
    for (let row = 0; row < count; row++) {
      const trouble = troubles.get(from + row)
      const sent = trouble === 'duplicates' ? memory.recall(world.random) : block.finish(row, trouble === 'badTacs')
      const written = files.append(sent.acquirer, sent.lines, sent.at)
      if (written) await written
      if (trouble === undefined) memory.keep(from + row, sent)
    }
  }
  const totals = tally.totals()
  return {
    seed,
    day,
    files: await files.close(),
    lines: transactions,
    ...sumTotals(totals),
    totals,
    rejected: rejectsOf(troubles),
    hotlist
  }
}

function createWorld(options: FabricationOptions, acquirers: readonly string[]): RideWorld {
  const random = seededRandom(options.seed)
  const mix = { ...defaultMix, ...options.mix }
  const fleet = { ...createFleet(random, acquirers, 400), ...(options.stranger ? { stranger: options.stranger } : {}) }
  const count = Math.max(16, Math.ceil(options.transactions / (options.linesPerCard ?? 6)))
  const cards = createCards(random, count, { members: fleet.members, sm4: mix.sm4 })
  const tariff = options.schemes && openTariff(options.schemes, options.day)
  return { random, fleet, cards, mix, tariff, busy: busyOf(options, { fleet, cards }) }
}

function busyOf({ busyCards }: FabricationOptions, { fleet, cards }: Pick<RideWorld, 'fleet' | 'cards'>) {
  if (!busyCards) return undefined
  const home = fleet.members.findIndex(({ code }) => code.slice(4) === busyCards.city)
  const rows = [...cards.home.keys()].filter((card) => cards.home[card] === home && cardMark(card) === 0)
  return rows.length === 0 ? undefined : { cards: rows.slice(0, busyCards.cards), share: busyCards.share }
}

function defaultTroubles(transactions: number): Troubles {
  const one = (lines: number): number => Math.floor(transactions / lines)
  return {
    badTacs: one(2_000),
    duplicates: one(2_000),
    unknownIssuers: one(5_000),
    hotlisted: one(2_500),
    overdue: one(5_000),
    late: one(500)
  }
}

/** Which line has which trouble. The first line has none: there must be one to send twice. */
function scatter(random: Random, transactions: number, troubles: Troubles): Map<number, keyof Troubles> {
  const wanted = Object.entries(troubles) as [keyof Troubles, number][]
  const total = wanted.reduce((sum, [, count]) => sum + count, 0)
  if (total * 2 > transactions) throw new RangeError(`${total} troubled lines do not fit into ${transactions}`)
  const scattered = new Map<number, keyof Troubles>()
  for (const [trouble, count] of wanted) {
    for (let left = count; left > 0;) {
      const line = 1 + random.below(transactions - 1)
      if (scattered.has(line)) continue
      scattered.set(line, trouble)
      left--
    }
  }
  return scattered
}

function rejectsOf(troubles: Map<number, keyof Troubles>): Manifest['rejected'] {
  const rejected: Manifest['rejected'] = {}
  for (const trouble of troubles.values()) {
    const code = codeOf[trouble]
    if (code !== null) rejected[code] = (rejected[code] ?? 0) + 1
  }
  return rejected
}

const ride = emptyRide()

/** The ride of a line; the one object is used for all. */
function rideFor(
  world: RideWorld,
  line: number,
  { transactions, trouble }: { transactions: number; trouble: keyof Troubles | undefined }
): Ride {
  ride.second = secondOf(line, transactions)
  ride.day = trouble === 'late' ? dayBefore : trouble === 'overdue' ? longAgo : onTheDay
  if (trouble === undefined || trouble === 'badTacs') takeRide(world, ride)
  else {
    const issuer = trouble === 'unknownIssuers' ? strangeCard : world.random.below(issuers.length)
    takeLoneRide(world, ride, { issuer, serial: loneSerials + line })
  }
  return ride
}

function cardOf({ issuer, serial }: Ride): Manifest['hotlist'][number] {
  const [code, bin] = issuers[issuer]!
  return { issuer: code, cardNumber: `${bin}${String(serial).padStart(11, '0')}` }
}

/** A line and where it begins. */
interface SentLine {
  acquirer: number
  lines: Buffer
  at: number
}

interface Block {
  records: Uint8Array
  write(row: number, ride: Ride): void
  /** The line with its TAC, or with one bit of it wrong. */
  finish(row: number, spoilt: boolean): SentLine
}

/** The days a ride's `day` is a row of. */
function transactionDays(day: BusinessDay): BusinessDay[] {
  return [day, addDays(day, -1), addDays(day, -overdueDays)]
}

/** Lines and TAC records of the rides that are signed together. */
function createBlock(options: FabricationOptions, { fleet }: RideWorld): Block {
  const { day, key = sampleKey } = options
  const writeLine = cdLineWriter(fleet, transactionDays(day), key)
  const lines = Buffer.alloc(blockRides * cdLineBytes)
  const records = new Uint8Array(blockRides * TAC_RECORD.stride)
  const acquirers = new Uint8Array(blockRides)
  // Rows that are duplicates are signed like the rest and not used; they must name a key that is there.
  for (let row = 0; row < blockRides; row++) {
    records[row * TAC_RECORD.stride + TAC_RECORD.keyVersion] = key.version
    records[row * TAC_RECORD.stride + TAC_RECORD.keyIndex] = key.index
    records[row * TAC_RECORD.stride + TAC_RECORD.algorithm] = 3
    records[row * TAC_RECORD.stride + TAC_RECORD.dataLength] = purseDataBytes
  }
  return {
    records,
    write(row, ride) {
      writeLine(lines, row * cdLineBytes, ride)
      packTacRecord(lines, row * cdLineBytes, records, row * TAC_RECORD.stride)
      records[row * TAC_RECORD.stride + TAC_RECORD.algorithm] = ride.algorithm === 4 ? 4 : 3
      if (ride.tac !== 0) writeUint32(records, row * TAC_RECORD.stride + TAC_RECORD.tac, ride.tac)
      acquirers[row] = ride.acquirer
    },
    finish(row, spoilt) {
      const at = row * cdLineBytes
      writeTac(lines, at, readUint32(records, row * TAC_RECORD.stride + TAC_RECORD.tac) ^ (spoilt ? 1 : 0))
      return { acquirer: acquirers[row]!, lines, at }
    }
  }
}

interface Memory {
  keep(line: number, sent: SentLine): void
  recall(random: Random): SentLine
}

/** Some good lines of the last while, copied, to be sent again. */
function createMemory(): Memory {
  const kept: SentLine[] = []
  let next = 0
  return {
    keep(line, { acquirer, lines, at }) {
      if (line % 61 !== 0) return
      kept[next] = { acquirer, lines: Buffer.from(lines.subarray(at, at + cdLineBytes)), at: 0 }
      next = (next + 1) % rememberedLines
    },
    recall: (random) => kept[random.below(kept.length)]!
  }
}
