// The two certificates behind a T-Union ride code: the root record terminals hold as a parameter, and the 117-byte issuer
// certificate inside every code. Layouts as terminals in Shanghai and Tianjin read them; the official text was not readable.
import { concat, fromHex, hex } from './bytes.ts'
import { sm2Verify } from './sm2.ts'
import { defaultUserId, sm2CompressKey, sm2ExpandKey } from './sm2-keys.ts'

/** Signs with SM2 under the given user id: 64 bytes r‖s. */
export type RideSign = (message: Uint8Array, userId: Uint8Array) => Promise<Uint8Array>

/** 0x80 is read in every city (互通), 0x81 in the issuer's own only (本地). */
export type RideVersion = 0x80 | 0x81

/** A root the terminal trusts because it was configured. */
export interface RideRoot {
  /** 8 hexadecimal digits. */
  readonly serviceId: string
  readonly index: number
  /** MMYY: valid through that month. */
  readonly expiry: string
  /** x‖y, 64 bytes. */
  readonly publicKey: Uint8Array
}

export interface RideCertificate {
  /** 8 hexadecimal digits: the application's PIX, 01010000. */
  readonly serviceId: string
  readonly rootIndex: number
  /** Issuer organisation, 8 digits such as 02205810. */
  readonly organisation: string
  /** MMYY: valid through that month. */
  readonly expiry: string
  /** 6 hexadecimal digits. */
  readonly serial: string
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array
  /** What the root signs, and with the version what it signs it as. */
  readonly signedBytes: Uint8Array
}

export const RIDE_CERTIFICATE_BYTES = 117
export const RIDE_SERVICE = '01010000'

// Offsets in the certificate; its signature covers [6, 53).
const HEAD = 0
const SERVICE = 1
const ROOT_INDEX = 5
const FORMAT = 6
const ORGANISATION = 7
const EXPIRY = 11
const SERIAL = 13
const ALGORITHMS = 16
const PUBLIC_KEY = 20
const SIGNATURE = 53

/** SM2 signature, SM2 encryption, parameters 00, a key of 33 bytes. */
const SM2_ALGORITHMS = fromHex('04040021')

export type RideCertificateReason = 'certificate-head' | 'certificate-format'

/** Reads the 117 bytes; their dates, root and signature are not looked at yet. */
export function readRideCertificate(bytes: Uint8Array): RideCertificate | RideCertificateReason {
  if (bytes.length !== RIDE_CERTIFICATE_BYTES || bytes[HEAD] !== 0x24) return 'certificate-head'
  const sm2 = SM2_ALGORITHMS.every((byte, i) => bytes[ALGORITHMS + i] === byte)
  if (bytes[FORMAT] !== 0x12 || !sm2) return 'certificate-format'
  return {
    serviceId: hex(bytes.subarray(SERVICE, ROOT_INDEX)),
    rootIndex: bytes[ROOT_INDEX]!,
    organisation: hex(bytes.subarray(ORGANISATION, EXPIRY)),
    expiry: hex(bytes.subarray(EXPIRY, SERIAL)),
    serial: hex(bytes.subarray(SERIAL, ALGORITHMS)),
    publicKey: bytes.slice(PUBLIC_KEY, SIGNATURE),
    signature: bytes.slice(SIGNATURE),
    signedBytes: bytes.slice(FORMAT, SIGNATURE)
  }
}

export type RideCertificateContent = Omit<RideCertificate, 'signature' | 'signedBytes'>

/** The 117 bytes of an issuer certificate for codes of one version. Throws a RangeError for content that does not fit. */
export async function issueRideCertificate(
  content: RideCertificateContent,
  version: RideVersion,
  sign: RideSign
): Promise<Uint8Array> {
  const { serviceId, rootIndex, organisation, expiry, serial, publicKey } = content
  if (monthOf(expiry) === null) throw new RangeError('an expiry is MMYY')
  const bytes = concat(
    Uint8Array.of(0x24),
    digitBytes(serviceId, 4),
    Uint8Array.of(rootIndex, 0x12),
    digitBytes(organisation, 4),
    digitBytes(expiry, 2),
    digitBytes(serial, 3),
    SM2_ALGORITHMS,
    sm2CompressKey(publicKey)
  )
  const signature = await sign(bytes.slice(FORMAT), certificateUserId(content, version))
  return concat(bytes, signature)
}

// Certificates seen and found signed by their root, so that a gate checks three signatures for the first code of an issuer
// and two afterwards. Holds the issuer's key as x‖y.
const verified = new Map<string, Uint8Array>()
const verifiedMax = 500

/** The issuer's key as x‖y when the root signed the certificate; null when it did not, or the key is no point of the curve. */
export function verifiedIssuerKey(
  certificate: RideCertificate,
  version: RideVersion,
  root: RideRoot
): Uint8Array | null {
  const { signedBytes, signature, publicKey } = certificate
  const userId = certificateUserId(certificate, version)
  const name = concat(root.publicKey, userId, signature, signedBytes).toBase64()
  const known = verified.get(name)
  if (known) return known
  if (!sm2Verify(root.publicKey, signedBytes, signature, userId)) return null
  const key = expandedKey(publicKey)
  if (key === null) return null
  const oldest = verified.size >= verifiedMax ? verified.keys().next().value : undefined
  if (oldest !== undefined) verified.delete(oldest)
  verified.set(name, key)
  return key
}

/** x‖y, or null when the compressed key is no point of the curve. */
export function expandedKey(compressed: Uint8Array): Uint8Array | null {
  try {
    return sm2ExpandKey(compressed)
  } catch {
    return null
  }
}

/** 0x81 as Shanghai signs it: service id ‖ root index. */
function certificateUserId({ serviceId, rootIndex }: RideCertificateContent, version: RideVersion): Uint8Array {
  return version === 0x80 ? defaultUserId : concat(digitBytes(serviceId, 4), Uint8Array.of(rootIndex))
}

// ---- Root record ----

const ROOT_BYTES = 144
const ROOT_SIGNED_BYTES = 80
const RID = fromHex('A000000632')
const ROOT_ALGORITHMS = fromHex('040040')

/** Reads the parameter record (144 bytes); a SyntaxError when it is not one. Its self-signature proves nothing and is not asked. */
export function readRideRoot(record: Uint8Array): RideRoot {
  const rid = record.subarray(5, 10)
  const algorithms = record.subarray(13, 16)
  const fits = record.length === ROOT_BYTES && record[0] === 0x21 && hex(rid) === hex(RID)
  if (!fits || hex(algorithms) !== hex(ROOT_ALGORITHMS)) throw new SyntaxError('not a root record of ride codes')
  const root = {
    serviceId: hex(record.subarray(1, 5)),
    index: record[10]!,
    expiry: hex(record.subarray(11, 13)),
    publicKey: record.slice(16, ROOT_SIGNED_BYTES)
  }
  if (monthOf(root.expiry) === null || expandedKey(root.publicKey) === null)
    throw new SyntaxError('the expiry or the key of the root record is wrong')
  return root
}

/** The 144-byte record. What the self-signature covers is not published; ours covers everything before it. */
export async function issueRideRoot(root: RideRoot, sign: RideSign): Promise<Uint8Array> {
  const { serviceId, index, expiry, publicKey } = root
  if (monthOf(expiry) === null) throw new RangeError('an expiry is MMYY')
  const head = concat(Uint8Array.of(0x21), digitBytes(serviceId, 4), RID, Uint8Array.of(index), digitBytes(expiry, 2))
  const record = concat(head, ROOT_ALGORITHMS, sm2ExpandKey(publicKey))
  return concat(record, await sign(record, defaultUserId))
}

// ---- Months and digits ----

/** True while the month of MMYY has not ended in China (UTC+8). `now` in UTC seconds. */
export function isCurrent(expiry: string, now: number): boolean {
  const last = monthOf(expiry)
  const local = new Date((now + 8 * 3600) * 1000)
  return last !== null && local.getUTCFullYear() * 12 + local.getUTCMonth() <= last
}

/** Months since year 0, or null when MMYY is not a month. */
function monthOf(expiry: string): number | null {
  const [, month, year] = /^(0[1-9]|1[0-2])(\d\d)$/.exec(expiry) ?? []
  return month === undefined ? null : (2000 + Number(year)) * 12 + Number(month) - 1
}

/** Hexadecimal digits as exactly so many bytes; a RangeError otherwise. */
export function digitBytes(digits: string, length: number): Uint8Array {
  if (digits.length !== length * 2 || !/^[0-9A-F]*$/.test(digits))
    throw new RangeError(`${length * 2} hexadecimal digits expected, not "${digits}"`)
  return fromHex(digits)
}
