// Who gets what of a coupon's money, as double entry (ticketing facts §3.3): the channel owes what it sold; carrier, station, channel
// and platform have their shares, unearned until the ride was given; a refund mirrors the sale, its fee going to the carrier.
import { applyRate, fen, zeroFen, type Fen } from '../../clearing/money.ts'

/** Positive: we owe the party. The nine always sum to zero. */
export interface Legs {
  receivable: Fen
  channelUnearned: Fen
  channelEarned: Fen
  carrierUnearned: Fen
  carrierEarned: Fen
  stationUnearned: Fen
  stationEarned: Fen
  platformUnearned: Fen
  platformEarned: Fen
}

export const noLegs: Legs = {
  receivable: zeroFen,
  channelUnearned: zeroFen,
  channelEarned: zeroFen,
  carrierUnearned: zeroFen,
  carrierEarned: zeroFen,
  stationUnearned: zeroFen,
  stationEarned: zeroFen,
  platformUnearned: zeroFen,
  platformEarned: zeroFen
}

export interface Sale {
  fare: Fen
  serviceFee: Fen
  /** 客运代理费 of the station, as a share of the fare. */
  agentFeeRate: string
  commissionRate: string
  /** What the platform bills the channel for the ticket. */
  ticketCharge: Fen
}

export interface Split {
  fare: Fen
  serviceFee: Fen
  agentFee: Fen
  commission: Fen
  ticketCharge: Fen
}

/** Frozen with the coupon. Each share is rounded once; the carrier has what is left, so no fen is lost or made. */
export function splitSale({ fare, serviceFee, agentFeeRate, commissionRate, ticketCharge }: Sale): Split {
  const agentFee = applyRate(fare, agentFeeRate)
  const commission = fen(Math.min(applyRate(fare, commissionRate), fare - agentFee))
  return { fare, serviceFee, agentFee, commission, ticketCharge }
}

interface Shares {
  channel: Fen
  carrier: Fen
  station: Fen
  platform: Fen
}

function sharesOf({ fare, serviceFee, agentFee, commission, ticketCharge }: Split): Shares {
  return {
    channel: fen(commission - ticketCharge),
    carrier: fen(fare - agentFee - commission),
    station: agentFee,
    platform: fen(serviceFee + ticketCharge)
  }
}

export function issueLegs(split: Split): Legs {
  const { channel, carrier, station, platform } = sharesOf(split)
  return {
    ...noLegs,
    receivable: fen(0 - split.fare - split.serviceFee),
    channelUnearned: channel,
    carrierUnearned: carrier,
    stationUnearned: station,
    platformUnearned: platform
  }
}

/** The ride was given, or the passenger let its time pass. */
export function earnLegs(split: Split): Legs {
  const { channel, carrier, station, platform } = sharesOf(split)
  return {
    receivable: zeroFen,
    channelUnearned: fen(0 - channel),
    channelEarned: channel,
    carrierUnearned: fen(0 - carrier),
    carrierEarned: carrier,
    stationUnearned: fen(0 - station),
    stationEarned: station,
    platformUnearned: fen(0 - platform),
    platformEarned: platform
  }
}

/**
 * The sale undone: what goes back to the channel, the fee to the carrier, and to the platform what neither got — a service fee that is
 * not paid back. Of a changed ticket, what goes back is what it counted for towards the new one.
 */
export function endLegs(split: Split, { back, fee, earned }: { back: Fen; fee: Fen; earned: boolean }): Legs {
  const { channel, carrier, station, platform } = sharesOf(split)
  const kept = fen(split.fare + split.serviceFee - back - fee)
  const reversed: Legs = earned
    ? {
        ...noLegs,
        channelEarned: fen(0 - channel),
        carrierEarned: fen(0 - carrier),
        stationEarned: fen(0 - station),
        platformEarned: fen(0 - platform)
      }
    : {
        ...noLegs,
        channelUnearned: fen(0 - channel),
        carrierUnearned: fen(0 - carrier),
        stationUnearned: fen(0 - station),
        platformUnearned: fen(0 - platform)
      }
  return {
    ...reversed,
    receivable: back,
    carrierEarned: fen(reversed.carrierEarned + fee),
    platformEarned: fen(reversed.platformEarned + kept)
  }
}

/** Given back on a ticket that stays what it is: through the channel it was paid to, at the carrier's expense. */
export function claimLegs(amount: Fen): Legs {
  return { ...noLegs, receivable: amount, carrierEarned: fen(0 - amount) }
}

/** Rides nobody checked in for are the carrier's this long after they ended; until then a late refund or a change may come. */
export const unusedAfterMs = 2 * 86_400_000

/** What becomes of a coupon's money now that its ride is over; null when it is not decided yet. */
export function rideOutcome(
  { state, rideEndsAt }: { state: string; rideEndsAt: Date },
  now: Date
): 'use' | 'unused' | null {
  if (state === 'USED') return 'use'
  if (now < rideEndsAt) return null
  if (state === 'CHECKED') return 'use'
  const over = now.getTime() - rideEndsAt.getTime() >= unusedAfterMs
  return over && (state === 'ISSUED' || state === 'NO_SHOW' || state === 'EXPIRED') ? 'unused' : null
}
