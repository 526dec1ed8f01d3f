// Lines of ticket revenue: one coupon event each, its legs side by side. Their text, chained by a digest into the ledger, is the same
// whenever it is written.
import { hex } from '../../card-crypto/bytes.ts'
import { sm3Hasher } from '../../card-crypto/sm3.ts'
import { fen, type Fen } from '../../clearing/money.ts'
import type { AccountKind, Leg } from '../../clearing/ledger/journal.ts'
import type { Legs } from './revenue-rules.ts'

export type RevenueKind = 'issue' | 'use' | 'unused' | 'refund' | 'void' | 'change' | 'claim'

export interface Parties {
  channel: number
  carrier: number
  station: number
}

export interface RevenueLine extends Parties, Legs {
  ticketNo: string
  kind: RevenueKind
  at: Date
}

/** Whose account each leg is on. */
export const legAccounts: readonly (readonly [keyof Legs, keyof Parties | 'platform', AccountKind])[] = [
  ['receivable', 'channel', 'receivable'],
  ['channelUnearned', 'channel', 'unearned'],
  ['channelEarned', 'channel', 'earned'],
  ['carrierUnearned', 'carrier', 'unearned'],
  ['carrierEarned', 'carrier', 'earned'],
  ['stationUnearned', 'station', 'unearned'],
  ['stationEarned', 'station', 'earned'],
  ['platformUnearned', 'platform', 'unearned'],
  ['platformEarned', 'platform', 'earned']
]

/** SM3 over the lines, each as one text. */
export function digestLines(lines: readonly RevenueLine[]): Uint8Array {
  const hasher = sm3Hasher()
  for (const line of lines) {
    const amounts = legAccounts.map(([leg]) => line[leg])
    const parts = [
      line.ticketNo,
      line.kind,
      line.at.toISOString(),
      line.channel,
      line.carrier,
      line.station,
      ...amounts
    ]
    hasher.update(Buffer.from(`${parts.join('|')}\n`))
  }
  return hasher.digest()
}

/** What names the batch's journal: an edit of a line shows in the ledger's chain. */
export function batchReference(id: number, digest: Uint8Array): string {
  return `${id}-${hex(digest)}`
}

/** The lines' legs summed by party and account, those that come to nothing left out, in a fixed order. */
export function sumLegs(lines: readonly RevenueLine[], platform: number): Leg[] {
  const sums = new Map<string, { participant: number; account: AccountKind; amount: number }>()
  for (const line of lines)
    for (const [leg, party, account] of legAccounts) {
      const participant = party === 'platform' ? platform : line[party]
      const sum = sums.get(`${participant} ${account}`) ?? { participant, account, amount: 0 }
      sum.amount += line[leg]
      sums.set(`${participant} ${account}`, sum)
    }
  return [...sums.values()]
    .filter(({ amount }) => amount !== 0)
    .map((sum) => ({ ...sum, amount: fen(sum.amount) }))
    .toSorted((a, b) => a.participant - b.participant || (a.account < b.account ? -1 : 1))
}

/** What a line adds to one party's accounts. */
export function legsOf(line: RevenueLine, party: number, platform: number): { account: AccountKind; amount: Fen }[] {
  return legAccounts
    .filter(([leg, whose]) => (whose === 'platform' ? platform : line[whose]) === party && line[leg] !== 0)
    .map(([leg, , account]) => ({ account, amount: line[leg] }))
}
