import { describe, expect, test } from 'vitest'
import { hmacSm3 } from '../../card-crypto/sm3.ts'
import { documentTagOf, timeCodeAt } from './credentials/moment.ts'
import type { TicketClaims, TicketCode } from './credentials/ticket-code.ts'
import { gateRefusals, refused, wordsOf } from './gate-refusals.ts'
import {
  boardingDoor,
  legAtGate,
  readCode,
  verifyCode,
  verifyDocumentTickets,
  type CodeFacts,
  type GateCrypto,
  type GatePolicy,
  type GateView,
  type TicketRecord
} from './verify-ticket-rules.ts'

const at = (time: string, day = '2026-12-02'): Date => new Date(`${day}T${time}+08:00`)
const departureKey = new Uint8Array(32).fill(9)
const holder = documentTagOf(hmacSm3, departureKey, '01|440100199003072033')
const other = documentTagOf(hmacSm3, departureKey, '01|440100199003072041')
const claims: TicketClaims = {
  issuerKey: 1,
  form: 'phone',
  edition: 1,
  ticketNo: '44010003207B00004217',
  departure: 7,
  leg: 1,
  journey: null,
  from: '440100003',
  to: '441300001',
  departsAt: at('14:20:00'),
  notBefore: at('12:20:00'),
  notAfter: at('14:20:00'),
  seat: 12,
  fareKind: 'full',
  documentKind: 1,
  documentTag: holder.subarray(0, 6),
  deviceKey: null
}
const shown = (now: Date, about: Partial<TicketClaims> = {}): TicketCode => {
  const all = { ...claims, ...about }
  const moments = {
    slip: null,
    phone: { kind: 'time', code: timeCodeAt({ hmac: hmacSm3, departureKey }, all, now) },
    device: { kind: 'device', at: now, message: new Uint8Array(4), signature: new Uint8Array(64) }
  } as const
  return { claims: all, signed: new Uint8Array(44), signature: new Uint8Array(64), moment: moments[all.form] }
}
const record: TicketRecord = {
  ticketNo: claims.ticketNo,
  departure: 7,
  line: 1,
  from: claims.from,
  departsAt: claims.departsAt,
  notBefore: claims.notBefore,
  notAfter: claims.notAfter,
  state: 'ISSUED',
  departureState: 'ON_SALE',
  fareKind: 'full',
  edition: 1,
  documentTag: holder,
  checked: null
}
const issuer = { version: 1, publicKey: new Uint8Array(64), acceptedUntil: null, revokedAt: null }
const facts: CodeFacts = { issuer, record, departureKey, shownTag: null }
const policy: GatePolicy = {
  mixedEarlierMinutes: 0,
  mixedLaterMinutes: 0,
  documentAlways: false,
  listsAskDocumentMinutes: 240,
  listsRefuseMinutes: 72 * 60,
  clockOffSecondsMax: 180
}
const mixed = (mixedEarlierMinutes: number, mixedLaterMinutes: number) => ({
  policy: { ...policy, mixedEarlierMinutes, mixedLaterMinutes }
})
const view: GateView = {
  now: at('14:00:00'),
  place: '440100003',
  door: boardingDoor,
  boarding: { departure: 7, line: 1, departsAt: claims.departsAt },
  policy,
  offline: null
}
const genuine: GateCrypto = { sm2Verify: () => true, hmacSm3 }
const forged: GateCrypto = { sm2Verify: () => false, hmacSm3 }
const offline = (minutes: number, clockOffSeconds = 0) => ({
  offline: { listsAsOf: new Date(view.now.getTime() - minutes * 60_000), clockOffSeconds }
})
const boards = (time: string, departure = 8) => ({ boarding: { departure, line: 1, departsAt: at(time) } })

interface Case {
  code?: Partial<TicketClaims>
  /** When the code on the screen was made; now unless told. */
  made?: Date
  facts?: Partial<CodeFacts>
  record?: Partial<TicketRecord>
  view?: Partial<GateView>
  crypto?: GateCrypto
}
function answerTo(one: Case): string {
  const gate = { ...view, ...one.view }
  const known = { ...facts, record: { ...record, ...one.record }, ...one.facts }
  const verdict = verifyCode(shown(one.made ?? gate.now, one.code), known, gate, one.crypto ?? genuine)
  if (!verdict.opens) return verdict.refused.code
  return `OPEN${verdict.mixed ? ' mixed' : ''}${verdict.unlisted ? ' unlisted' : ''}`
}
const gone = (seconds: number) => new Date(view.now.getTime() - seconds * 1000)
const evening = { departsAt: at('18:00:00'), notBefore: at('16:00:00'), notAfter: at('18:00:00') }

describe('the ladder, each rung with its own answer', () => {
  test.each<[string, Case, string]>([
    ['valid', {}, 'OPEN'],
    ['valid at a gate for all departures', { view: { boarding: null } }, 'OPEN'],
    ['of an issuer we do not know', { facts: { issuer: null } }, 'issuer-unknown'],
    ['of a revoked issuer key', { facts: { issuer: { ...issuer, revokedAt: at('08:00:00') } } }, 'issuer-revoked'],
    [
      'of a key rotated out, still accepted',
      { facts: { issuer: { ...issuer, acceptedUntil: at('14:00:00') } } },
      'OPEN'
    ],
    [
      'of a key no longer accepted',
      { facts: { issuer: { ...issuer, acceptedUntil: at('13:59:59') } } },
      'issuer-retired'
    ],
    ['forged', { crypto: forged }, 'signature-invalid'],
    ['forged and early: the forgery is said', { crypto: forged, view: { now: at('09:00:00') } }, 'signature-invalid'],
    ['a second early', { view: { now: at('12:19:59') } }, 'check-in-not-open'],
    ['at the first second', { view: { now: at('12:20:00') } }, 'OPEN'],
    ['at the last second', { view: { now: at('14:20:00') } }, 'OPEN'],
    ['a second late', { view: { now: at('14:20:01') } }, 'check-in-closed'],
    ['of tomorrow', { view: { now: at('14:00:00', '2026-12-01') } }, 'wrong-day'],
    ['of yesterday', { view: { now: at('14:00:00', '2026-12-03') } }, 'wrong-day'],
    [
      'late, but the departure is delayed',
      { view: { now: at('14:30:00') }, record: { notAfter: at('15:00:00') } },
      'OPEN'
    ],
    ['at another station', { view: { place: '440100005' } }, 'wrong-place'],
    ['of another departure', { view: boards('14:40:00') }, 'wrong-departure'],
    ['moved to the departure of this gate', { view: boards('14:40:00'), record: { departure: 8 } }, 'OPEN'],
    [
      'a person’s at the lane for vehicles',
      { view: { door: { ...boardingDoor, carries: 'vehicle' } } },
      'door-for-vehicles'
    ],
    [
      'a vehicle’s at the door for persons',
      { view: { door: { ...boardingDoor, carries: 'person' } }, record: { fareKind: 'truck' } },
      'door-for-persons'
    ],
    ['a screenshot of the step before', { made: gone(30) }, 'OPEN'],
    ['a screenshot of two steps before', { made: gone(61) }, 'code-stale'],
    ['of a phone whose clock is a step ahead', { made: gone(-30) }, 'OPEN'],
    ['a code of the moment made for another departure', { facts: { departureKey: new Uint8Array(32) } }, 'code-stale'],
    ['with the holder', { facts: { shownTag: holder } }, 'OPEN'],
    ['with somebody else', { facts: { shownTag: other } }, 'document-mismatch'],
    [
      'where everybody shows a document',
      { view: { policy: { ...policy, documentAlways: true } } },
      'document-required'
    ],
    ['a slip alone', { code: { form: 'slip' } }, 'document-required'],
    ['a slip with its holder', { code: { form: 'slip' }, facts: { shownTag: holder } }, 'OPEN'],
    ['a slip with somebody else', { code: { form: 'slip' }, facts: { shownTag: other } }, 'document-mismatch'],
    ['a slip of a line without real names', { code: { form: 'slip', documentKind: 0 } }, 'OPEN'],
    ['revoked', { record: { edition: 2 } }, 'credential-revoked'],
    ['issued after the list was made', { record: { edition: 0 } }, 'OPEN'],
    ['that nobody knows', { facts: { record: null } }, 'ticket-unknown'],
    ['of a cancelled departure', { record: { departureState: 'CANCELLED' } }, 'departure-cancelled'],
    [
      'of a departure whose check-in the station has not begun',
      { view: { policy: { ...policy, onceBegun: true } }, record: { stateHere: 'REPORTED' } },
      'check-in-not-begun'
    ],
    [
      'of one whose check-in has begun',
      { view: { policy: { ...policy, onceBegun: true } }, record: { stateHere: 'CHECKING' } },
      'OPEN'
    ],
    ['of one not begun, where that is no rule', { record: { stateHere: 'REPORTED' } }, 'OPEN'],
    [
      'of one not begun, at a gate on its own',
      { view: { policy: { ...policy, onceBegun: true }, ...offline(10) }, record: { stateHere: 'REPORTED' } },
      'OPEN'
    ],
    ['suspended', { record: { state: 'SUSPENDED' } }, 'departure-cancelled'],
    ['refunded', { record: { state: 'REFUNDED' } }, 'ticket-refunded'],
    ['being refunded', { record: { state: 'REFUNDING' } }, 'ticket-refunded'],
    ['void', { record: { state: 'VOIDED' } }, 'ticket-refunded'],
    ['changed', { record: { state: 'CHANGED' } }, 'ticket-changed'],
    ['missed', { record: { state: 'NO_SHOW' } }, 'ticket-missed'],
    ['expired', { record: { state: 'EXPIRED' } }, 'ticket-invalid'],
    ['only held', { record: { state: 'HELD' } }, 'ticket-unknown'],
    ['used', { record: { checked: { at: at('08:41:00'), gate: 3 } } }, 'already-checked'],
    ['on its way', { record: { state: 'USED' } }, 'already-checked'],
    [
      'used, at a door that may be passed again',
      { view: { door: { ...boardingDoor, repeats: true } }, record: { state: 'USED' } },
      'OPEN'
    ],
    [
      'for another day, at a door that opens the day before',
      { view: { now: at('15:00:00', '2026-12-01'), door: { ...boardingDoor, opensMinutes: 1440 } } },
      'OPEN'
    ]
  ])('%s', (_, one, answer) => {
    expect(answerTo(one)).toBe(answer)
  })

  test.each<[string, Case, string]>([
    ['fresh', {}, 'OPEN'],
    ['signed a minute ago', { made: gone(60) }, 'OPEN'],
    ['a screenshot', { made: gone(61) }, 'code-stale'],
    ['from a clock that is ahead', { made: gone(-61) }, 'code-ahead'],
    [
      'not signed by its phone',
      { crypto: { ...genuine, sm2Verify: (key) => key.length === 64 } },
      'device-signature-invalid'
    ],
    ['at a gate without the departure’s key', { facts: { departureKey: null } }, 'OPEN']
  ])('a code of a phone’s own key: %s', (_, one, answer) => {
    expect(answerTo({ ...one, code: { form: 'device', deviceKey: new Uint8Array(33) } })).toBe(answer)
  })
})

describe('a gate on its own', () => {
  test.each<[string, Case, string]>([
    ['opens by its lists', { view: offline(10) }, 'OPEN'],
    ['opens for what was sold since', { view: offline(10), facts: { record: null } }, 'OPEN unlisted'],
    [
      'checks the document of what was sold since',
      { view: offline(10), facts: { record: null, shownTag: other } },
      'document-mismatch'
    ],
    [
      'knows the holder of what was sold since',
      { view: offline(10), facts: { record: null, shownTag: holder } },
      'OPEN unlisted'
    ],
    [
      'without the departure’s key checks no code',
      { view: offline(10), facts: { record: null, departureKey: null } },
      'not-checkable-offline'
    ],
    ['asks for the document once its lists are old', { view: offline(241) }, 'document-required'],
    ['and opens with it', { view: offline(241), facts: { shownTag: holder } }, 'OPEN'],
    ['takes no code once they are older', { view: offline(72 * 60 + 1), facts: { shownTag: holder } }, 'lists-stale'],
    ['opens for nobody whose lists are from before its making', { view: offline(-4) }, 'gate-clock-wrong'],
    ['nor with a clock that is off', { view: offline(10, -181) }, 'gate-clock-wrong']
  ])('%s', (_, one, answer) => {
    expect(answerTo(one)).toBe(answer)
  })

  test.each<[string, number, string]>([
    ['two days', 2881, 'OPEN'],
    ['three days', 72 * 60, 'OPEN'],
    ['more than three days', 72 * 60 + 1, 'lists-stale']
  ])('takes documents of its lists for %s', (_, minutes, answer) => {
    const verdict = verifyDocumentTickets([record], { ...view, ...offline(minutes) })
    expect(verdict.opens ? 'OPEN' : verdict.refused.code).toBe(answer)
  })
})

describe('mixed check (混检), where the rule allows it', () => {
  const ticket = { ...record, departsAt: at('14:20:00') }
  test.each<[string, Partial<GateView>, string]>([
    ['an earlier departure of the line', { ...boards('14:00:00'), ...mixed(0, 30) }, 'OPEN mixed'],
    ['one too early for the rule', { ...boards('13:40:00'), ...mixed(0, 30) }, 'wrong-departure'],
    [
      'a later departure, its own having left',
      { ...boards('15:00:00'), now: at('14:50:00'), ...mixed(60, 0) },
      'OPEN mixed'
    ],
    ['one too late for the rule', { ...boards('15:30:00'), ...mixed(60, 0) }, 'wrong-departure'],
    ['no rule', boards('14:40:00'), 'wrong-departure'],
    [
      'another line',
      {
        boarding: { departure: 8, line: 2, departsAt: at('14:40:00') },
        ...mixed(60, 60)
      },
      'wrong-departure'
    ],
    ['another station', { ...boards('14:40:00'), place: '440100005', ...mixed(60, 60) }, 'wrong-place']
  ])('%s', (_, seen, answer) => {
    expect(answerTo({ view: seen, record: ticket })).toBe(answer)
  })

  test('needs a record: a code alone does not say which line it is of', () => {
    expect(
      answerTo({ view: { ...boards('14:40:00'), ...offline(5), ...mixed(60, 60) }, facts: { record: null } })
    ).toBe('wrong-departure')
  })
})

describe('a document alone', () => {
  const evenings = { ...record, ...evening, ticketNo: 'evening', departure: 9 }
  const used: TicketRecord = { ...record, state: 'CHECKED', checked: { at: at('13:55:00'), gate: 3 } }
  test.each<[string, TicketRecord[], Partial<GateView>, string, string | undefined]>([
    ['opens for its ticket', [record], {}, 'OPEN', record.ticketNo],
    ['without a ticket here', [], {}, 'no-ticket-for-document', undefined],
    ['with one for later too, the one of this departure', [evenings, record], {}, 'OPEN', record.ticketNo],
    ['with two, at a gate for all', [evenings, record], { boarding: null }, 'OPEN', record.ticketNo],
    ['the second time', [used], {}, 'already-checked', record.ticketNo],
    ['the second time, with one for later', [used, evenings], {}, 'wrong-departure', 'evening'],
    ['too early', [evenings], { boarding: null }, 'check-in-not-open', 'evening']
  ])('%s', (...[, found, seen, answer, ticketNo]) => {
    const verdict = verifyDocumentTickets(found, { ...view, ...seen })
    const said = verdict.opens ? 'OPEN' : verdict.refused.code
    // A later ticket's window says more than another departure does.
    expect(answer === 'wrong-departure' ? ['wrong-departure', 'check-in-not-open'] : [answer]).toContain(said)
    expect(verdict.record?.ticketNo).toBe(ticketNo)
  })
})

describe('the words', () => {
  const wordsFor = (one: Case): string => {
    const gate = { ...view, ...one.view }
    const verdict = verifyCode(
      shown(gate.now, one.code),
      { ...facts, record: { ...record, ...one.record }, ...one.facts },
      gate,
      genuine
    )
    return verdict.opens ? '' : wordsOf(verdict.refused, (code) => (code === '440100003' ? '天河客运站' : code))[0]
  }
  test.each<[Case, string]>([
    [{ view: boards('14:40:00') }, '这张票是 14:20 的班次，本口正在检 14:40 的班次'],
    [{ view: { now: at('09:00:00') } }, '这张票是 12月2日 14:20 的班次，12:20 开始检票'],
    [{ view: { now: at('15:00:00') } }, '这张票是 12月2日 14:20 的班次，检票已于 14:20 结束'],
    [{ view: { now: at('09:00:00', '2026-12-01') } }, '这张票是 12月2日 14:20 的班次，今天是 12月1日'],
    [{ view: { place: '440100005' } }, '这张票在 天河客运站 上车，不在本站'],
    [{ record: { checked: { at: at('08:41:00'), gate: 3 } } }, '已于 08:41 在 3 号口检票'],
    [{ record: { checked: { at: at('23:50:00', '2026-12-01'), gate: 3 } } }, '已于 12月1日 23:50 在 3 号口检票'],
    [{ view: offline(72 * 60 + 1) }, '本机名单已过时（11月29日 13:59 更新），请走人工通道']
  ])('%# name the facts: %s', (one, words) => {
    expect(wordsFor(one)).toBe(words)
  })

  test('exist for every refusal in both languages, and leave no name unfilled that the ladder fills', () => {
    for (const [, chinese, english] of Object.values(gateRefusals)) expect(chinese && english).toBeTruthy()
    expect(wordsOf(refused('already-checked', { checked: '08:41', gate: '3' }))[1]).toBe(
      'checked already at 08:41, gate 3'
    )
  })
})

test('the first rung names what is no ticket code', () => {
  expect(readCode('https://example.com').refused?.code).toBe('web-address')
})

test.each<[string, number | null, string, number | undefined]>([
  ['14:00:00', null, '440100003', 7],
  ['14:00:00', 7, '440100003', 7],
  ['17:30:00', null, '440800P01', 8],
  ['14:00:00', null, '440800P01', 8],
  ['17:30:00', null, '440100003', 9],
  ['17:30:00', 7, '440100003', 7],
  ['23:30:00', null, '440100003', 9],
  ['14:00:00', null, '441300001', undefined]
])('at %s the gate for %s at %s takes the journey’s leg %s', (time, departure, place, leg) => {
  const board = (id: number, from: string, opens: string, closes: string) => ({
    departure: id,
    from,
    departsAt: at(closes),
    notBefore: at(opens),
    notAfter: at(closes)
  })
  const legs = [
    board(7, '440100003', '12:20:00', '14:20:00'),
    board(8, '440800P01', '17:00:00', '18:00:00'),
    board(9, '440100003', '20:00:00', '21:00:00')
  ]
  const boarding = departure === null ? null : { departure, line: 1, departsAt: at('14:20:00') }
  expect(legAtGate(legs, { now: at(time), place, boarding })?.departure).toBe(leg)
})
