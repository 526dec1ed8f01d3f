// The files of a T-Union purse (card.md §1.3): what lies where in 0015, 0017, the transaction log 18, the trips 1E and the state of
// a compound trip 1A. Layouts as terminals in production read them; the official text was not readable.
import { crc32 } from 'node:zlib'
import { concat, fromHex, hex, readUint32, writeUint32 } from '../bytes.ts'

export const PURSE_AID = fromHex('A000000632010105')
/** Bytes of each record. */
export const LOG_BYTES = 23
export const TRIP_BYTES = 48
export const COMPOUND_BYTES = 128
/** Short file identifiers. */
export const SFI = {
  application: 0x15,
  holder: 0x16,
  management: 0x17,
  log: 0x18,
  compound: 0x1a,
  trips: 0x1e
} as const

export interface CardIdentity {
  /** 8 digits, e.g. 02205810. */
  issuer: string
  /** 19 digits. */
  number: string
  /** YYYYMMDD */
  validFrom: string
  validTo: string
  /** 4 digits of GB/T 13497. */
  city: string
  /** 卡种类型: 01 ordinary, 02 student, 03 senior, 04 test, 05 military. */
  holderKind: number
  /** 互通卡种; false: not for other cities. */
  interoperable: boolean
}

/** 0015 公共应用信息, 30 bytes. */
export function applicationFile({ issuer, number, validFrom, validTo }: CardIdentity): Uint8Array {
  return concat(
    issuerFactor(issuer),
    Uint8Array.of(0x01, 0x01),
    fromHex(`0${number}`),
    fromHex(validFrom),
    fromHex(validTo),
    new Uint8Array(2)
  )
}

/** 0017 管理信息, 60 bytes; the rest is the city's. */
export function managementFile({ city, holderKind, interoperable }: CardIdentity): Uint8Array {
  const bytes = new Uint8Array(60)
  bytes.set(fromHex(`01564400${city}`), 0)
  bytes[9] = interoperable ? 1 : 0
  bytes[10] = holderKind
  return bytes
}

/** 0016 持卡人: anonymous, whatever the card: personal data are not written to cards. */
export const anonymousHolderFile = new Uint8Array(55)

/** The first factor of every key: 8 BCD digits and FFFFFFFF. */
export function issuerFactor(issuer: string): Uint8Array {
  return fromHex(`${issuer}FFFFFFFF`)
}

/** The second factor: the last 8 bytes of “0” and the 19 digits. */
export function cardFactor(number: string): Uint8Array {
  return fromHex(number.slice(3))
}

/** What a terminal learns from 0015 and 0017. */
export interface ReadCard {
  issuerId: Uint8Array
  serial: Uint8Array
  /** Last 8 bytes of the serial. */
  leaf: Uint8Array
  validFrom: string
  validTo: string
}

export function readApplicationFile(bytes: Uint8Array): ReadCard {
  return {
    issuerId: bytes.slice(0, 8),
    serial: bytes.slice(10, 20),
    leaf: bytes.slice(12, 20),
    validFrom: hex(bytes.subarray(20, 24)),
    validTo: hex(bytes.subarray(24, 28))
  }
}

export interface LogRecord {
  counter: number
  amount: number
  /** 02 load, 06 purchase, 09 compound purchase. */
  type: number
  terminal: Uint8Array
  /** YYYYMMDDhhmmss in BCD. */
  dateTime: Uint8Array
}

/** 交易明细: counter 2 | overdraft limit 3 | amount 4 | type 1 | terminal 6 | date 4 | time 3. */
export function logRecord({ counter, amount, type, terminal, dateTime }: LogRecord): Uint8Array {
  const bytes = new Uint8Array(LOG_BYTES)
  bytes[0] = counter >> 8
  bytes[1] = counter
  writeUint32(bytes, 5, amount)
  bytes[9] = type
  bytes.set(terminal, 10)
  bytes.set(dateTime, 16)
  return bytes
}

export function readLogRecord(bytes: Uint8Array): LogRecord {
  return {
    counter: (bytes[0]! << 8) | bytes[1]!,
    amount: readUint32(bytes, 5),
    type: bytes[9]!,
    terminal: bytes.slice(10, 16),
    dateTime: bytes.slice(16, 23)
  }
}

export interface TripRecord {
  /** 02 and 06 single, 03 entry, 04 exit. */
  type: number
  terminal: Uint8Array
  /** 01 metro, 02 bus, 06 ferry, 00 other. */
  trade: number
  line: number
  station: number
  amount: number
  balanceAfter: number
  dateTime: Uint8Array
  city: string
  /** 8 digits. */
  acquirer: string
}

/** 行程明细, 48 bytes. */
export function tripRecord(trip: TripRecord): Uint8Array {
  const bytes = new Uint8Array(TRIP_BYTES)
  bytes[0] = trip.type
  bytes.set(trip.terminal, 3)
  bytes[9] = trip.trade
  writeUint32(bytes, 10, trip.line * 0x1_0000 + trip.station)
  writeUint32(bytes, 17, trip.amount)
  writeUint32(bytes, 21, trip.balanceAfter)
  bytes.set(trip.dateTime, 25)
  bytes.set(fromHex(trip.city), 32)
  bytes.set(issuerFactor(trip.acquirer), 34)
  return bytes
}

/** What this house keeps in the state of a compound trip; the other fields stay zero. */
export interface CompoundState {
  inside: boolean
  /** 8 bytes of the acquirer, and the terminal, of the entry. */
  acquirer: Uint8Array
  terminal: Uint8Array
  dateTime: Uint8Array
}

/** 1A as Shanghai lays it out: CRC32 of bytes 6 to 123 at the end. */
export function compoundRecord(state: CompoundState): Uint8Array {
  const bytes = new Uint8Array(COMPOUND_BYTES)
  bytes.set([0x27, 0x01, 0x00, COMPOUND_BYTES, 0x01, 0x00], 0)
  bytes[14] = state.inside ? 1 : 2
  bytes.set(state.acquirer, 19)
  bytes.set(state.terminal, 53)
  bytes.set(state.dateTime, 67)
  bytes[122] = state.inside ? 0x55 : 0x66
  writeUint32(bytes, 124, crc32(bytes.subarray(6, 124)))
  return bytes
}

/** Null when the record is not whole: a terminal must not believe it. */
export function readCompoundRecord(bytes: Uint8Array): CompoundState | null {
  if (bytes.length !== COMPOUND_BYTES || readUint32(bytes, 124) !== crc32(bytes.subarray(6, 124))) return null
  return {
    inside: bytes[14] === 1,
    acquirer: bytes.slice(19, 27),
    terminal: bytes.slice(53, 59),
    dateTime: bytes.slice(67, 74)
  }
}
