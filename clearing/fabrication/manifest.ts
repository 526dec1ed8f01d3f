// What a fabricated day must come to once it is cleared: counted while it is made, so that a test can hold the clearing to it.
import type { BusinessDay } from '../business-day.ts'
import type { ErrorCode } from '../card-files/error-codes.ts'
import { fen, sumFen, type Fen } from '../money.ts'
import { issuers } from '../participants/guangdong.ts'
import { rideServices, type Fleet } from './network.ts'
import type { Ride } from './ride.ts'

export interface FabricatedFile {
  name: string
  acquirer: string
  lines: number
}

/** What is accepted between one acquirer and one issuer on one service. */
export interface ExpectedTotal {
  acquirer: string
  issuer: string
  service: number
  /** All accepted lines, metro entries included; `entries` tells how many of them are. */
  transactions: number
  entries: number
  amount: Fen
  price: Fen
}

export interface Manifest {
  seed: number
  day: BusinessDay
  files: FabricatedFile[]
  lines: number
  accepted: number
  amount: Fen
  price: Fen
  /** Sorted by acquirer, issuer, service. */
  totals: ExpectedTotal[]
  /** Lines refused, by the code they must get. */
  rejected: Partial<Record<ErrorCode, number>>
  /** The cards to put on the hotlist, as of a time before the day begins. */
  hotlist: { issuer: string; cardNumber: string }[]
}

export interface Tally {
  accept(ride: Ride): void
  totals(): ExpectedTotal[]
}

export function createTally(fleet: Fleet): Tally {
  const cells = fleet.members.length * issuers.length * rideServices.length
  const transactions = new Float64Array(cells)
  const entries = new Float64Array(cells)
  const amount = new Float64Array(cells)
  const price = new Float64Array(cells)
  return {
    accept(ride) {
      const cell = (ride.acquirer * issuers.length + ride.issuer) * rideServices.length + ride.service
      transactions[cell]!++
      if (ride.price === 0) entries[cell]!++
      amount[cell]! += ride.amount
      price[cell]! += ride.price
    },
    totals() {
      const totals = fleet.members.flatMap(({ code: acquirer }, member) =>
        issuers.flatMap(([issuer], row) =>
          rideServices.map(({ service }, ride): ExpectedTotal => {
            const cell = (member * issuers.length + row) * rideServices.length + ride
            return {
              acquirer,
              issuer,
              service,
              transactions: transactions[cell]!,
              entries: entries[cell]!,
              amount: fen(amount[cell]!),
              price: fen(price[cell]!)
            }
          })
        )
      )
      return totals.filter((total) => total.transactions > 0).sort(byParties)
    }
  }
}

/** Sums and counts over the totals. */
export function sumTotals(totals: readonly ExpectedTotal[]): { accepted: number; amount: Fen; price: Fen } {
  return {
    accepted: totals.reduce((sum, total) => sum + total.transactions, 0),
    amount: sumFen(totals.map((total) => total.amount)),
    price: sumFen(totals.map((total) => total.price))
  }
}

function byParties(a: ExpectedTotal, b: ExpectedTotal): number {
  return a.acquirer.localeCompare(b.acquirer) || a.issuer.localeCompare(b.issuer) || a.service - b.service
}
