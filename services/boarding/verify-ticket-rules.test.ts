import { describe, expect, test } from 'vitest'
import type { TicketCode } from './ticket-code.ts'
import {
  gateRefusals,
  verifyTicketCode,
  verifyTicketRecord,
  wordsOf,
  type CodeProof,
  type GateView,
  type TicketRecord
} from './verify-ticket-rules.ts'

const at = (time: string): Date => new Date(`2026-12-02T${time}+08:00`)
const phone: TicketCode = {
  claims: {
    issuerKey: 1,
    ticketNo: '44010003207B00004217',
    departure: 7,
    leg: 1,
    from: '440100003',
    to: '441300001',
    departsAt: at('14:20:00'),
    seat: 12,
    fareKind: 'full',
    slip: false,
    edition: 0,
    documentKind: 1,
    documentHash: Uint8Array.of(1, 2, 3, 4, 5, 6),
    notBefore: at('12:20:00'),
    notAfter: at('14:20:00')
  },
  signed: new Uint8Array(48),
  signature: new Uint8Array(64),
  timeCode: '11111111'
}
const slip: TicketCode = { ...phone, claims: { ...phone.claims, slip: true }, timeCode: null }
const unnamedSlip: TicketCode = { ...slip, claims: { ...slip.claims, documentKind: 0 } }
const gate: GateView = { now: at('14:00:00'), place: '440100003', departure: 7 }
const proof: CodeProof = {
  signatureValid: true,
  currentCodes: ['00000000', '11111111', '22222222'],
  shownDocument: null
}
const holder = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const other = Uint8Array.of(1, 2, 3, 4, 5, 7, 7, 8)

describe('the ladder of a code, each rung with its own answer', () => {
  const rows: [string, TicketCode, Partial<CodeProof>, Partial<GateView>, string | null][] = [
    ['valid', phone, {}, {}, null],
    ['valid at a gate for all departures', phone, {}, { departure: null }, null],
    ['unknown issuer', phone, { signatureValid: null }, {}, 'issuer-unknown'],
    ['forged', phone, { signatureValid: false }, {}, 'signature-invalid'],
    ['a second early', phone, {}, { now: at('12:19:59') }, 'check-in-not-open'],
    ['at the first second', phone, {}, { now: at('12:20:00') }, null],
    ['at the last second', phone, {}, { now: at('14:20:00') }, null],
    ['a second late', phone, {}, { now: at('14:20:01') }, 'check-in-closed'],
    ['another station', phone, {}, { place: '440100005' }, 'wrong-place'],
    ['another departure', phone, {}, { departure: 8 }, 'wrong-departure'],
    ['a screenshot', phone, { currentCodes: ['00000000', '22222222'] }, {}, 'code-stale'],
    ['at a gate without the keys', phone, { currentCodes: null }, {}, null],
    ['with the holder', phone, { shownDocument: holder }, {}, null],
    ['with somebody else', phone, { shownDocument: other }, {}, 'document-mismatch'],
    ['a slip alone', slip, {}, {}, 'document-required'],
    ['a slip with its holder', slip, { shownDocument: holder }, {}, null],
    ['a slip with somebody else', slip, { shownDocument: other }, {}, 'document-mismatch'],
    ['a slip of a line without real names', unnamedSlip, {}, {}, null],
    [
      'forged and early: the forgery is said',
      phone,
      { signatureValid: false },
      { now: at('09:00:00') },
      'signature-invalid'
    ]
  ]
  test.each(rows)('%s', (...[, code, proved, seen, answer]) => {
    expect(verifyTicketCode(code, { ...proof, ...proved }, { ...gate, ...seen })?.code ?? null).toBe(answer)
  })
})

describe('the ladder of the ticket itself', () => {
  const record: TicketRecord = { state: 'ISSUED', departureState: 'ON_SALE', edition: 0, checked: null }
  const rows: [TicketRecord | null, string | null][] = [
    [record, null],
    [null, 'ticket-unknown'],
    [{ ...record, departureState: 'CANCELLED' }, 'departure-cancelled'],
    [{ ...record, state: 'CHECKED', checked: { at: at('08:41:00'), gate: 3 } }, 'already-checked'],
    [{ ...record, state: 'USED' }, 'already-checked'],
    [{ ...record, state: 'REFUNDING' }, 'ticket-refunded'],
    [{ ...record, state: 'VOIDED' }, 'ticket-refunded'],
    [{ ...record, state: 'SUSPENDED' }, 'departure-cancelled'],
    [{ ...record, state: 'HELD' }, 'ticket-unknown'],
    [{ ...record, state: 'CHANGED' }, 'ticket-invalid'],
    [{ ...record, state: 'NO_SHOW' }, 'ticket-invalid']
  ]
  test.each(rows)('%j → %s', (given, answer) => {
    expect(verifyTicketRecord(given)?.code ?? null).toBe(answer)
  })

  test.each<[string, number | null, string | null]>([
    ['a code of an earlier edition', 0, 'credential-revoked'],
    ['the one that counts', 1, null],
    ['a document, which has no edition', null, null]
  ])('of a re-issued ticket: %s', (_, edition, answer) => {
    expect(verifyTicketRecord({ ...record, edition: 1 }, edition)?.code ?? null).toBe(answer)
  })
})

test('the words name the time, the day and the gate', () => {
  const words = (refusal: ReturnType<typeof verifyTicketCode>) => wordsOf(refusal!)[0]
  expect(words(verifyTicketCode(phone, proof, { ...gate, departure: 8 }))).toBe('这张票是 14:20 的班次')
  expect(words(verifyTicketCode(phone, proof, { ...gate, now: at('09:00:00') }))).toBe(
    '这张票是 12月2日 14:20 的班次，尚未开始检票'
  )
  const checked = { state: 'CHECKED', departureState: 'ON_SALE', edition: 0, checked: { at: at('08:41:00'), gate: 3 } }
  expect(words(verifyTicketRecord(checked))).toBe('已于 08:41 在 3 号口检票')
  for (const [, chinese, english] of Object.values(gateRefusals)) expect(chinese && english).toBeTruthy()
})
