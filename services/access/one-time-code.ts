// RFC 6238 one-time codes over HMAC-SHA-1, 30 seconds, six digits: what every authenticator app and token reads.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const stepSeconds = 30
/** RFC 6238 §5.2: one step of drift each way between two clocks. */
const driftSteps = 1

export function newOneTimeSecret(): Uint8Array {
  return randomBytes(20)
}

export function timeStep(at: Date): number {
  return Math.floor(at.getTime() / 1000 / stepSeconds)
}

export function oneTimeCode(secret: Uint8Array, step: number, digits = 6): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  // RFC 4226 §5.3: the low nibble of the last byte says where 31 bits are read.
  const value = mac.readUInt32BE(mac[19]! & 0x0f) & 0x7fffffff
  return String(value % 10 ** digits).padStart(digits, '0')
}

export interface OneTimeSecret {
  secret: Uint8Array
  /** The last time step whose code was taken; a code works once. */
  lastStep: number
  /** Sample accounts may run this far ahead, so that a newcomer (or a test) signing in often never waits for the next code. */
  sample: boolean
}

const sampleAheadSteps = 20

/** The time step the code belongs to, if it is newer than the last one taken; null when the code is not good now. */
export function acceptedStep({ secret, lastStep, sample }: OneTimeSecret, code: string, now: Date): number | null {
  const current = timeStep(now)
  const last = current + (sample ? sampleAheadSteps : driftSteps)
  for (let step = Math.max(current - driftSteps, lastStep + 1); step <= last; step++)
    if (sameText(oneTimeCode(secret, step), code)) return step
  return null
}

/** What the holder's authenticator shows; for a sample account, the next code that has not been used. */
export function shownCode({ secret, lastStep, sample }: OneTimeSecret, now: Date): string {
  return oneTimeCode(secret, sample ? Math.max(timeStep(now), lastStep + 1) : timeStep(now))
}

function sameText(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given))
}
