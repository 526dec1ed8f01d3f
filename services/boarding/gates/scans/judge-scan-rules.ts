// What a scan that a gate decided by itself comes to, once the platform knows of it: the use of a ticket, a mere record, or a conflict of
// a named kind with what a passenger owes for it. The gate has let somebody through or not; nothing here undoes that, and nothing is lost.
import type { Fen } from '../../../../clearing/money.ts'
import type { CouponState } from '../../../ticketing/coupon-rules.ts'
import type { ConflictKind, GatePolicy, Scan } from '../gate-schemas.ts'
import { checkFreshness } from '../lists/freshness-rules.ts'
import { passageRules } from '../../passages/passage-rules.ts'

/** A scan with the platform's own view of when it was. */
export interface TimedScan extends Scan {
  /** By the platform's clock, as well as two readings of the gate's clock tell. */
  scannedAt: Date
  clockErrorSeconds: number
  /** What was sent along proves that the ticket, or its document, was there. */
  proven: boolean
  issuerRevokedAt: Date | null
}

/** A ticket as the platform knows it, under its lock. */
export interface ScannedTicket {
  ticketNo: string
  state: CouponState
  /** When it came into this state. */
  stateSince: Date | null
  departure: number
  departureState: string
  from: string
  notBefore: Date
  notAfter: Date
  edition: number
  /** When the edition after the scanned one began. */
  editionEndedAt: Date | null
  fare: Fen
  /** The latest refund. */
  refund: { askedAt: Date; amount: Fen } | null
  /** The check that counts as its use. */
  opened: { at: Date; gate: number } | null
}

export interface JudgingGate {
  id: number
  place: string
  policy: GatePolicy
}

export interface Judgement {
  outcome: 'accepted' | 'recorded' | 'conflict'
  conflict: ConflictKind | null
  /** The ticket is used by this scan. */
  uses: boolean
  /** It was used before the check that is on record: that one is the double use. */
  precedes: boolean
  owed: Fen
}

const none = 0 as Fen
const accepted: Judgement = { outcome: 'accepted', conflict: null, uses: false, precedes: false, owed: none }
const recorded: Judgement = { ...accepted, outcome: 'recorded' }
const used: Judgement = { ...accepted, uses: true }
const conflict = (kind: ConflictKind, owed: Fen = none): Judgement => ({
  ...accepted,
  outcome: 'conflict',
  conflict: kind,
  owed
})

export function judgeScan(scan: TimedScan, ticket: ScannedTicket | null, gate: JudgingGate): Judgement {
  if (scan.result === 'REFUSED') return recorded
  if (!ticket || ticket.state === 'HELD' || ticket.state === 'RELEASED') return conflict('unknown-ticket')
  if (!scan.proven) return conflict('unproven')
  if (scan.issuerRevokedAt && scan.scannedAt >= scan.issuerRevokedAt) return conflict('revoked-key')
  if (ticket.editionEndedAt && scan.edition !== null && scan.scannedAt >= ticket.editionEndedAt)
    return conflict('revoked-credential')
  if (!passageRules[scan.passage].consumes) return accepted
  return judgeUse(scan, ticket, gate)
}

function judgeUse(scan: TimedScan, ticket: ScannedTicket, gate: JudgingGate): Judgement {
  const { state, refund, fare } = ticket
  switch (state) {
    case 'ISSUED':
    case 'NO_SHOW':
      // Nobody travelled on a cancelled departure; the passenger is free to be refunded.
      if (ticket.departureState === 'CANCELLED') return conflict('boarded-suspended')
      return withFault(used, faultOf(scan, ticket, gate))
    case 'CHECKED':
    case 'USED':
      return judgeSecondUse(scan, ticket)
    case 'REFUNDING':
    case 'REFUNDED':
      if (refund && scan.scannedAt < refund.askedAt) return conflict('refunded-after-scan', refund.amount)
      return conflict('boarded-refunded', fare)
    case 'CHANGED':
      return conflict('boarded-changed', fare)
    case 'VOIDED':
      return conflict('boarded-voided', fare)
    case 'SUSPENDED':
      return conflict('boarded-suspended')
    case 'EXPIRED':
      return conflict('boarded-expired', fare)
    case 'HELD':
    case 'RELEASED':
      return conflict('unknown-ticket')
  }
}

/** The first by time is the use; the other one rode on a used ticket. */
function judgeSecondUse({ scannedAt }: TimedScan, { opened, fare }: ScannedTicket): Judgement {
  const precedes = opened !== null && scannedAt < opened.at
  return { ...conflict('double-use', fare), precedes }
}

function withFault(judgement: Judgement, kind: ConflictKind | null): Judgement {
  return kind ? { ...judgement, outcome: 'conflict', conflict: kind } : judgement
}

/** Leeway for two clocks and a queue at the door. */
const windowSlackMs = 120_000

/** The ticket is used; what was nevertheless not as it should be. */
function faultOf(scan: TimedScan, ticket: ScannedTicket, { place, policy }: JudgingGate): ConflictKind | null {
  const { scannedAt, listsAgeSeconds, clockErrorSeconds, documentChecked } = scan
  if (ticket.from !== place) return 'wrong-place'
  if (scan.departure !== null && scan.departure !== ticket.departure && !mixes(policy)) return 'moved-meanwhile'
  const fault = checkFreshness({ documentChecked, listsAgeSeconds, clockErrorSeconds }, policy)
  if (fault === 'gate-clock-wrong') return 'clock-off'
  if (fault !== null) return 'stale-list'
  const slack = windowSlackMs + clockErrorSeconds * 1000
  const early = scannedAt.getTime() < ticket.notBefore.getTime() - slack
  const late = scannedAt.getTime() > ticket.notAfter.getTime() + slack
  return (early || late) && !mixes(policy) ? 'outside-window' : null
}

/** 混检: the place lets tickets of other departures of the line through. */
function mixes({ mixedEarlierMinutes, mixedLaterMinutes }: GatePolicy): boolean {
  return mixedEarlierMinutes > 0 || mixedLaterMinutes > 0
}

/** Two readings of a gate's clock against ours: at its last sync, and now that it sends. */
export interface ClockReadings {
  sentAt: Date
  receivedAt: Date
}

/**
 * When a scan was by our clock: what the gate's clock drifted since its sync is shared out evenly over the time between. Never later
 * than now.
 */
export function timeOf(
  { at, clockOffsetMs, listsAgeSeconds }: Pick<Scan, 'at' | 'clockOffsetMs' | 'listsAgeSeconds'>,
  { sentAt, receivedAt }: ClockReadings
): { scannedAt: Date; clockErrorSeconds: number } {
  const drift = receivedAt.getTime() - sentAt.getTime() - clockOffsetMs
  const sinceSync = listsAgeSeconds * 1000
  const whole = sinceSync + sentAt.getTime() - Date.parse(at)
  const share = whole <= 0 ? 1 : Math.min(1, Math.max(0, sinceSync / whole))
  const drifted = drift * share
  const scannedAt = new Date(Math.min(receivedAt.getTime(), Date.parse(at) + clockOffsetMs + drifted))
  return { scannedAt, clockErrorSeconds: Math.round(Math.abs(drifted) / 1000) }
}
