// What a ticket's QR code carries (乘车码): who signed it, the leg it was made for and, for a journey, the passenger all of whose legs it
// opens; the issuer's SM2 signature (64 bytes) over that; and on a phone a short-lived part. The same source runs in the server, in the gate
// page and on the command line: no node: modules, and nothing here knows a key.
//
//   form     moment                                          bytes   characters   QR at level M
//   slip     none: the document is always checked              108          165   version 7
//   phone    4 bytes from a key of the departure, 30 s         112          171   version 7
//   device   time and the phone's own signature, 60 s          209          317   version 11
//   a journey's is 9 bytes longer: version 8 (phone, slip) or 11 (device)
import { decodeBase45, encodeBase45 } from './base45.ts'

export const fareKindCodes = ['full', 'half', 'free', 'vehicle', 'truck'] as const

/** How a credential proves that it is shown now: by nothing (paper), by the departure's time code, by the phone's own key. */
export const credentialForms = ['slip', 'phone', 'device'] as const
export type CredentialForm = (typeof credentialForms)[number]

export interface TicketClaims {
  /** Version of the issuer's ticket-signature key. */
  issuerKey: number
  form: CredentialForm
  /**
   * Which issue of the ticket's credentials this is: 0 as sold, up to 127. Revoking or re-issuing them counts one on and ends all before
   * it, without touching the ticket.
   */
  edition: number
  ticketNo: string
  departure: number
  /** The leg of the journey, 1 for a single ticket. */
  leg: number
  /** The code is good for every leg of this passenger of the journey, each at its own door; null for a single ticket. */
  journey: JourneyClaim | null
  from: string
  to: string
  /** At the boarding stop; whole minutes are kept, here and in the window. */
  departsAt: Date
  notBefore: Date
  notAfter: Date
  /** 0 where there is no numbered seat. */
  seat: number
  fareKind: (typeof fareKindCodes)[number]
  /** 0 without a document, else the number of its kind. */
  documentKind: number
  /** 6 bytes that a gate with the departure's key derives from the document shown (moment.ts); nobody else learns the number. */
  documentTag: Uint8Array
  /** x of the phone's SM2 key and the parity of its y, 33 bytes; null but in form device. */
  deviceKey: Uint8Array | null
}

export interface JourneyClaim {
  /** J and 15 digits. */
  number: string
  /** Of the journey's order, counted from 0. */
  passenger: number
}

/** The short-lived part: four bytes of the moment, or the phone's time and its signature over everything before. */
export type Moment =
  { kind: 'time'; code: Uint8Array } | { kind: 'device'; at: Date; message: Uint8Array; signature: Uint8Array }

export interface TicketCode {
  claims: TicketClaims
  /** The bytes the issuer signed. */
  signed: Uint8Array
  signature: Uint8Array
  /** Null on a slip. */
  moment: Moment | null
}

export type CodeFault =
  'code-too-long' | 'web-address' | 'ride-code' | 'code-unreadable' | 'code-version' | 'code-truncated' | 'code-altered'

const version = 3
const scheme = 'LN:'
const singleLength = 44
const journeyLength = 9
const deviceKeyLength = 33
export const signatureLength = 64
/** Seven bits. */
export const editionMax = 127
const timeMomentLength = 4
const deviceMomentLength = 4 + signatureLength
/** The longest code, a journey's on a device, has 330 characters. Twice that is no ticket, and no foreign code is looked at beyond 2 KB. */
const textMax = 660
const foreignMax = 2048
/** Codes of the transit-card network (T-Union) begin with the byte 0x80 and are never shorter than this. */
const rideCodeLeast = 100

// ---- Writing ----

/** The bytes to sign. */
export function encodeClaims(claims: TicketClaims): Uint8Array<ArrayBuffer> {
  const { form, journey, deviceKey } = claims
  const bytes = new Uint8Array(signedLengthOf(form, journey !== null))
  const view = new DataView(bytes.buffer)
  bytes[0] = version
  bytes[1] = credentialForms.indexOf(form) * 2 + (journey ? 1 : 0)
  view.setUint16(2, claims.issuerKey)
  bytes[4] = claims.edition
  view.setBigUint64(5, BigInt(claims.ticketNo.slice(0, 11) + claims.ticketNo.slice(12)))
  bytes[13] = claims.ticketNo.charCodeAt(11)
  view.setUint32(14, claims.departure)
  bytes[18] = claims.leg * 16 + fareKindCodes.indexOf(claims.fareKind)
  view.setUint32(19, encodePlace(claims.from))
  view.setUint32(23, encodePlace(claims.to))
  view.setUint32(27, minuteOf(claims.departsAt))
  view.setInt16(31, minuteOf(claims.departsAt) - minuteOf(claims.notBefore))
  view.setInt16(33, minuteOf(claims.notAfter) - minuteOf(claims.departsAt))
  view.setUint16(35, claims.seat)
  bytes[37] = claims.documentKind
  bytes.set(claims.documentTag.subarray(0, 6), 38)
  if (journey) {
    view.setBigUint64(singleLength, BigInt(journey.number.slice(1)))
    bytes[singleLength + 8] = journey.passenger
  }
  if (deviceKey) bytes.set(deviceKey, bytes.length - deviceKeyLength)
  return bytes
}

function signedLengthOf(form: CredentialForm, isJourney: boolean): number {
  return singleLength + (isJourney ? journeyLength : 0) + (form === 'device' ? deviceKeyLength : 0)
}

/** What stays the same while a code is shown, and what its phone's key signs together with the time: the claims and the issuer's signature. */
export function encodeStaticText(staticPart: Uint8Array): string {
  return scheme + encodeBase45(staticPart)
}

/** The text of the QR code: the static part, and after it the moment's bytes. */
export function encodeTicketCode(staticPart: Uint8Array, moment: Uint8Array = new Uint8Array()): string {
  const bytes = new Uint8Array(staticPart.length + moment.length)
  bytes.set(staticPart)
  bytes.set(moment, staticPart.length)
  return encodeStaticText(bytes)
}

/** What a phone's key signs: the static part and its time in seconds. */
export function deviceMessage(staticPart: Uint8Array, at: Date): Uint8Array {
  const message = new Uint8Array(staticPart.length + 4)
  message.set(staticPart)
  new DataView(message.buffer).setUint32(staticPart.length, Math.floor(at.getTime() / 1000))
  return message
}

/** The moment of a device's code: the time as deviceMessage has it, and the signature. */
export function encodeDeviceMoment(at: Date, signature: Uint8Array): Uint8Array {
  const moment = new Uint8Array(deviceMomentLength)
  new DataView(moment.buffer).setUint32(0, Math.floor(at.getTime() / 1000))
  moment.set(signature, 4)
  return moment
}

// ---- Reading ----

/** What the text says, or why it is no ticket code. Whether it is true is for verify-ticket-rules.ts to say. */
export function parseTicketCode(text: string): TicketCode | CodeFault {
  if (!text.startsWith(scheme)) return text.length > foreignMax ? 'code-too-long' : foreignCode(text)
  if (text.length > textMax) return 'code-too-long'
  const bytes = decodeBase45(text.slice(scheme.length))
  if (!bytes) return text.length % 3 > 0 && wholeCharacters.test(text) ? 'code-truncated' : 'code-altered'
  if (bytes[0] !== version) return bytes.length === 0 ? 'code-truncated' : 'code-version'
  if (bytes.length < singleLength) return 'code-truncated'
  const form = credentialForms[bytes[1]! >> 1]
  if (!form) return 'code-altered'
  const signedLength = signedLengthOf(form, (bytes[1]! & 1) === 1)
  const length = signedLength + signatureLength + momentLengths[form]
  if (bytes.length !== length) return bytes.length < length ? 'code-truncated' : 'code-altered'
  const claims = decodeClaims(bytes.subarray(0, signedLength), form)
  if (!claims) return 'code-altered'
  const signature = bytes.subarray(signedLength, signedLength + signatureLength)
  return { claims, signed: bytes.subarray(0, signedLength), signature, moment: momentOf(form, bytes, signedLength) }
}

/** Of base45: a code that has only these but does not decode has lost its end. */
const wholeCharacters = /^[0-9A-Z $%*+./:-]*$/

const momentLengths = { slip: 0, phone: timeMomentLength, device: deviceMomentLength } as const

/** Codes people hold up by mistake, each known by how it begins. */
function foreignCode(text: string): CodeFault {
  if (/^\s*https?:/i.test(text) || /^\s*www\./i.test(text)) return 'web-address'
  if (isRideCode(text)) return 'ride-code'
  return /^\s*ln:/i.test(text) ? 'code-altered' : 'code-unreadable'
}

/** Readers hand binary codes on as hexadecimal, base64 or one character a byte. */
function isRideCode(text: string): boolean {
  if (text.length < rideCodeLeast) return false
  return /^80[0-9a-f]+$/i.test(text) || /^g[A-P][\w+/=-]+$/.test(text) || text.charCodeAt(0) === 0x80
}

function decodeClaims(bytes: Uint8Array<ArrayBuffer>, form: CredentialForm): TicketClaims | null {
  const view = new DataView(bytes.buffer)
  const ticketNo = decodeTicketNo(view.getBigUint64(5), bytes[13]!)
  const fareKind = fareKindCodes[bytes[18]! & 15]
  const journey = (bytes[1]! & 1) === 1 ? decodeJourney(view) : null
  if (!ticketNo || !fareKind || bytes[4]! > editionMax || (journey && journey.number.length > 16)) return null
  const minute = view.getUint32(27)
  return {
    issuerKey: view.getUint16(2),
    form,
    edition: bytes[4]!,
    ticketNo,
    departure: view.getUint32(14),
    leg: bytes[18]! >> 4,
    journey,
    from: decodePlace(view.getUint32(19)),
    to: decodePlace(view.getUint32(23)),
    departsAt: atMinute(minute),
    notBefore: atMinute(minute - view.getInt16(31)),
    notAfter: atMinute(minute + view.getInt16(33)),
    seat: view.getUint16(35),
    fareKind,
    documentKind: bytes[37]!,
    documentTag: bytes.slice(38, 44),
    deviceKey: form === 'device' ? bytes.slice(-deviceKeyLength) : null
  }
}

function decodeTicketNo(number: bigint, letter: number): string | null {
  const digits = String(number).padStart(19, '0')
  if (digits.length > 19 || letter < 65 || letter > 90) return null
  return digits.slice(0, 11) + String.fromCharCode(letter) + digits.slice(11)
}

function decodeJourney(view: DataView): JourneyClaim {
  const number = 'J' + String(view.getBigUint64(singleLength)).padStart(15, '0')
  return { number, passenger: view.getUint8(singleLength + 8) }
}

function momentOf(form: CredentialForm, bytes: Uint8Array<ArrayBuffer>, signedLength: number): Moment | null {
  const at = signedLength + signatureLength
  if (form === 'slip') return null
  if (form === 'phone') return { kind: 'time', code: bytes.subarray(at) }
  const seconds = new DataView(bytes.buffer).getUint32(at)
  const message = bytes.subarray(0, at + 4)
  return { kind: 'device', at: new Date(seconds * 1000), message, signature: bytes.subarray(at + 4) }
}

const minuteOf = (at: Date): number => Math.floor(at.getTime() / 60_000)
const atMinute = (minute: number): Date => new Date(minute * 60_000)

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
