// How a publication falls into pieces that can be made in any order, by anybody: every record of an interface file has its place in
// the file it goes into, known from counts alone. And how what the pieces found adds up again.
import { ctticCd } from '../../card-files/cttic-cd.ts'
import { forwardedCl } from '../../card-files/exchange/forwarded-cl.ts'
import { resultRecordsMax } from '../../card-files/result-layouts.ts'
import { fen } from '../../money.ts'
import { refuse } from '../../refusals.ts'
import type { Dealing } from '../../participants/agreement-rules.ts'
import type { AgreementTotal, RatedTotal } from '../../settlement/net-rules.ts'
import type { RejectTally } from '../day-books.ts'
import type { DayPlan } from '../day-plan.ts'
import { titleOf } from '../statement-rules.ts'
import type { DayFile } from '../statement-schemas.ts'
import type { FileReject, LargeWork, LinesResult, LinesWork, SeriesPlace, SmallWork } from './piece-schemas.ts'

/** Accepted lines of one issuer's cards in one file. */
export interface IssuerCount {
  file: number
  issuer: number
  lines: number
}

export interface PublicationPieces {
  lines: LinesWork[]
  /** FB and CL; tables follow once their lines are in. */
  large: LargeWork[]
  small: SmallWork[]
}

export function isExchanged({ format }: Pick<DayFile, 'format'>): boolean {
  return format === ctticCd.id || format === forwardedCl.id
}

/**
 * In the order of files, and of participants. Nobody is told FB of rides elsewhere, and an issuer of another province gets its lines by way
 * of the national centre.
 */
export function piecesOf(plan: DayPlan, counts: readonly IssuerCount[]): PublicationPieces {
  const exchanged = plan.files.filter(isExchanged)
  const others = plan.files.filter((file) => !isExchanged(file))
  const series = [
    ...placesOf(
      'FB',
      exchanged
        .filter((file) => file.format === ctticCd.id)
        .map((file) => ({ file: file.id, participant: file.sender!, records: file.lineCount }))
    ),
    ...placesOf(
      'CL',
      counts
        .filter(({ issuer }) => plan.accountOf(issuer) === issuer)
        .map(({ file, issuer, lines }) => ({ file, participant: issuer, records: lines }))
    )
  ]
  const lines = exchanged.map(({ id }) => ({
    files: [id],
    series: series.filter(({ file }) => file === id).map(({ place }) => place)
  }))
  if (others.length > 0) lines.push({ files: others.map(({ id }) => id), series: [] })
  return {
    lines,
    large: partsOf(
      plan,
      series.map(({ place }) => place)
    ),
    small: plan.numbers.map(({ participant }) => ({ participant }))
  }
}

interface Stretch {
  file: number
  participant: number
  records: number
}

/** Files without records take no place, except the first of a participant that has none at all: a header without records. */
function placesOf(kind: SeriesPlace['kind'], stretches: readonly Stretch[]): { file: number; place: SeriesPlace }[] {
  return [...Map.groupBy(stretches, ({ participant }) => participant).values()].flatMap((mine) => {
    const ordered = mine.toSorted((a, b) => a.file - b.file)
    const expected = ordered.reduce((sum, { records }) => sum + records, 0)
    let start = 0
    const places = ordered.map(({ file, participant, records }) => {
      const place = { kind, participant, start, records, expected }
      start += records
      return { file, place }
    })
    return expected === 0 ? places.slice(0, 1) : places.filter(({ place }) => place.records > 0)
  })
}

/** As many files as the six digits of a header's count ask for. */
function partsOf(plan: DayPlan, series: readonly SeriesPlace[]): LargeWork[] {
  const firsts = series.filter(({ start }) => start === 0)
  return firsts.flatMap(({ kind, participant, expected }) => {
    const parts = Math.max(1, Math.ceil(expected / resultRecordsMax))
    return Array.from({ length: parts }, (_, index) => ({
      title: titleOf(kind, plan.participantOf(participant), plan.numberOf(participant), index + 1),
      lines: Math.min(resultRecordsMax, expected - index * resultRecordsMax)
    }))
  })
}

const counted = ['transactions', 'entries', 'amount', 'price'] as const

export function dealingKey({ acquirer, issuer, service }: Dealing): string {
  return `${acquirer} ${issuer} ${service}`
}

/** What the lines come to must be what was settled, to the fen and to the line. */
export function assertSettled(results: readonly LinesResult[], totals: readonly RatedTotal[]): void {
  const open = new Map(totals.map((total) => [dealingKey(total), total as AgreementTotal]))
  for (const total of addUp(results.flatMap((result) => result.totals))) {
    const { acquirer, issuer, service } = total
    const settled = open.get(dealingKey(total))
    if (!settled || counted.some((name) => settled[name] !== total[name]))
      throw refuse('statement-sums-differ', { acquirer, issuer, service })
    open.delete(dealingKey(total))
  }
  if (open.size > 0) throw refuse('statement-sums-differ', { missing: open.size })
}

function addUp(totals: readonly AgreementTotal[]): AgreementTotal[] {
  const sums = new Map<string, AgreementTotal>()
  for (const total of totals) {
    const sum = sums.get(dealingKey(total))
    if (!sum) sums.set(dealingKey(total), { ...total })
    else {
      sum.transactions += total.transactions
      sum.entries += total.entries
      sum.amount = fen(sum.amount + total.amount)
      sum.price = fen(sum.price + total.price)
    }
  }
  return [...sums.values()]
}

/** So many keys of a reason are shown. */
export const keysShown = 50

/** By reason, for one participant; the first lines of the first files are shown. */
export function rejectsOf(results: readonly LinesResult[], participant: number): RejectTally[] {
  const mine = results
    .flatMap(({ rejects }) => rejects)
    .filter((reject) => reject.participant === participant)
    .toSorted((a, b) => a.file - b.file)
  return [...Map.groupBy(mine, ({ code }) => code).entries()]
    .map(([code, tallies]) => ({
      code,
      count: sumCounts(tallies),
      keys: tallies.flatMap(({ keys }) => keys).slice(0, keysShown)
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}

function sumCounts(tallies: readonly FileReject[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0)
}
