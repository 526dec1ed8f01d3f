// May this ticket pass this gate now? The one verifier: the server, the gate page in a browser and the command line run this source. One
// ladder: parse → issuer key → signature → time → departure and leg → freshness → document → revocation → used, each rung with its own
// answer. Nothing here looks up, waits or knows a clock: keys, records, the SM2 verification and the moment are arguments.
import { parseTicketCode, type TicketClaims, type TicketCode } from './credentials/ticket-code.ts'
import { deviceMomentSeconds, sameTag, timeCodeAt, type Hmac } from './credentials/moment.ts'
import { refused, type Refused } from './gate-refusals.ts'

/** The cryptography of where we run: OpenSSL in the server, our own arithmetic in a browser. */
export interface GateCrypto {
  /** x‖y or compressed key; false for anything but a valid r‖s. */
  sm2Verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
  hmacSm3: Hmac
}

export interface IssuerKey {
  version: number
  /** x‖y. */
  publicKey: Uint8Array
  /** Until when its signatures are accepted; null for the one that signs now. */
  acceptedUntil: Date | null
  revokedAt: Date | null
}

/** The rules of a place's gates, as published (gates/gate-schemas.ts). */
export interface GatePolicy {
  /** 混检: a ticket of the same line whose departure is so many minutes before or after the one being boarded passes too; 0 is none. */
  mixedEarlierMinutes: number
  mixedLaterMinutes: number
  /** Everybody shows the document, whatever the credential (parameter 3038). */
  documentAlways: boolean
  /** Nobody boards before the station has begun check-in of his departure (开检); asked only where the system itself decides. */
  onceBegun?: boolean | undefined
  /** Lists older than this: a document is asked for with every code. Older than the second: nobody passes. */
  listsAskDocumentMinutes: number
  listsRefuseMinutes: number
  clockOffSecondsMax: number
}

/** What kind of door it is, as far as the ladder asks (passages/passage-rules.ts has them all). */
export interface Door {
  /** Minutes before and after the departure in place of the ticket's own window; null keeps that. */
  opensMinutes: number | null
  closesMinutes: number | null
  /** May a ticket that was used, or passed here before, pass? */
  repeats: boolean
  carries: 'person' | 'vehicle' | 'either'
}

export const boardingDoor: Door = { opensMinutes: null, closesMinutes: null, repeats: false, carries: 'either' }

/** What a gate knows about itself and the moment. */
export interface GateView {
  now: Date
  place: string
  door: Door
  /** The departure being boarded at this gate; null when it boards all of its place. */
  boarding: { departure: number; line: number; departsAt: Date } | null
  policy: GatePolicy
  /** A gate that goes by its lists, of when they were last complete, and what its clock may be off by; null where the system is asked. */
  offline: { listsAsOf: Date; clockOffSeconds: number } | null
}

/** A ticket at one boarding stop: the claims of a code are one, and so is what the system or a list says of the ticket. */
export interface Boarding {
  departure: number
  from: string
  departsAt: Date
  notBefore: Date
  notAfter: Date
}

/** What the system, or the list it sent, says of a ticket. */
export interface TicketRecord extends Boarding {
  ticketNo: string
  line: number
  state: string
  departureState: string
  /** Of the departure at this stop, where a station keeps it; a list does not say. */
  stateHere?: string | undefined
  fareKind: string
  /** Of the credentials that count now. */
  edition: number
  /** What stands for its document, to be compared with CodeFacts.shownTag; null without one. */
  documentTag: Uint8Array | null
  /** The check that opened a gate; null when there was none. */
  checked: { at: Date; gate: number | string } | null
}

/** What is known about a code that was shown here. */
export interface CodeFacts {
  issuer: IssuerKey | null
  /**
   * The ticket that boards here: the code's own or, of a journey, the one of `legAtGate`. Null in the system: no such ticket. Null at a
   * gate that goes by its lists: sold since.
   */
  record: TicketRecord | null
  /** Of the departure that boards here (moment.ts); null at a gate that was not given it. */
  departureKey: Uint8Array | null
  /** What stands for the document that was shown, made the same way as the record's; null when none was. */
  shownTag: Uint8Array | null
}

export type Verdict =
  /** `mixed`: by the rule for another departure of the line. `unlisted`: sold after the lists were made. */
  { opens: true; mixed: boolean; unlisted: boolean } | { opens: false; refused: Refused }

/** The first rung: the code, or why it is none. */
export function readCode(text: string): { code: TicketCode; refused: null } | { code: null; refused: Refused } {
  const code = parseTicketCode(text)
  return typeof code === 'string' ? { code: null, refused: refused(code) } : { code, refused: null }
}

/**
 * Which leg of a journey a door is for: the one of the departure it boards, or the one that may board here now, or else the next that
 * boards here at all. Undefined when none does.
 */
export function legAtGate<Leg extends Boarding>(
  legs: readonly Leg[],
  { now, place, boarding }: Pick<GateView, 'now' | 'place' | 'boarding'>
): Leg | undefined {
  const here = legs.filter(({ from }) => from === place)
  const open = ({ notBefore, notAfter }: Leg): boolean => now >= notBefore && now <= notAfter
  return (
    here.find(({ departure }) => departure === boarding?.departure) ??
    here.find(open) ??
    here.find(({ notAfter }) => now <= notAfter) ??
    here.at(-1)
  )
}

/** Every rung after the first. */
export function verifyCode(code: TicketCode, facts: CodeFacts, view: GateView, crypto: GateCrypto): Verdict {
  const { record } = facts
  const boarding: Boarding = record ?? code.claims
  const fault =
    verifyIssuer(code, facts, view, crypto) ??
    verifyClock(view) ??
    verifyTimeAndPlace(boarding, record?.line ?? null, view) ??
    verifyDoor(record?.fareKind ?? code.claims.fareKind, view.door) ??
    verifyMoment(code, facts, view, crypto) ??
    verifyLists(facts, view) ??
    verifyDocument(code.claims, facts, view) ??
    verifyRecord(record, code.claims.edition, view)
  if (fault) return { opens: false, refused: fault }
  return { opens: true, mixed: isMixed(boarding, view), unlisted: record === null }
}

/**
 * The same ladder for a document without a code. `found` are its tickets, by the system's digest or a list's tags; the one that is
 * meant here comes back with the verdict.
 */
export function verifyDocumentTickets(
  found: readonly TicketRecord[],
  view: GateView
): Verdict & { record: TicketRecord | null } {
  const open = found.filter(({ state, checked }) => state === 'ISSUED' && !checked)
  const record = legAtGate(open, view) ?? legAtGate(found, view) ?? null
  const fault =
    verifyClock(view) ??
    (record
      ? (verifyTimeAndPlace(record, record.line, view) ??
        verifyDoor(record.fareKind, view.door) ??
        verifyAge(view) ??
        verifyRecord(record, null, view))
      : refused('no-ticket-for-document'))
  if (fault) return { opens: false, refused: fault, record }
  return { opens: true, mixed: isMixed(record!, view), unlisted: false, record }
}

// ---- Issuer and signature ----

function verifyIssuer(code: TicketCode, { issuer }: CodeFacts, { now }: GateView, crypto: GateCrypto): Refused | null {
  if (!issuer) return refused('issuer-unknown')
  if (issuer.revokedAt) return refused('issuer-revoked')
  if (issuer.acceptedUntil && now > issuer.acceptedUntil) return refused('issuer-retired')
  return crypto.sm2Verify(issuer.publicKey, code.signed, code.signature) ? null : refused('signature-invalid')
}

// ---- Time, place, departure, door ----

/** A clock that stands before the making of its own lists would open for yesterday's tickets. */
function verifyClock({ now, offline, policy }: GateView): Refused | null {
  if (!offline) return null
  const off = Math.max(Math.abs(offline.clockOffSeconds), (offline.listsAsOf.getTime() - now.getTime()) / 1000)
  return off > policy.clockOffSecondsMax ? refused('gate-clock-wrong') : null
}

function windowAt({ departsAt, notBefore, notAfter }: Boarding, { opensMinutes, closesMinutes }: Door) {
  const shifted = (minutes: number) => new Date(departsAt.getTime() + minutes * 60_000)
  return {
    opens: opensMinutes === null ? notBefore : shifted(-opensMinutes),
    closes: closesMinutes === null ? notAfter : shifted(closesMinutes)
  }
}

/** A ticket that passes by the mixed-check rule has the window of the departure being boarded, not its own. */
function verifyTimeAndPlace(ticket: Boarding, line: number | null, view: GateView): Refused | null {
  const { now, place, boarding } = view
  if (ticket.from === place && mayMix(ticket, line, view)) return null
  const { opens, closes } = windowAt(ticket, view.door)
  const named = { day: dayOf(ticket.departsAt), time: timeOf(ticket.departsAt) }
  if (now < opens || now > closes) {
    const today = dayOf(now)
    if (![named.day, dayOf(opens), dayOf(closes)].includes(today)) return refused('wrong-day', { ...named, today })
    return now < opens
      ? refused('check-in-not-open', { ...named, opens: timeOf(opens) })
      : refused('check-in-closed', { ...named, closed: timeOf(closes) })
  }
  if (ticket.from !== place) return refused('wrong-place', { from: ticket.from })
  if (boarding && boarding.departure !== ticket.departure)
    return refused('wrong-departure', { ...named, boarding: timeOf(boarding.departsAt) })
  return null
}

function isMixed({ departure }: Boarding, { boarding }: GateView): boolean {
  return boarding !== null && boarding.departure !== departure
}

/** The line stands in the record, not in the code: a ticket no list knows is never mixed. */
function mayMix(ticket: Boarding, line: number | null, view: GateView): boolean {
  const { boarding, policy } = view
  if (!boarding || !isMixed(ticket, view) || line !== boarding.line) return false
  const later = (ticket.departsAt.getTime() - boarding.departsAt.getTime()) / 60_000
  if (later > 0) return later <= policy.mixedLaterMinutes
  return policy.mixedEarlierMinutes > 0 && -later <= policy.mixedEarlierMinutes
}

function verifyDoor(fareKind: string, { carries }: Door): Refused | null {
  if (carries === 'either') return null
  const vehicle = fareKind === 'vehicle' || fareKind === 'truck'
  if (vehicle === (carries === 'vehicle')) return null
  return refused(vehicle ? 'door-for-persons' : 'door-for-vehicles')
}

// ---- Freshness: of the code, of the lists ----

/** One step to either side: clocks differ, and a code lives a little while on a screen. */
const steps = [0, -1, 1]

function verifyMoment(code: TicketCode, facts: CodeFacts, { now }: GateView, crypto: GateCrypto): Refused | null {
  const { claims, moment } = code
  const { departureKey } = facts
  if (moment === null) return null
  if (moment.kind === 'device') {
    const age = (now.getTime() - moment.at.getTime()) / 1000
    if (age > deviceMomentSeconds) return refused('code-stale')
    if (age < -deviceMomentSeconds) return refused('code-ahead')
    const genuine = crypto.sm2Verify(claims.deviceKey!, moment.message, moment.signature)
    return genuine ? null : refused('device-signature-invalid')
  }
  if (!departureKey) return refused('not-checkable-offline')
  const fresh = steps.some((step) =>
    sameBytes(moment.code, timeCodeAt({ hmac: crypto.hmacSm3, departureKey }, claims, now, step))
  )
  return fresh ? null : refused('code-stale')
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function verifyLists({ departureKey }: CodeFacts, view: GateView): Refused | null {
  return view.offline && !departureKey ? refused('not-checkable-offline') : verifyAge(view)
}

function verifyAge(view: GateView): Refused | null {
  const { offline, policy } = view
  if (!offline || listsMinutes(view) <= policy.listsRefuseMinutes) return null
  return refused('lists-stale', { asOf: `${dayOf(offline.listsAsOf)} ${timeOf(offline.listsAsOf)}` })
}

function listsMinutes({ now, offline }: GateView): number {
  return offline ? (now.getTime() - offline.listsAsOf.getTime()) / 60_000 : 0
}

// ---- Document ----

function verifyDocument(claims: TicketClaims, { record, shownTag }: CodeFacts, view: GateView): Refused | null {
  if (claims.documentKind === 0) return null
  if (shownTag)
    return sameTag(shownTag, record?.documentTag ?? claims.documentTag) ? null : refused('document-mismatch')
  const old = listsMinutes(view) > view.policy.listsAskDocumentMinutes
  return claims.form === 'slip' || view.policy.documentAlways || old ? refused('document-required') : null
}

// ---- Revoked, used ----

/** The last two rungs, alone. `edition` is the shown code's, null for a document. A gate that goes by its lists lets pass what was sold since. */
export function verifyRecord(record: TicketRecord | null, edition: number | null, view: GateView): Refused | null {
  if (!record) return view.offline ? null : refused('ticket-unknown')
  if (edition !== null && edition < record.edition) return refused('credential-revoked')
  const { state, checked, departureState } = record
  if (checked && !view.door.repeats) return alreadyChecked(checked, view.now)
  switch (state) {
    case 'ISSUED':
      return departureState === 'CANCELLED' ? refused('departure-cancelled') : verifyBegun(record, view)
    case 'CHECKED':
    case 'USED':
      return view.door.repeats ? null : refused('already-checked', { checked: '', gate: '' })
    case 'REFUNDING':
    case 'REFUNDED':
    case 'VOIDED':
      return refused('ticket-refunded')
    case 'CHANGED':
      return refused('ticket-changed')
    case 'NO_SHOW':
      return refused('ticket-missed')
    case 'SUSPENDED':
      return refused('departure-cancelled')
    case 'HELD':
    case 'RELEASED':
      return refused('ticket-unknown')
    default:
      return refused('ticket-invalid')
  }
}

const notBegun = new Set(['ON_SALE', 'SALE_STOPPED', 'REPORTED', 'DELAYED'])

/** Doors on the way are no check-in. */
function verifyBegun({ stateHere, departsAt }: TicketRecord, { policy, offline, door }: GateView): Refused | null {
  if (!policy.onceBegun || offline || door.repeats || !notBegun.has(stateHere ?? '')) return null
  return refused('check-in-not-begun', { day: dayOf(departsAt), time: timeOf(departsAt) })
}

function alreadyChecked({ at, gate }: { at: Date; gate: number | string }, now: Date): Refused {
  const day = dayOf(at) === dayOf(now) ? '' : `${dayOf(at)} `
  return refused('already-checked', { checked: `${day}${timeOf(at)}`, gate: String(gate) })
}

const shanghai = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString()
const timeOf = (at: Date): string => shanghai(at).slice(11, 16)
const dayOf = (at: Date): string => `${Number(shanghai(at).slice(5, 7))}月${Number(shanghai(at).slice(8, 10))}日`
