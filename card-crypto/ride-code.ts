// The T-Union ride code (交通一卡通二维码): 332 to 364 bytes with three chained SM2 signatures, root over issuer over user. Layout and
// order of the checks as terminals in Tianjin implement them, with Shanghai's additions; the official text was not readable.
import { concat, hex, readUint32, writeUint32 } from './bytes.ts'
import {
  digitBytes,
  expandedKey,
  isCurrent,
  readRideCertificate,
  RIDE_CERTIFICATE_BYTES,
  verifiedIssuerKey,
  type RideCertificate,
  type RideCertificateReason,
  type RideRoot,
  type RideSign,
  type RideVersion
} from './ride-certificate.ts'
import { sm2Verify } from './sm2.ts'
import { defaultUserId, sm2CompressKey } from './sm2-keys.ts'
import { sm3 } from './sm3.ts'

/** What the issuer authorises: fields 4 to 14. */
export interface RideAuthorisation {
  /** 支付账户号: 16 printable ASCII characters. */
  readonly payAccount: string
  /** 用户账户号, the card number of the code: 20 BCD digits, the last may be F. */
  readonly userAccount: string
  /** 发码机构号, 8 digits. */
  readonly organisation: string
  /** 发码平台编号, 8 digits. */
  readonly platform: string
  /** 卡账户类型: 0 and 1 ordinary, 2 student, 3 elderly, 4 test, 5 military. */
  readonly accountType: number
  /** Fen. */
  readonly singleTripLimit: number
  /** 33 bytes, compressed. */
  readonly userPublicKey: Uint8Array
  /** UTC seconds. */
  readonly authorisedUntil: number
  readonly validitySeconds: number
  /** 发码机构自定义域, at most 32 bytes. */
  readonly custom: Uint8Array
}

export interface RideCode extends RideAuthorisation {
  readonly version: RideVersion
  readonly certificate: RideCertificate
  /** UTC seconds. */
  readonly generatedAt: number
  /** The whole code. */
  readonly bytes: Uint8Array
}

export type RideCodeReason =
  | 'length'
  | 'version'
  | 'length-field'
  | RideCertificateReason
  | 'certificate-expired'
  | 'root-unknown'
  | 'root-expired'
  | 'certificate-signature'
  | 'pay-account'
  | 'account-type'
  | 'authorisation-expired'
  | 'custom-length'
  | 'validity-too-long'
  | 'generated-in-future'
  | 'code-expired'
  | 'generated-after-authorisation'
  | 'issuer-signature'
  | 'user-signature'
  | 'organisation-differs'
  | 'organisation-not-local'
  | 'organisation-unlisted'
  | 'account-repeated'
  | 'code-repeated'
  | 'ride-too-soon'

/** The last ride this terminal accepted from an account. */
export interface PrecedingRide {
  /** UTC seconds. */
  readonly acceptedAt: number
  /** rideCodeDigest of its code. */
  readonly codeDigest: string
}

/** What a terminal, or the back office with the time of the transaction, holds a code against. */
export interface RideTerms {
  /** UTC seconds. */
  readonly now: number
  readonly roots: readonly RideRoot[]
  /** Account types that may ride; some cities leave out 0. */
  readonly accountTypes: ReadonlySet<number>
  /** The city's own organisations: only theirs may use version 0x81. */
  readonly localOrganisations: ReadonlySet<string>
  /** Organisation and platform, 16 digits, of the codes of other cities (0x80) that are let in. */
  readonly listedIssuers: ReadonlySet<string>
  readonly precedingRide: (userAccount: string) => PrecedingRide | null
  readonly minimumIntervalSeconds: number
}

export type RideVerdict =
  { readonly accepted: true; readonly code: RideCode } | { readonly accepted: false; readonly reason: RideCodeReason }

const VALIDITY_SECONDS_MAX = 1200
const CLOCK_TOLERANCE_SECONDS = 20
const SHAKE_SECONDS = 2

// Offsets. A signature is one byte 15 and r‖s; N is the length of the custom field.
const BYTES_WITHOUT_CUSTOM = 332
const CUSTOM_BYTES_MAX = 32
const LENGTH = 1
const CERTIFICATE = 3
const PAY_ACCOUNT = CERTIFICATE + RIDE_CERTIFICATE_BYTES
const USER_ACCOUNT = 136
const ORGANISATION = 146
const PLATFORM = 150
const ACCOUNT_TYPE = 154
const TRIP_LIMIT = 155
const USER_KEY = 158
const AUTHORISED_UNTIL = 191
const VALIDITY = 195
const CUSTOM_LENGTH = 197
const CUSTOM = 198
const SIGNATURE_HEAD = 0x15

/** The bytes of a scanned code: Base64 text as phones show it; null when it is not Base64. */
export function rideCodeBytes(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' })
  } catch {
    return null
  }
}

/** Tells one code from the next, for `PrecedingRide`. */
export function rideCodeDigest(bytes: Uint8Array): string {
  return hex(sm3(bytes))
}

/** Reads the fields; a reason when the structure is wrong. Nothing is verified. */
export function readRideCode(bytes: Uint8Array): RideCode | RideCodeReason {
  const outer = structureFault(bytes)
  if (outer) return outer
  const certificate = readRideCertificate(bytes.subarray(CERTIFICATE, PAY_ACCOUNT))
  if (typeof certificate === 'string') return certificate
  if (!hasCustomLength(bytes)) return 'custom-length'
  return codeOf(bytes, certificate)
}

/** The checks in the order of the terminals (card.md §3.3): the first that fails is the reason. Never throws. */
export function checkRideCode(bytes: Uint8Array, terms: RideTerms): RideVerdict {
  const outer = structureFault(bytes)
  if (outer) return { accepted: false, reason: outer }
  const certificate = readRideCertificate(bytes.subarray(CERTIFICATE, PAY_ACCOUNT))
  if (typeof certificate === 'string') return { accepted: false, reason: certificate }
  const code = codeOf(bytes, certificate)
  const issuer = certifiedKey(code, terms)
  if (typeof issuer === 'string') return { accepted: false, reason: issuer }
  const reason =
    accountFault(code, terms) ??
    timeFault(code, terms.now) ??
    signatureFault(code, issuer) ??
    issuerFault(code, terms) ??
    repetitionFault(code, terms)
  return reason ? { accepted: false, reason } : { accepted: true, code }
}

/** Step 1. */
function structureFault(bytes: Uint8Array): RideCodeReason | null {
  const { length } = bytes
  if (length < BYTES_WITHOUT_CUSTOM || length > BYTES_WITHOUT_CUSTOM + CUSTOM_BYTES_MAX) return 'length'
  if (bytes[0] !== 0x80 && bytes[0] !== 0x81) return 'version'
  if (readUint16(bytes, LENGTH) + CERTIFICATE !== length) return 'length-field'
  return null
}

/** Step 2: the issuer's public key, if a root we hold vouches for it. */
function certifiedKey({ certificate, version }: RideCode, { roots, now }: RideTerms): Uint8Array | RideCodeReason {
  if (!isCurrent(certificate.expiry, now)) return 'certificate-expired'
  const root = roots.find(({ index }) => index === certificate.rootIndex)
  if (!root) return 'root-unknown'
  if (!isCurrent(root.expiry, now)) return 'root-expired'
  return verifiedIssuerKey(certificate, version, root) ?? 'certificate-signature'
}

/** Steps 3 and 4. */
function accountFault(code: RideCode, { accountTypes, now }: RideTerms): RideCodeReason | null {
  if (!isPayAccount(code.payAccount)) return 'pay-account'
  if (!accountTypes.has(code.accountType)) return 'account-type'
  if (code.authorisedUntil < now) return 'authorisation-expired'
  if (!hasCustomLength(code.bytes)) return 'custom-length'
  return null
}

/** Step 5. */
function timeFault(code: RideCode, now: number): RideCodeReason | null {
  const { generatedAt, validitySeconds, authorisedUntil } = code
  if (validitySeconds > VALIDITY_SECONDS_MAX) return 'validity-too-long'
  if (generatedAt - CLOCK_TOLERANCE_SECONDS > now) return 'generated-in-future'
  if (generatedAt + validitySeconds < now) return 'code-expired'
  if (generatedAt > authorisedUntil) return 'generated-after-authorisation'
  return null
}

/** Step 6, signatures. */
function signatureFault(code: RideCode, issuerKey: Uint8Array): RideCodeReason | null {
  const { bytes, custom, userPublicKey } = code
  const authorisedEnd = CUSTOM + custom.length
  const signedEnd = authorisedEnd + 69
  const authorisation = bytes.subarray(CERTIFICATE, authorisedEnd)
  if (!isSigned(authorisation, bytes.subarray(authorisedEnd), issuerKey, issuerUserId(code))) return 'issuer-signature'
  const userKey = expandedKey(userPublicKey)
  if (!userKey) return 'user-signature'
  if (!isSigned(bytes.subarray(0, signedEnd), bytes.subarray(signedEnd), userKey, userUserId(code)))
    return 'user-signature'
  return null
}

function isSigned(message: Uint8Array, field: Uint8Array, key: Uint8Array, userId: Uint8Array): boolean {
  return field[0] === SIGNATURE_HEAD && sm2Verify(key, message, field.subarray(1, 65), userId)
}

/** Step 6, who issued it. That certificate and authorisation name one organisation is our own addition. */
function issuerFault(code: RideCode, { localOrganisations, listedIssuers }: RideTerms): RideCodeReason | null {
  const { organisation, platform, certificate, version } = code
  if (certificate.organisation !== organisation) return 'organisation-differs'
  if (localOrganisations.has(organisation)) return null
  if (version === 0x81) return 'organisation-not-local'
  return listedIssuers.has(organisation + platform) ? null : 'organisation-unlisted'
}

/** Step 7. */
function repetitionFault(code: RideCode, terms: RideTerms): RideCodeReason | null {
  const preceding = terms.precedingRide(code.userAccount)
  if (!preceding) return null
  const elapsed = terms.now - preceding.acceptedAt
  if (elapsed < SHAKE_SECONDS) return 'account-repeated'
  if (preceding.codeDigest === rideCodeDigest(code.bytes)) return 'code-repeated'
  if (elapsed < terms.minimumIntervalSeconds) return 'ride-too-soon'
  return null
}

// ---- Reading ----

function codeOf(bytes: Uint8Array, certificate: RideCertificate): RideCode {
  const customEnd = CUSTOM + bytes[CUSTOM_LENGTH]!
  return {
    version: bytes[0] as RideVersion,
    certificate,
    payAccount: String.fromCharCode(...bytes.subarray(PAY_ACCOUNT, USER_ACCOUNT)),
    userAccount: hex(bytes.subarray(USER_ACCOUNT, ORGANISATION)),
    organisation: hex(bytes.subarray(ORGANISATION, PLATFORM)),
    platform: hex(bytes.subarray(PLATFORM, ACCOUNT_TYPE)),
    accountType: bytes[ACCOUNT_TYPE]!,
    singleTripLimit: (bytes[TRIP_LIMIT]! << 16) | readUint16(bytes, TRIP_LIMIT + 1),
    userPublicKey: bytes.slice(USER_KEY, AUTHORISED_UNTIL),
    authorisedUntil: readUint32(bytes, AUTHORISED_UNTIL),
    validitySeconds: readUint16(bytes, VALIDITY),
    custom: bytes.slice(CUSTOM, customEnd),
    generatedAt: readUint32(bytes, customEnd + 65),
    bytes
  }
}

function hasCustomLength(bytes: Uint8Array): boolean {
  const length = bytes[CUSTOM_LENGTH]!
  return length <= CUSTOM_BYTES_MAX && bytes.length === BYTES_WITHOUT_CUSTOM + length
}

function isPayAccount(text: string): boolean {
  return /^[\x20-\x7E]{16}$/.test(text)
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** 0x81 as Shanghai signs it: organisation ‖ platform. */
function issuerUserId({ version, organisation, platform }: Pick<RideCode, 'version' | 'organisation' | 'platform'>) {
  return version === 0x80 ? defaultUserId : concat(digitBytes(organisation, 4), digitBytes(platform, 4))
}

/** 0x81 as Shanghai signs it: the user account. */
function userUserId({ version, userAccount }: Pick<RideCode, 'version' | 'userAccount'>) {
  return version === 0x80 ? defaultUserId : digitBytes(userAccount, 10)
}

// ---- Building ----

export interface RideIssue {
  readonly version: RideVersion
  /** The issuer's certificate, 117 bytes. */
  readonly certificate: Uint8Array
  readonly authorisation: RideAuthorisation
}

/**
 * The issuer's half of a code, fields 1 to 15, kept by the phone until it expires; `sign` signs with the issuer's key.
 * Throws a RangeError for content that does not fit.
 */
export async function authoriseRides({ version, certificate, authorisation }: RideIssue, sign: RideSign) {
  const { custom, organisation, platform } = authorisation
  if (typeof readRideCertificate(certificate) === 'string') throw new RangeError('not an issuer certificate')
  if (custom.length > CUSTOM_BYTES_MAX) throw new RangeError('the custom field has at most 32 bytes')
  const head = new Uint8Array(CERTIFICATE)
  head[0] = version
  writeUint16(head, LENGTH, BYTES_WITHOUT_CUSTOM - CERTIFICATE + custom.length)
  const signedPart = concat(certificate, authorisationBytes(authorisation))
  const signature = await sign(signedPart, issuerUserId({ version, organisation, platform }))
  return concat(head, signedPart, Uint8Array.of(SIGNATURE_HEAD), signature)
}

/** A code of this second (UTC) from the issuer's half; `sign` signs with the user's key. */
export async function completeRideCode(authorised: Uint8Array, generatedAt: number, sign: RideSign) {
  const time = new Uint8Array(4)
  writeUint32(time, 0, generatedAt)
  const signedPart = concat(authorised, time)
  const version = authorised[0] as RideVersion
  const userAccount = hex(authorised.subarray(USER_ACCOUNT, ORGANISATION))
  const signature = await sign(signedPart, userUserId({ version, userAccount }))
  const code = concat(signedPart, Uint8Array.of(SIGNATURE_HEAD), signature)
  const read = readRideCode(code)
  if (typeof read === 'string') throw new RangeError(`not the issuer's half of a ride code: ${read}`)
  return code
}

function authorisationBytes(authorisation: RideAuthorisation): Uint8Array {
  const { payAccount, userAccount, accountType, singleTripLimit, validitySeconds, custom } = authorisation
  if (!isPayAccount(payAccount)) throw new RangeError('a pay account has 16 printable characters')
  if (!/^\d{19}[\dF]$/.test(userAccount)) throw new RangeError('a user account has 20 BCD digits, the last may be F')
  if (!isBelow(accountType, 256) || !isBelow(singleTripLimit, 1 << 24)) throw new RangeError('type or limit too large')
  if (!isBelow(validitySeconds, VALIDITY_SECONDS_MAX + 1)) throw new RangeError('a code is valid for at most 1200 s')
  const bytes = new Uint8Array(CUSTOM - PAY_ACCOUNT)
  bytes.set(new TextEncoder().encode(payAccount), 0)
  bytes.set(digitBytes(userAccount, 10), USER_ACCOUNT - PAY_ACCOUNT)
  bytes.set(digitBytes(authorisation.organisation, 4), ORGANISATION - PAY_ACCOUNT)
  bytes.set(digitBytes(authorisation.platform, 4), PLATFORM - PAY_ACCOUNT)
  bytes[ACCOUNT_TYPE - PAY_ACCOUNT] = accountType
  bytes[TRIP_LIMIT - PAY_ACCOUNT] = singleTripLimit >> 16
  writeUint16(bytes, TRIP_LIMIT + 1 - PAY_ACCOUNT, singleTripLimit)
  bytes.set(sm2CompressKey(authorisation.userPublicKey), USER_KEY - PAY_ACCOUNT)
  writeUint32(bytes, AUTHORISED_UNTIL - PAY_ACCOUNT, authorisation.authorisedUntil)
  writeUint16(bytes, VALIDITY - PAY_ACCOUNT, validitySeconds)
  bytes[CUSTOM_LENGTH - PAY_ACCOUNT] = custom.length
  return concat(bytes, custom)
}

function isBelow(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit
}

function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}
