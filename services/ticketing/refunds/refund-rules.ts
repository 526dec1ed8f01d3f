// What a refund costs and whether there is one: the refund table a coupon froze when it was sold, the seconds left before departure,
// and who is the cause (ticketing facts §1.4, §2.5).
import { fen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { RefundTable, RefundTier } from '../../fares/policy-schemas.ts'
import type { CouponKind } from '../fare-rules.ts'

export interface RefundCase {
  fareKind: CouponKind
  fare: Fen
  /** Station fee and fuel surcharge inside the fare, for the formulas that treat them apart. */
  components: Fen
  /** Service fee and whatever else was paid on top; it comes back only when the passenger is not the cause. */
  extras: Fen
  /** Negative after departure. */
  secondsLeft: number
  /** Asked on a Shanghai day before that of departure. */
  earlierDay?: boolean
  changed: boolean
  /** Checked in, and not boarded. */
  checked: boolean
  table: RefundTable
}

export interface RefundSum {
  fee: Fen
  amount: Fen
}

/** Null when the time for a refund is over. */
export function passengerRefund(asked: RefundCase): RefundSum | null {
  if (asked.fare === 0) return { fee: zeroFen, amount: zeroFen }
  const tier = tierFor(asked)
  if (!tier) return null
  const charged = tier.fixed ?? Math.max(rateFee(asked, tier.rate), tier.minimum)
  const fee = fen(Math.min(charged, asked.fare))
  return { fee, amount: fen(asked.fare - fee) }
}

/** The carrier cancelled, or the seller undoes his own mistake: everything comes back. */
export function fullRefund({ fare, extras }: Pick<RefundCase, 'fare' | 'extras'>): RefundSum {
  return { fee: zeroFen, amount: fen(fare + extras) }
}

/** The greatest threshold not above the time left; exactly two hours is still two hours. */
function tierFor({
  table,
  fareKind,
  secondsLeft,
  earlierDay = false,
  changed,
  checked
}: RefundCase): RefundTier | undefined {
  const late = (changed && table.changedCountsAsLate) || (checked && table.checkedCountsAsLate)
  const seconds = late ? Math.min(secondsLeft, 0) : secondsLeft
  return table.tiers
    .filter((tier) => (tier.fareKind === 'any' || tier.fareKind === fareKind) && tier.atLeastSeconds <= seconds)
    .filter(({ beforeDay = false }) => !beforeDay || (earlierDay && !late))
    .toSorted(
      (a, b) => b.atLeastSeconds - a.atLeastSeconds || Number(b.beforeDay === true) - Number(a.beforeDay === true)
    )[0]
}

/** The three formulas of parameter 1107, rounded once by parameter 1105. A rate has at most three decimals. */
function rateFee({ fare, components, table }: RefundCase, rate: string): Fen {
  const inFare = Math.min(components, fare)
  const thousandths = Math.round(Number(rate) * 1000)
  switch (table.formula) {
    case 0:
      return roundFee(fare * thousandths, table)
    case 1:
      return roundFee((fare - inFare) * thousandths + inFare * 1000, table)
    case 2:
      return roundFee(fare * thousandths + inFare * 1000, table)
  }
}

const unitFen = { fen: 1, jiao: 10, yuan: 100 } as const

/** Parameter 1105, from thousandths of a fen: half up, down, up, to half a yuan upwards, or the exact fen (half up). */
export function roundFee(thousandths: number, table: Pick<RefundTable, 'rounding' | 'roundingUnit'>): Fen {
  const unit = unitFen[table.roundingUnit]
  const units = thousandths / (unit * 1000)
  switch (table.rounding) {
    case 1:
      return fen(Math.round(units) * unit)
    case 2:
      return fen(Math.floor(units) * unit)
    case 3:
      return fen(Math.ceil(units) * unit)
    case 4:
      return fen(Math.ceil(thousandths / 50_000) * 50)
    case 5:
      return fen(Math.round(thousandths / 1000))
  }
}
