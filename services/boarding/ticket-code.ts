// What a ticket's QR code carries (乘车码): 48 bytes about one ticket, the issuer's SM2 signature over them (64 bytes), and on a phone the
// 8-digit code of the moment (4 bytes). 112 or 116 bytes, 171 or 177 characters, QR version 7 at level M. The same source runs in
// the server and in the gate page: no node: modules, and nothing here knows a key.
import { decodeBase45, encodeBase45 } from './base45.ts'

export const fareKindCodes = ['full', 'half', 'free', 'vehicle', 'truck'] as const

export interface TicketClaims {
  /** Version of the issuer's ticket-signature key. */
  issuerKey: number
  ticketNo: string
  departure: number
  /** The leg of the journey, 1 for a single ticket. */
  leg: number
  from: string
  to: string
  /** At the boarding stop; whole minutes are kept. */
  departsAt: Date
  /** 0 where there is no numbered seat. */
  seat: number
  fareKind: (typeof fareKindCodes)[number]
  /** A printed slip has no code of the moment, so it opens a gate only together with the document. */
  slip: boolean
  /** 0 as sold; a re-issue after a loss counts one on, up to 127, and ends all before it. */
  edition: number
  /** 0 without a document, else the number of its kind. */
  documentKind: number
  /** The first 6 bytes of the keyed digest of the document: a gate with the key derives the same, nobody else learns the number. */
  documentHash: Uint8Array
  notBefore: Date
  notAfter: Date
}

export interface TicketCode {
  claims: TicketClaims
  /** The bytes the issuer signed. */
  signed: Uint8Array
  signature: Uint8Array
  /** The code of the moment; null on a slip. */
  timeCode: string | null
}

const version = 1
const scheme = 'LN:'
const signedLength = 48
export const signatureLength = 64
export const staticLength = signedLength + signatureLength
export const timeCodeDigits = 8
/** Seven bits of the flags. */
export const editionMax = 127
/** A screenshot lives as long as its step and the next. */
export const timeStepSeconds = 30

/** The bytes to sign. */
export function encodeClaims(claims: TicketClaims): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(signedLength)
  const view = new DataView(bytes.buffer)
  bytes[0] = version
  view.setUint16(1, claims.issuerKey)
  view.setBigUint64(3, BigInt(claims.ticketNo.slice(0, 11) + claims.ticketNo.slice(12)))
  bytes[11] = claims.ticketNo.charCodeAt(11)
  view.setUint32(12, claims.departure)
  bytes[16] = claims.leg
  view.setUint32(17, encodePlace(claims.from))
  view.setUint32(21, encodePlace(claims.to))
  view.setUint32(25, Math.floor(claims.departsAt.getTime() / 60_000))
  view.setUint16(29, claims.seat)
  bytes[31] = fareKindCodes.indexOf(claims.fareKind)
  bytes[32] = (claims.slip ? 1 : 0) + claims.edition * 2
  bytes[33] = claims.documentKind
  bytes.set(claims.documentHash.subarray(0, 6), 34)
  view.setUint32(40, Math.floor(claims.notBefore.getTime() / 1000))
  view.setUint32(44, Math.floor(claims.notAfter.getTime() / 1000))
  return bytes
}

/** The text of the QR code: the signed static part, and on a phone the code of the moment. */
export function encodeTicketCode(staticPart: Uint8Array, timeCode: string | null): string {
  const bytes = new Uint8Array(staticPart.length + (timeCode === null ? 0 : 4))
  bytes.set(staticPart)
  if (timeCode !== null) new DataView(bytes.buffer).setUint32(staticPart.length, Number(timeCode))
  return scheme + encodeBase45(bytes)
}

/** Null when the text is not a ticket code of this version; whether it is true is for verify-ticket-rules.ts to say. */
export function parseTicketCode(text: string): TicketCode | null {
  const bytes = text.startsWith(scheme) ? decodeBase45(text.slice(scheme.length)) : null
  if (bytes?.[0] !== version || !(bytes.length === staticLength || bytes.length === staticLength + 4)) return null
  const claims = decodeClaims(bytes)
  const dynamic = bytes.length > staticLength ? new DataView(bytes.buffer).getUint32(staticLength) : null
  if (!claims || claims.slip !== (dynamic === null)) return null
  return {
    claims,
    signed: bytes.subarray(0, signedLength),
    signature: bytes.subarray(signedLength, staticLength),
    timeCode: dynamic === null ? null : String(dynamic).padStart(timeCodeDigits, '0')
  }
}

function decodeClaims(bytes: Uint8Array<ArrayBuffer>): TicketClaims | null {
  const view = new DataView(bytes.buffer)
  const digits = String(view.getBigUint64(3)).padStart(19, '0')
  const fareKind = fareKindCodes[bytes[31]!]
  const ticketNo = digits.slice(0, 11) + String.fromCharCode(bytes[11]!) + digits.slice(11)
  if (!fareKind || !/^\d{11}[A-Z]\d{8}$/.test(ticketNo)) return null
  return {
    issuerKey: view.getUint16(1),
    ticketNo,
    departure: view.getUint32(12),
    leg: bytes[16]!,
    from: decodePlace(view.getUint32(17)),
    to: decodePlace(view.getUint32(21)),
    departsAt: new Date(view.getUint32(25) * 60_000),
    seat: view.getUint16(29),
    fareKind,
    slip: bytes[32]! % 2 === 1,
    edition: bytes[32]! >> 1,
    documentKind: bytes[33]!,
    documentHash: bytes.slice(34, 40),
    notBefore: new Date(view.getUint32(40) * 1000),
    notAfter: new Date(view.getUint32(44) * 1000)
  }
}

const portBit = 0x80_00_00_00

/** Nine digits of a station, or a port's code without its P and the highest bit set. */
function encodePlace(code: string): number {
  return code[6] === 'P' ? Number(code.replace('P', '')) + portBit : Number(code)
}

function decodePlace(value: number): string {
  if (value < portBit) return String(value).padStart(9, '0')
  const digits = String(value - portBit).padStart(8, '0')
  return `${digits.slice(0, 6)}P${digits.slice(6)}`
}
