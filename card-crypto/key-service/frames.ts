// Frames on the socket of the key process: length 4 ‖ number 4 ‖ command or outcome 1 ‖ body, big-endian; the length counts what follows it.
// Everything here is told by a stranger: a frame that says it is too long ends the connection before a byte of it is kept.
import { readUint32, writeUint32 } from '../bytes.ts'

export const HEADER_BYTES = 9

/** 340,000 TAC records; larger batches go in several frames, larger files in pieces. */
export const MAX_FRAME_BYTES = 16 << 20

/** Bodies this long are kept in shared memory, so that the threads that verify TACs read them where they lie. */
const SHARED_BYTES = 32 << 10

export interface Frame {
  number: number
  /** A command in a question, an outcome in an answer. */
  code: number
  /** Lies in the chunk it came in, unless it came in several: use it at once. */
  body: Uint8Array
}

export class FrameError extends Error {}

/** One buffer: header and the parts of the body one after the other. */
export function frameOf(number: number, code: number, parts: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length)
  writeHeader(frame, { number, code, length })
  let at = HEADER_BYTES
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

/** The header alone, for a body that is written from where it lies. */
export function headerOf(number: number, code: number, bodyLength: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  writeHeader(header, { number, code, length: bodyLength })
  return header
}

function writeHeader(into: Buffer, { number, code, length }: { number: number; code: number; length: number }): void {
  if (length + HEADER_BYTES - 4 > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${length} bytes is too long`)
  writeUint32(into, 0, length + HEADER_BYTES - 4)
  writeUint32(into, 4, number)
  into[8] = code
}

/** Cuts what arrives into frames. */
export class FrameReader {
  readonly #take: (frame: Frame) => void
  /** The beginning of a header that was cut in two. */
  #head: Uint8Array = new Uint8Array()
  #partial: { frame: Frame; filled: number } | null = null

  constructor(take: (frame: Frame) => void) {
    this.#take = take
  }

  /** Throws a FrameError for a frame that cannot be one; the connection is of no use afterwards. */
  read(chunk: Uint8Array): void {
    let bytes = chunk
    if (this.#head.length > 0) {
      bytes = Buffer.concat([this.#head, chunk])
      this.#head = new Uint8Array()
    }
    let at = this.#fill(bytes)
    while (bytes.length - at >= HEADER_BYTES) {
      const length = readUint32(bytes, at) + 4
      if (length < HEADER_BYTES || length > MAX_FRAME_BYTES + 4) throw new FrameError(`a frame of ${length} bytes`)
      const number = readUint32(bytes, at + 4)
      const code = bytes[at + 8]!
      const begin = at + HEADER_BYTES
      if (bytes.length - at >= length) {
        this.#take({ number, code, body: bytes.subarray(begin, at + length) })
        at += length
        continue
      }
      const room = length - HEADER_BYTES
      const body = room >= SHARED_BYTES ? new Uint8Array(new SharedArrayBuffer(room)) : new Uint8Array(room)
      body.set(bytes.subarray(begin))
      this.#partial = { frame: { number, code, body }, filled: bytes.length - begin }
      return
    }
    if (at < bytes.length) this.#head = bytes.slice(at)
  }

  /** Gives the unfinished frame what it lacks; answers how much of the chunk that took. */
  #fill(chunk: Uint8Array): number {
    if (this.#partial === null) return 0
    const { frame, filled } = this.#partial
    const part = chunk.subarray(0, frame.body.length - filled)
    frame.body.set(part, filled)
    this.#partial.filled += part.length
    if (this.#partial.filled === frame.body.length) {
      this.#partial = null
      this.#take(frame)
    }
    return part.length
  }
}
