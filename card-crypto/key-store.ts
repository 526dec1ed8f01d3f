// The key-store port: everything that needs a secret key, in the words of the trade, so that an HSM (SDF, PKCS#11) can stand behind
// it. Below it stands the software form, in this process: keys wrapped at rest, never handed out, each bound to one purpose.
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { equalConstantTime } from './bytes.ts'
import { diversifyThrough, type SymmetricAlgorithm } from './diversify.ts'
import { Custody } from './key-custody/custody.ts'
import type { CustodyQuestion } from './key-custody/custody-schemas.ts'
import { KeyCounters } from './key-custody/key-counters.ts'
import { assertAllowed, canCheck, type KeyDeed } from './key-custody/key-states.ts'
import { openKeyFile, type KeyFile, type StoredKey } from './key-store-file.ts'
import {
  checkKeyBytes,
  keyCheckValueOf,
  keyName,
  KeyStoreError,
  newKeyBytes,
  parseKeyName,
  requireUse,
  type KeyReference,
  type KeyUse
} from './key-reference.ts'
import { computeMac } from './mac.ts'
import { cardKeyPurposes, writeCardRecords, type CardKeyPurpose } from './personalisation.ts'
import { seal, unseal } from './seal.ts'
import { sessionKey, type SeedFilling } from './session-key.ts'
import { sm2Sign, sm2StreamSigner, type Sm2StreamSigner } from './sm2.ts'
import { sm2SignFile } from './sm2-file.ts'
import { sm2PublicKey } from './sm2-keys.ts'
import { hmacSm3 } from './sm3.ts'
import { computeTac } from './tac.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD, TAC_VERDICT, type TacBatch, type TacRootKey } from './tac-batch.ts'
import { TacPool } from './tac-pool.ts'

export { isKeyStoreAway, KeyStoreError, type KeyPurpose, type KeyReference } from './key-reference.ts'
export type { SymmetricAlgorithm } from './diversify.ts'

export interface MacRequest {
  key: KeyReference
  /** Issuer first, card last, 8 bytes each. */
  factors: Uint8Array[]
  mode: 'tac' | 'session'
  /** 8 bytes, for mode 'session'. */
  seed?: Uint8Array
  seedFilling?: SeedFilling
  data: Uint8Array
}

/** An online load: what the card's MAC1 is over, and what the MAC2 it asks for is to be over. */
export interface LoadAuthorisation {
  /** Purpose 'load'. */
  key: KeyReference
  /** Issuer first, card last, 8 bytes each. */
  factors: Uint8Array[]
  /** loadSeed() of the card's random number and online counter. */
  seed: Uint8Array
  mac1Data: Uint8Array
  mac1: Uint8Array
  mac2Data: Uint8Array
}

/** Cards of one issuer whose keys are to be derived and wrapped for the personaliser. */
export interface PersonalisationOrder {
  /** One root for each purpose of cardKeyPurposes, in that order, all of one algorithm. */
  roots: readonly KeyReference[]
  /** Purpose 'transport'. */
  transport: KeyReference
  /** 8 bytes each. */
  issuer: Uint8Array
  batch: Uint8Array
  /** The second factors, 8 bytes a card. */
  leaves: Uint8Array
}

/** Every method rejects with a KeyStoreError for a key that is not there or not made for this use. */
export interface KeyStore {
  /** Four bytes: a TAC under the card's TAC key, or a MAC under the session key the seed gives. */
  deriveAndMac(request: MacRequest): Promise<Uint8Array>
  verifyTac(key: KeyReference, factors: Uint8Array[], data: Uint8Array, tac: Uint8Array): Promise<boolean>
  /** MAC2 for each load whose MAC1 is the card's, null for the others. */
  authoriseLoads(loads: readonly LoadAuthorisation[]): Promise<(Uint8Array | null)[]>
  /** The records of personalisation.ts, one after the other; no key leaves in the clear. */
  personalise(order: PersonalisationOrder): Promise<Uint8Array>
  /**
   * One byte per 48-byte record (tac-batch.ts): 0 valid, 1 wrong, 2 no such key. The records are copied, or read where they lie
   * when they are shared memory; leave them alone until the promise settles.
   */
  verifyTacs(records: Uint8Array, count: number): Promise<Uint8Array<ArrayBuffer>>
  /** 6 hexadecimal digits, 16 for SM2 (of the public key). */
  keyCheckValue(key: KeyReference): Promise<string>
  /** Leaves a key that is already there as it is, so that two processes starting together end up with one. */
  generateKey(key: KeyReference): Promise<void>
  /** Importing the same bytes again changes nothing; other bytes are refused with 'key-exists'. */
  importKey(key: KeyReference, bytes: Uint8Array): Promise<void>
  hasKey(key: KeyReference): Promise<boolean>
  listKeys(): Promise<KeyReference[]>
  /** x‖y, 64 bytes. */
  publicKey(key: KeyReference): Promise<Uint8Array>
  /** r‖s, 64 bytes, under the user id 1234567812345678. */
  sign(key: KeyReference, message: Uint8Array): Promise<Uint8Array>
  /** The signature sign() would give for the file's bytes; the file is streamed, and `watch` is shown its pieces. */
  signFile(key: KeyReference, path: string, watch?: (piece: Uint8Array) => void): Promise<Uint8Array>
  seal(key: KeyReference, plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array>
  /** Rejects with 'seal-broken' when the seal, the key or the open data is another. */
  unseal(key: KeyReference, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array>
  /** 32 bytes of HMAC-SM3. */
  keyedDigest(key: KeyReference, data: Uint8Array): Promise<Uint8Array>
  random(bytes: number): Promise<Uint8Array>
  /** What is in the store, ceremonies, dated changes by two people (key-custody/custody.ts). Rejects with 'custody-refused'. */
  custody(question: CustodyQuestion): Promise<unknown>
  close(): Promise<void>
}

/** A key store that others are served from: it also signs what comes in pieces. */
export interface ServedKeyStore extends KeyStore {
  startSigning(key: KeyReference): Promise<Sm2StreamSigner>
}

export interface SoftwareKeyStoreOptions {
  file: string
  /** 16 bytes. */
  masterKey: Uint8Array
  /** Threads for large TAC batches; one per core, at most 8, unless told. */
  tacWorkers?: number
  /** Of custody: dated changes fall due by it. */
  clock?: () => Date
}

/** Up to this many records a batch is done before a thread would have answered. */
const SMALL_BATCH = 512

/** Rejects with 'wrong-master-key' when the file was written under another. */
export async function openSoftwareKeyStore(options: SoftwareKeyStoreOptions): Promise<ServedKeyStore> {
  return new SoftwareKeyStore(await openKeyFile(options.file, options.masterKey), options)
}

class SoftwareKeyStore implements ServedKeyStore {
  readonly #file: KeyFile
  readonly #pool: TacPool
  #tacs: { names: string; batch: TacBatch } = { names: '', batch: tacBatch([]) }
  readonly #counters: KeyCounters
  readonly #custody: Custody
  #closed = false

  constructor(file: KeyFile, options: SoftwareKeyStoreOptions) {
    const { tacWorkers = Math.min(8, availableParallelism()), clock } = options
    this.#file = file
    this.#pool = new TacPool(tacWorkers)
    this.#counters = new KeyCounters(`${options.file}.counters`)
    this.#custody = new Custody({ file, counters: this.#counters, ...(clock ? { clock } : {}) })
  }

  async deriveAndMac(request: MacRequest): Promise<Uint8Array> {
    return this.#mac(request, 'make')
  }

  #mac({ key, factors, mode, seed, seedFilling, data }: MacRequest, deed: KeyDeed): Uint8Array {
    const root = this.#use(key, mode, deed)
    const algorithm = key.algorithm as SymmetricAlgorithm
    const cardKey = diversifyThrough(algorithm, root, factors)
    if (mode === 'tac') return computeTac(algorithm, cardKey, data)
    if (seed === undefined) throw new RangeError('a session key needs a seed')
    return computeMac(algorithm, sessionKey(algorithm, cardKey, seed, seedFilling), data)
  }

  async authoriseLoads(loads: readonly LoadAuthorisation[]): Promise<(Uint8Array | null)[]> {
    return loads.map(({ key, factors, seed, mac1Data, mac1, mac2Data }) => {
      const root = this.#use(key, 'session')
      if (key.purpose !== 'load') throw new KeyStoreError('wrong-use', `the key ${keyName(key)} is not for loads`)
      const algorithm = key.algorithm as SymmetricAlgorithm
      const session = sessionKey(algorithm, diversifyThrough(algorithm, root, factors), seed)
      const isCard = equalConstantTime(computeMac(algorithm, session, mac1Data), mac1)
      return isCard ? computeMac(algorithm, session, mac2Data) : null
    })
  }

  async personalise({ roots, transport, issuer, batch, leaves }: PersonalisationOrder): Promise<Uint8Array> {
    const algorithm = roots[0]!.algorithm as SymmetricAlgorithm
    const keys = {} as Record<CardKeyPurpose, Uint8Array>
    for (const [index, purpose] of cardKeyPurposes.entries()) {
      const root = roots[index]!
      if (root.purpose !== purpose || root.algorithm !== algorithm)
        throw new KeyStoreError('wrong-use', `the key ${keyName(root)} is not the ${purpose} key of these cards`)
      keys[purpose] = this.#use(root, 'derive')
    }
    return await writeCardRecords(
      { algorithm, roots: keys, issuer, transport: this.#use(transport, 'wrap'), batch },
      leaves
    )
  }

  async verifyTac(key: KeyReference, factors: Uint8Array[], data: Uint8Array, tac: Uint8Array): Promise<boolean> {
    return equalConstantTime(this.#mac({ key, factors, mode: 'tac', data }, 'check'), tac)
  }

  async verifyTacs(records: Uint8Array, count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (count * TAC_RECORD.stride > records.length) throw new RangeError('there are fewer records than the count says')
    this.#open()
    this.#countTacs(records, count)
    const verdicts = await this.#verifyWithKnownKeys(records, count)
    if (!verdicts.includes(TAC_VERDICT.noSuchKey)) return verdicts
    const { names } = this.#tacs
    this.#file.refresh()
    return names === this.#tacNames().join(' ') ? verdicts : this.#verifyWithKnownKeys(records, count)
  }

  async keyCheckValue(key: KeyReference): Promise<string> {
    return this.#stored(key).checkValue
  }

  async generateKey(key: KeyReference): Promise<void> {
    const name = this.#name(key)
    if (this.#file.find(name)) return
    const bytes = newKeyBytes(key)
    await this.#file.add(name, { key: bytes, checkValue: keyCheckValueOf(key, bytes) })
    bytes.fill(0)
  }

  async importKey(key: KeyReference, bytes: Uint8Array): Promise<void> {
    const name = this.#name(key)
    checkKeyBytes(key, bytes)
    const stored =
      this.#file.find(name) ?? (await this.#file.add(name, { key: bytes, checkValue: keyCheckValueOf(key, bytes) }))
    if (!equalConstantTime(stored.key, bytes)) throw new KeyStoreError('key-exists', `${name} exists with other bytes`)
  }

  async hasKey(key: KeyReference): Promise<boolean> {
    return this.#file.find(this.#name(key)) !== undefined
  }

  async listKeys(): Promise<KeyReference[]> {
    this.#open()
    this.#file.refresh()
    return this.#file.names().map(parseKeyName)
  }

  async publicKey(key: KeyReference): Promise<Uint8Array> {
    return sm2PublicKey(this.#use(key, 'sign', 'show'))
  }

  async sign(key: KeyReference, message: Uint8Array): Promise<Uint8Array> {
    return sm2Sign(this.#use(key, 'sign'), message)
  }

  async signFile(key: KeyReference, path: string, watch?: (piece: Uint8Array) => void): Promise<Uint8Array> {
    return sm2SignFile(this.#use(key, 'sign'), path, watch)
  }

  async startSigning(key: KeyReference): Promise<Sm2StreamSigner> {
    return sm2StreamSigner(this.#use(key, 'sign'))
  }

  async seal(key: KeyReference, plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return seal(this.#use(key, 'seal'), plaintext, aad)
  }

  async unseal(key: KeyReference, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const bytes = this.#use(key, 'seal', 'check')
    try {
      return unseal(bytes, sealed, aad)
    } catch {
      throw new KeyStoreError('seal-broken', `this is not a seal of ${keyName(key)} with these open data`)
    }
  }

  async keyedDigest(key: KeyReference, data: Uint8Array): Promise<Uint8Array> {
    return hmacSm3(this.#use(key, 'digest', 'check'), data)
  }

  async random(bytes: number): Promise<Uint8Array> {
    return new Uint8Array(randomBytes(bytes))
  }

  async custody(question: CustodyQuestion): Promise<unknown> {
    this.#open()
    return await this.#custody.answer(question)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#custody.close()
    this.#counters.close()
    await this.#pool.close()
    this.#file.close()
  }

  #open(): void {
    if (this.#closed) throw new KeyStoreError('closed', 'the key store is closed')
  }

  #name(key: KeyReference): string {
    this.#open()
    return keyName(key)
  }

  #stored(key: KeyReference): StoredKey {
    const name = this.#name(key)
    const stored = this.#file.find(name)
    if (stored === undefined) throw new KeyStoreError('no-such-key', `there is no key ${name}`)
    return stored
  }

  /** Counts the use; throws 'not-active' where the state of the key does not allow it. */
  #use(key: KeyReference, use: KeyUse, deed: KeyDeed = 'make'): Uint8Array {
    requireUse(key, use)
    const stored = this.#stored(key)
    const name = keyName(key)
    assertAllowed(name, stored.state, deed)
    if (deed !== 'show') this.#counters.count(name, use)
    return stored.key
  }

  async #verifyWithKnownKeys(records: Uint8Array, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const names = this.#tacNames()
    if (names.join(' ') !== this.#tacs.names) this.#takeTacKeys(names)
    if (count > SMALL_BATCH) return this.#pool.verify(records, count)
    const verdicts = new Uint8Array(count)
    this.#tacs.batch.verify(records, count, verdicts)
    return verdicts
  }

  /** By the key each record names; three bytes of it are read. */
  #countTacs(records: Uint8Array, count: number): void {
    const counts = new Map<number, number>()
    for (let at = TAC_RECORD.keyVersion; at < count * TAC_RECORD.stride; at += TAC_RECORD.stride) {
      const id = (records[at]! << 16) | (records[at + 1]! << 8) | records[at + 2]!
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    for (const [id, times] of counts) {
      const algorithm = (id & 255) === TAC_ALGORITHM_CODE.sm4 ? 'sm4' : '3des'
      const name = `tac//${id >> 16}/${(id >> 8) & 255}/${algorithm}`
      if (this.#file.names().includes(name)) this.#counters.count(name, 'tac', times)
    }
  }

  /** Root TAC keys belong to no institution: the issuer's key is derived from them. */
  #tacNames(): string[] {
    return this.#file.names().filter((name) => name.startsWith('tac//') && canCheck(this.#file.find(name)!.state))
  }

  #takeTacKeys(names: readonly string[]): void {
    const roots: TacRootKey[] = []
    for (const name of names) {
      const { version, index, algorithm } = parseKeyName(name)
      const { key } = this.#file.find(name)!
      // The file forgets a key when its state changes; the threads go on with theirs.
      roots.push({ version, index, algorithm: algorithm as SymmetricAlgorithm, key: key.slice() })
    }
    this.#tacs = { names: names.join(' '), batch: tacBatch(roots) }
    this.#pool.setRoots(roots)
  }
}
