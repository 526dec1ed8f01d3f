// Command and response APDUs as cards and PSAMs see them: bytes in, data and a status word out. Status words are the purse's own.
import { concat } from '../bytes.ts'

export interface Command {
  cla: number
  ins: number
  p1: number
  p2: number
  data: Uint8Array
}

/** 状态字: what a card answers when it does not do what it was told, and 9000. */
export const SW = {
  done: 0x9000,
  /** SELECT of a locked application: it answers, and does nothing more. */
  locked: 0x6283,
  wrongLength: 0x6700,
  conditions: 0x6985,
  authenticationBlocked: 0x6983,
  notSupported: 0x6a81,
  noFile: 0x6a82,
  noRecord: 0x6a83,
  wrongParameters: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  wrongSecureMac: 0x6988,
  wrongMac: 0x9302,
  lockedForGood: 0x9303,
  tooLittleMoney: 0x9401,
  counterSpent: 0x9402,
  noSuchKey: 0x9403,
  noProof: 0x9406
} as const

/** Thrown inside a card or PSAM; becomes the status word of its answer. */
export class StatusError extends Error {
  readonly status: number

  constructor(status: number) {
    super(`status ${status.toString(16)}`)
    this.status = status
  }
}

/** The card left the field, or the power went: the terminal gets no answer. */
export class NoAnswer extends Error {
  constructor() {
    super('the card does not answer')
    this.name = 'NoAnswer'
  }
}

/** What a terminal talks to. */
export interface Chip {
  /** Throws NoAnswer when the power is lost on the way. */
  transmit(command: Uint8Array): Uint8Array
}

export interface Answer {
  status: number
  data: Uint8Array
}

/** Short APDUs of all four cases; null when the lengths do not fit. Le is not kept: answers are as long as they are. */
export function parseCommand(bytes: Uint8Array): Command | null {
  if (bytes.length < 4) return null
  const [cla, ins, p1, p2] = bytes as unknown as [number, number, number, number]
  if (bytes.length <= 5) return { cla, ins, p1, p2, data: new Uint8Array() }
  const end = 5 + bytes[4]!
  if (bytes[4] === 0 || (bytes.length !== end && bytes.length !== end + 1)) return null
  return { cla, ins, p1, p2, data: bytes.subarray(5, end) }
}

/** CLA INS P1 P2 as one number, e.g. 0x80500102. */
export function command(header: number, data?: Uint8Array, le?: number): Uint8Array {
  const body = data === undefined || data.length === 0 ? 0 : data.length + 1
  const bytes = new Uint8Array(4 + body + (le === undefined ? 0 : 1))
  bytes[0] = header >>> 24
  bytes[1] = header >>> 16
  bytes[2] = header >>> 8
  bytes[3] = header
  if (body > 0) {
    bytes[4] = body - 1
    bytes.set(data!, 5)
  }
  if (le !== undefined) bytes[4 + body] = le
  return bytes
}

export function answer(status: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return concat(data, Uint8Array.of(status >>> 8, status))
}

export function ask(chip: Chip, bytes: Uint8Array): Answer {
  const reply = chip.transmit(bytes)
  const end = reply.length - 2
  return { status: (reply[end]! << 8) | reply[end + 1]!, data: reply.subarray(0, end) }
}

/** Like ask(), for answers that must be 9000. */
export function askDone(chip: Chip, bytes: Uint8Array): Uint8Array {
  const { status, data } = ask(chip, bytes)
  if (status !== SW.done) throw new StatusError(status)
  return data
}

export function expectLength(data: Uint8Array, length: number): void {
  if (data.length !== length) throw new StatusError(SW.wrongLength)
}
