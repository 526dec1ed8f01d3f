// What may be asked of the key process and how a question is written: the name of a key, then what is to be done with it. Both ends
// read this one table.
import { concat, readUint32, writeUint32 } from '../bytes.ts'
import { keyName, KeyStoreError, parseKeyName, type KeyReference, type KeyStoreFault } from '../key-reference.ts'
import type { LoadAuthorisation, MacRequest, PersonalisationOrder } from '../key-store.ts'
import { cardKeyPurposes } from '../personalisation.ts'
import type { SeedFilling } from '../session-key.ts'

export const COMMAND = {
  deriveAndMac: 1,
  verifyTac: 2,
  verifyTacs: 3,
  keyCheckValue: 4,
  generateKey: 5,
  importKey: 6,
  hasKey: 7,
  listKeys: 8,
  publicKey: 9,
  sign: 10,
  beginSigning: 11,
  signPiece: 12,
  endSigning: 13,
  seal: 14,
  unseal: 15,
  keyedDigest: 16,
  random: 17,
  custody: 18,
  authoriseLoads: 19,
  personalise: 20
} as const

export type Command = keyof typeof COMMAND

const names = new Map(Object.entries(COMMAND).map(([name, code]) => [code as number, name as Command]))

export function commandOf(code: number): Command | undefined {
  return names.get(code)
}

/** The first byte of an answer. */
export const OUTCOME = { done: 0, fault: 1, range: 2 } as const

/** A body is cut short, or says what cannot be. */
export class Malformed extends KeyStoreError {
  constructor(what: string) {
    super('malformed', what)
  }
}

const nameBytes = new WeakMap<KeyReference, Uint8Array>()

/** The name and its length before it. References are constants of their rooms, so most are written once. */
export function writeName(key: KeyReference): Uint8Array {
  const known = nameBytes.get(key)
  if (known) return known
  const name = Buffer.from(keyName(key), 'latin1')
  const written = concat(Uint8Array.of(name.length), name)
  nameBytes.set(key, written)
  return written
}

const knownNames = new Map<string, KeyReference>()

/** Reads a body from its front. Throws Malformed where it is too short. */
export class BodyReader {
  readonly #body: Uint8Array
  #at = 0

  constructor(body: Uint8Array) {
    this.#body = body
  }

  get atEnd(): boolean {
    return this.#at === this.#body.length
  }

  byte(): number {
    return this.bytes(1)[0]!
  }

  bytes(count: number): Uint8Array {
    if (this.#body.length - this.#at < count) throw new Malformed('the question is cut short')
    this.#at += count
    return this.#body.subarray(this.#at - count, this.#at)
  }

  rest(): Uint8Array {
    return this.bytes(this.#body.length - this.#at)
  }

  sized(): Uint8Array {
    return this.bytes(readUint32(this.bytes(4), 0))
  }

  key(): KeyReference {
    const name = Buffer.from(this.bytes(this.byte())).toString('latin1')
    const known = knownNames.get(name)
    if (known) return known
    const key = parseName(name)
    if (knownNames.size > 10_000) knownNames.clear()
    knownNames.set(name, key)
    return key
  }
}

function parseName(name: string): KeyReference {
  try {
    return parseKeyName(name)
  } catch {
    throw new Malformed('that does not name a key')
  }
}

export function sizedBytes(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4)
  writeUint32(length, 0, bytes.length)
  return concat(length, bytes)
}

const MODES = ['tac', 'session'] as const
const FILLINGS = ['complement', 'padded', 'zeros'] as const satisfies readonly SeedFilling[]

export function writeMacRequest({ key, factors, mode, seed, seedFilling = 'complement', data }: MacRequest) {
  if (seed && seed.length !== 8) throw new RangeError('the seed of a session key has 8 bytes')
  const heads = Uint8Array.of(MODES.indexOf(mode), FILLINGS.indexOf(seedFilling), seed ? 1 : 0)
  return [writeName(key), heads, seed ?? new Uint8Array(), writeFactors(factors), data]
}

export function readMacRequest(reader: BodyReader): MacRequest {
  const key = reader.key()
  const mode = MODES[reader.byte()]
  const seedFilling = FILLINGS[reader.byte()]
  if (!mode || !seedFilling) throw new Malformed('no such mode')
  const seed = reader.byte() === 1 ? { seed: reader.bytes(8) } : {}
  return { key, mode, seedFilling, ...seed, factors: readFactors(reader), data: reader.rest() }
}

export function writeFactors(factors: readonly Uint8Array[]): Uint8Array {
  if (factors.some((factor) => factor.length !== 8)) throw new RangeError('a factor has 8 bytes')
  return concat(Uint8Array.of(factors.length), ...factors)
}

export function readFactors(reader: BodyReader): Uint8Array[] {
  const count = reader.byte()
  if (count > 4) throw new Malformed('more factors than a key can have levels')
  return Array.from({ length: count }, () => reader.bytes(8))
}

export function writeLoad({ key, factors, seed, mac1Data, mac1, mac2Data }: LoadAuthorisation): Uint8Array {
  if (seed.length !== 8 || mac1.length !== 4) throw new RangeError('a seed has 8 bytes, a MAC 4')
  return concat(writeName(key), writeFactors(factors), seed, mac1, sizedBytes(mac1Data), sizedBytes(mac2Data))
}

/** As many loads as the question has. */
export function readLoads(reader: BodyReader): LoadAuthorisation[] {
  const loads: LoadAuthorisation[] = []
  while (!reader.atEnd) {
    const [key, factors, seed, mac1] = [reader.key(), readFactors(reader), reader.bytes(8), reader.bytes(4)]
    loads.push({ key, factors, seed, mac1, mac1Data: reader.sized(), mac2Data: reader.sized() })
  }
  return loads
}

/** 5 bytes a load: whether its MAC1 is the card's, then MAC2. */
export function writeLoadAnswers(answers: readonly (Uint8Array | null)[]): Uint8Array {
  return concat(...answers.map((mac2) => (mac2 ? concat(Uint8Array.of(1), mac2) : new Uint8Array(5))))
}

export function readLoadAnswers(body: Uint8Array): (Uint8Array | null)[] {
  return Array.from({ length: body.length / 5 }, (_, i) =>
    body[5 * i] === 1 ? body.slice(5 * i + 1, 5 * i + 5) : null
  )
}

export function writeOrder({ roots, transport, issuer, batch, leaves }: PersonalisationOrder): Uint8Array[] {
  if (issuer.length !== 8 || batch.length !== 8) throw new RangeError('an issuer and a batch have 8 bytes')
  return [Uint8Array.of(roots.length), ...roots.map(writeName), writeName(transport), issuer, batch, leaves]
}

export function readOrder(reader: BodyReader): PersonalisationOrder {
  const roots = Array.from({ length: reader.byte() }, () => reader.key())
  if (roots.length !== cardKeyPurposes.length) throw new Malformed('a card has a root for each of its keys')
  const transport = reader.key()
  return { roots, transport, issuer: reader.bytes(8), batch: reader.bytes(8), leaves: reader.rest() }
}

export function writeFault(error: unknown): { outcome: number; body: Uint8Array } {
  if (error instanceof KeyStoreError) {
    return { outcome: OUTCOME.fault, body: Buffer.from(`${error.fault}\n${error.message}`) }
  }
  if (error instanceof RangeError) return { outcome: OUTCOME.range, body: Buffer.from(error.message) }
  // What went wrong inside is for the key process' own log.
  return { outcome: OUTCOME.fault, body: Buffer.from('failed\nthe key process could not do this') }
}

export function readFault(outcome: number, body: Uint8Array): Error {
  const text = new TextDecoder().decode(body)
  if (outcome === OUTCOME.range) return new RangeError(text)
  const [fault = '', ...message] = text.split('\n')
  return new KeyStoreError(fault as KeyStoreFault, message.join('\n'))
}
