import { describe, expect, test } from 'vitest'
import { fen } from '../../../../clearing/money.ts'
import { judgeScan, timeOf, type JudgingGate, type ScannedTicket, type TimedScan } from './judge-scan-rules.ts'

const clock = (minute: number, second = 0) => new Date(Date.UTC(2026, 11, 2, 2, minute, second))
const gate: JudgingGate = {
  id: 1,
  place: '440100003',
  policy: {
    mixedEarlierMinutes: 0,
    mixedLaterMinutes: 0,
    documentAlways: false,
    listsWarnMinutes: 10,
    listsAskDocumentMinutes: 1440,
    listsRefuseMinutes: 4320,
    clockOffSecondsMax: 180
  }
}
const ticket = (changes: Partial<ScannedTicket> = {}): ScannedTicket => ({
  ticketNo: '44010003207B00004217',
  state: 'ISSUED',
  stateSince: clock(0),
  departure: 7,
  departureState: 'CHECKING',
  from: '440100003',
  notBefore: clock(0),
  notAfter: clock(50),
  edition: 0,
  editionEndedAt: null,
  fare: fen(6700),
  refund: null,
  opened: null,
  ...changes
})
const scan = (changes: Partial<TimedScan> = {}): TimedScan => ({
  sequence: 1,
  nonce: '00000000-0000-4000-8000-000000000000',
  at: clock(30).toISOString(),
  clockOffsetMs: 0,
  listsAgeSeconds: 60,
  passage: 'boarding',
  departure: 7,
  means: 'code',
  ticketNo: '44010003207B00004217',
  edition: 0,
  issuerKey: 1,
  documentChecked: false,
  result: 'OPEN',
  refusal: '',
  scannedAt: clock(30),
  clockErrorSeconds: 0,
  proven: true,
  issuerRevokedAt: null,
  ...changes
})
const refundAt = (minute: number) => ({ askedAt: clock(minute), amount: fen(6030) })

describe('what a scan that a gate decided comes to', () => {
  // what was scanned, what the platform knows → outcome, conflict, is the ticket used, what is owed
  const table: [string, Partial<TimedScan>, Partial<ScannedTicket> | null, string, string | null, boolean, number][] = [
    ['a valid ticket', {}, {}, 'accepted', null, true, 0],
    ['one written down as missed meanwhile', {}, { state: 'NO_SHOW' }, 'accepted', null, true, 0],
    ['refused by the gate', { result: 'REFUSED', refusal: 'code-stale' }, {}, 'recorded', null, false, 0],
    ['at a door that uses nothing', { passage: 'hall' }, {}, 'accepted', null, false, 0],
    ['at such a door after boarding', { passage: 'parking' }, { state: 'CHECKED' }, 'accepted', null, false, 0],
    ['a ticket nobody sold', {}, null, 'conflict', 'unknown-ticket', false, 0],
    ['a ticket only held', {}, { state: 'HELD' }, 'conflict', 'unknown-ticket', false, 0],
    ['without a proof', { proven: false }, {}, 'conflict', 'unproven', false, 0],
    ['opened elsewhere', {}, { state: 'CHECKED' }, 'conflict', 'double-use', false, 6700],
    ['refunded later', {}, { state: 'REFUNDED', refund: refundAt(31) }, 'conflict', 'refunded-after-scan', false, 6030],
    ['refunded before', {}, { state: 'REFUNDING', refund: refundAt(29) }, 'conflict', 'boarded-refunded', false, 6700],
    ['changed', {}, { state: 'CHANGED' }, 'conflict', 'boarded-changed', false, 6700],
    ['voided', {}, { state: 'VOIDED' }, 'conflict', 'boarded-voided', false, 6700],
    ['suspended', {}, { state: 'SUSPENDED' }, 'conflict', 'boarded-suspended', false, 0],
    ['of a cancelled departure', {}, { departureState: 'CANCELLED' }, 'conflict', 'boarded-suspended', false, 0],
    ['expired', {}, { state: 'EXPIRED' }, 'conflict', 'boarded-expired', false, 6700],
    ['re-issued before', {}, { edition: 1, editionEndedAt: clock(29) }, 'conflict', 'revoked-credential', false, 0],
    ['re-issued after', {}, { edition: 1, editionEndedAt: clock(31) }, 'accepted', null, true, 0],
    ['by its document after a re-issue', { edition: null }, { editionEndedAt: clock(29) }, 'accepted', null, true, 0],
    ['of a key revoked before', { issuerRevokedAt: clock(29) }, {}, 'conflict', 'revoked-key', false, 0],
    ['of a key revoked after', { issuerRevokedAt: clock(31) }, {}, 'accepted', null, true, 0],
    ['with lists three days old', { listsAgeSeconds: 4321 * 60 }, {}, 'conflict', 'stale-list', true, 0],
    ['with day-old lists, no document', { listsAgeSeconds: 90_000 }, {}, 'conflict', 'stale-list', true, 0],
    ['the same with it', { listsAgeSeconds: 90_000, documentChecked: true }, {}, 'accepted', null, true, 0],
    ['with a clock gone astray', { clockErrorSeconds: 181 }, {}, 'conflict', 'clock-off', true, 0],
    ['too early', { scannedAt: clock(-3) }, {}, 'conflict', 'outside-window', true, 0],
    ['too late', { scannedAt: clock(53) }, {}, 'conflict', 'outside-window', true, 0],
    ['late by less than two clocks differ', { scannedAt: clock(51) }, {}, 'accepted', null, true, 0],
    ['moved to another departure', {}, { departure: 8 }, 'conflict', 'moved-meanwhile', true, 0],
    ['at the wrong place', {}, { from: '440800P01' }, 'conflict', 'wrong-place', true, 0]
  ]
  test.each(table)('%s', (...[, about, known, outcome, conflict, uses, owed]) => {
    const judgement = judgeScan(scan(about), known && ticket(known), gate)
    expect(judgement).toMatchObject({ outcome, conflict, uses, owed })
  })

  test('of two uses the first by time counts, whichever became known first', () => {
    const opened = { at: clock(30), gate: 4 }
    const judge = (minute: number) =>
      judgeScan(scan({ scannedAt: clock(minute) }), ticket({ state: 'CHECKED', opened }), gate)
    expect(judge(31).precedes).toBe(false)
    expect(judge(29)).toMatchObject({ precedes: true, conflict: 'double-use' })
  })
})

describe('the time of a scan by our clock', () => {
  const hour = 3_600_000
  const began = Date.UTC(2026, 11, 1)
  // Our clock less the gate's: at its sync, and 72 hours later.
  const drifting = (before: number, after: number, scannedHours: number) => {
    const at = new Date(began + scannedHours * hour - before).toISOString()
    const sentAt = new Date(began + 72 * hour - after)
    const scanned = { at, clockOffsetMs: before, listsAgeSeconds: scannedHours * 3600 }
    return timeOf(scanned, { sentAt, receivedAt: new Date(began + 72 * hour) })
  }

  test('is the gate’s, put right by what it knew of ours', () => {
    expect(drifting(90_000, 90_000, 10)).toEqual({ scannedAt: new Date(began + 10 * hour), clockErrorSeconds: 0 })
  })

  test('shares out what it drifted since', () => {
    const { scannedAt, clockErrorSeconds } = drifting(0, 300_000, 36)
    expect(clockErrorSeconds).toBeGreaterThan(148)
    expect(clockErrorSeconds).toBeLessThan(152)
    expect(Math.abs(scannedAt.getTime() - (began + 36 * hour) - 150_000)).toBeLessThan(1000)
  })

  test('is never later than now', () => {
    const receivedAt = new Date(began)
    const ahead = { at: new Date(began + hour).toISOString(), clockOffsetMs: 0, listsAgeSeconds: 0 }
    expect(timeOf(ahead, { sentAt: receivedAt, receivedAt }).scannedAt).toEqual(receivedAt)
  })
})
