// May this ticket pass this gate now? One ladder of guards, each naming one reason in words for the passenger. The same source runs in
// the server and in the gate page: a gate without a network runs it up to the last rung it has facts for.
import type { TicketClaims, TicketCode } from './ticket-code.ts'

/** code → [station-system number (ticketing facts §1.8), 中文, English]; the words may name {time}, {day}, {place}, {gate}. */
export const gateRefusals = {
  'code-unreadable': [1804, '这不是车票的乘车码', 'this is not a ticket code'],
  'issuer-unknown': [1804, '乘车码的签发方未知', 'the issuer of the code is not known here'],
  'signature-invalid': [1901, '乘车码签名无效，疑似伪造', 'the signature is wrong: probably forged'],
  'check-in-not-open': [
    1803,
    '这张票是 {day} {time} 的班次，尚未开始检票',
    'the departure is at {time} on {day}: not open yet'
  ],
  'check-in-closed': [1803, '这张票是 {day} {time} 的班次，检票已结束', 'the departure was at {time} on {day}: closed'],
  'wrong-place': [1802, '这张票不在本站上车', 'the ticket does not board here'],
  'wrong-departure': [1802, '这张票是 {time} 的班次', 'the ticket is for the {time} departure'],
  'code-stale': [
    1804,
    '乘车码已过期，请打开车票刷新（截图无效）',
    'the code is out of date: refresh it, screenshots do not work'
  ],
  'document-required': [1805, '纸质凭条须同时出示购票证件', 'a slip needs the document it was bought with'],
  'document-mismatch': [1805, '证件与车票不符', 'the document is not the one of the ticket'],
  'no-ticket-for-document': [
    1501,
    '该证件没有本站现在可检的车票',
    'no ticket of this document can be checked here now'
  ],
  'credential-revoked': [
    1804,
    '这个码已因补办作废，请出示新的乘车码',
    'this code was revoked when the ticket was re-issued: show the new one'
  ],
  'ticket-unknown': [1501, '系统中没有这张票', 'the ticket is not known'],
  'departure-cancelled': [1102, '班次已停运，请到窗口退票或改签', 'the departure is cancelled: see the counter'],
  'ticket-refunded': [1603, '车票已退', 'the ticket was refunded'],
  'ticket-invalid': [1502, '车票已失效', 'the ticket is no longer valid'],
  'already-checked': [1801, '已于 {checkedTime} 在 {gate} 号口检票', 'checked already at {checkedTime}, gate {gate}']
} as const

export type GateRefusal = keyof typeof gateRefusals

export interface Refused {
  code: GateRefusal
  /** What the words may name. */
  named: Record<string, string>
}

/** What a gate knows about itself and the moment. */
export interface GateView {
  now: Date
  place: string
  /** The departure being boarded at this gate; null when it boards all of its place. */
  departure: number | null
}

/** What the system knows of the ticket; null rungs are skipped by a gate that does not know. */
export interface TicketRecord {
  state: string
  departureState: string
  /** Of the credential that counts now. */
  edition: number
  /** The check that opened a gate; null when there was none. */
  checked: { at: Date; gate: number } | null
}

export interface CodeProof {
  /** Null when the issuer's key is not known. */
  signatureValid: boolean | null
  /** The codes of the steps around now; null at a gate that cannot derive them. */
  currentCodes: readonly string[] | null
  /** First bytes of the keyed digest of the document that was shown; null when none was. */
  shownDocument: Uint8Array | null
}

/** Null when the code proves a ticket that may board here now. */
export function verifyTicketCode(code: TicketCode, proof: CodeProof, gate: GateView): Refused | null {
  const { claims, timeCode } = code
  if (proof.signatureValid === null) return refused('issuer-unknown')
  if (!proof.signatureValid) return refused('signature-invalid')
  const early = verifyTimeAndPlace(claims, gate)
  if (early) return early
  if (timeCode !== null && proof.currentCodes && !proof.currentCodes.includes(timeCode)) return refused('code-stale')
  const named = claims.documentKind > 0
  if (timeCode === null && named && proof.shownDocument === null) return refused('document-required')
  if (named && proof.shownDocument && !sameStart(proof.shownDocument, claims.documentHash))
    return refused('document-mismatch')
  return null
}

type Boarding = Pick<TicketClaims, 'departure' | 'departsAt' | 'from' | 'notBefore' | 'notAfter'>

export function verifyTimeAndPlace(boarding: Boarding, gate: GateView): Refused | null {
  const named = { day: dayOf(boarding.departsAt), time: timeOf(boarding.departsAt) }
  if (gate.now < boarding.notBefore) return refused('check-in-not-open', named)
  if (gate.now > boarding.notAfter) return refused('check-in-closed', named)
  if (boarding.from !== gate.place) return refused('wrong-place')
  if (gate.departure !== null && gate.departure !== boarding.departure) return refused('wrong-departure', named)
  return null
}

/** The rungs for which one must ask the system, or a list it sent: revoked, and used. `edition` is the shown code's, null for a document. */
export function verifyTicketRecord(record: TicketRecord | null, edition: number | null = null): Refused | null {
  if (!record) return refused('ticket-unknown')
  if (edition !== null && edition !== record.edition) return refused('credential-revoked')
  switch (record.state) {
    case 'ISSUED':
      return record.departureState === 'CANCELLED' ? refused('departure-cancelled') : null
    case 'CHECKED':
    case 'USED':
      return refused('already-checked', {
        checkedTime: record.checked ? timeOf(record.checked.at) : '',
        gate: String(record.checked?.gate ?? '')
      })
    case 'REFUNDING':
    case 'REFUNDED':
    case 'VOIDED':
      return refused('ticket-refunded')
    case 'SUSPENDED':
      return refused('departure-cancelled')
    case 'HELD':
    case 'RELEASED':
      return refused('ticket-unknown')
    default:
      return refused('ticket-invalid')
  }
}

export function refused(code: GateRefusal, named: Record<string, string> = {}): Refused {
  return { code, named }
}

/** [中文, English] of a refusal with its names filled in. */
export function wordsOf({ code, named }: Refused): [string, string] {
  const [, chinese, english] = gateRefusals[code]
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => named[name] ?? '')
  return [fill(chinese), fill(english)]
}

function sameStart(a: Uint8Array, b: Uint8Array): boolean {
  return b.every((byte, at) => byte === a[at])
}

const shanghai = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString()
const timeOf = (at: Date): string => shanghai(at).slice(11, 16)
const dayOf = (at: Date): string => `${Number(shanghai(at).slice(5, 7))}月${Number(shanghai(at).slice(8, 10))}日`
