// The purse of a simulated card: initialise, debit, credit and prove, with the MACs and the TAC of the key the terminal named. A
// debit or credit is one commit of the card's memory: money, counter, log, trip and proof change together.
import { concat, equalConstantTime, readUint32, writeUint32 } from '../bytes.ts'
import type { SymmetricAlgorithm } from '../diversify.ts'
import {
  computeMac,
  fourBytes,
  loadMac1Data,
  loadMac2Data,
  LOAD_TYPE,
  purchaseMac1Data,
  purchaseMac2Data
} from '../mac.ts'
import { loadSeed, purchaseSeed, sessionKey } from '../session-key.ts'
import { computeTac, loadTacData, purchaseTacData } from '../tac.ts'
import { expectLength, StatusError, SW, type Command } from './apdu.ts'
import { FIELD, RECORDS } from './card-fields.ts'
import { COMPOUND_BYTES, LOG_BYTES, logRecord, SFI, TRIP_BYTES } from './card-files.ts'
import type { CardMemory, Change } from './card-memory.ts'

/** The keys a card was personalised with for one key index. */
export interface CardKeySet {
  index: number
  version: number
  algorithm: SymmetricAlgorithm
  /** 算法标识 in the card's answers. */
  algorithmId: number
  purchase: Uint8Array
  load: Uint8Array
  tac: Uint8Array
  /** 应用维护: locks and unlocks the application. */
  maintenance: Uint8Array
}

export const PURCHASE_TYPE = 0x06
export const COMPOUND_TYPE = 0x09
/** How far the balance and the 2-byte counters go. */
const MOST_MONEY = 0x7fffffff
const LAST_COUNTER = 0xffff

interface Begun {
  type: number
  keys: CardKeySet
  amount: number
  terminal: Uint8Array
  random: Uint8Array
  trip: Uint8Array | null
  compound: Uint8Array | null
}

export class Purse {
  readonly #memory: CardMemory
  readonly #keys: readonly CardKeySet[]
  readonly #random: () => Uint8Array
  #begun: Begun | null = null

  constructor(memory: CardMemory, keys: readonly CardKeySet[], random: () => Uint8Array) {
    this.#memory = memory
    this.#keys = keys
    this.#random = random
  }

  get balance(): number {
    return readUint32(this.#memory.bytes, FIELD.balance)
  }

  /** 脱机交易序号 of the next purchase. */
  get offlineCounter(): number {
    return this.#counter(FIELD.offlineCounter)
  }

  /** As personalised. */
  begin(start: { balance: number; offlineCounter: number; onlineCounter: number }): void {
    const { bytes } = this.#memory
    writeUint32(bytes, FIELD.balance, start.balance)
    bytes.set(twoBytes(start.offlineCounter), FIELD.offlineCounter)
    bytes.set(twoBytes(start.onlineCounter), FIELD.onlineCounter)
  }

  /** The power went. */
  forget(): void {
    this.#begun = null
  }

  getBalance({ p1, p2 }: Command): Uint8Array {
    if ((p1 !== 0x00 && p1 !== 0x03) || p2 !== 0x02) throw new StatusError(SW.wrongParameters)
    return fourBytes(this.balance)
  }

  /** INITIALIZE FOR PURCHASE (P1 01), for CAPP PURCHASE (03), for LOAD (00). */
  initialise({ p1, p2, data }: Command): Uint8Array {
    const type = { 0: LOAD_TYPE, 1: PURCHASE_TYPE, 3: COMPOUND_TYPE }[p1]
    if (type === undefined || p2 !== 0x02) throw new StatusError(SW.wrongParameters)
    expectLength(data, 11)
    this.#begun = null
    const keys = this.#keys.find(({ index }) => index === data[0])
    if (keys === undefined) throw new StatusError(SW.noSuchKey)
    const amount = readUint32(data, 1)
    const begun = {
      type,
      keys,
      amount,
      terminal: data.slice(5, 11),
      random: this.#random(),
      trip: null,
      compound: null
    }
    const reply = type === LOAD_TYPE ? this.#beginLoad(begun) : this.#beginPurchase(begun)
    this.#begun = begun
    return reply
  }

  /** UPDATE CAPP DATA CACHE: becomes part of the debit that follows. */
  updateCache({ p2, data }: Command): Uint8Array {
    const begun = this.#begun
    if (begun?.type !== COMPOUND_TYPE) throw new StatusError(SW.conditions)
    if (p2 === ((SFI.trips << 3) | 4)) {
      expectLength(data, TRIP_BYTES)
      begun.trip = data.slice()
    } else if (p2 === ((SFI.compound << 3) | 4)) {
      expectLength(data, COMPOUND_BYTES)
      begun.compound = data.slice()
    } else throw new StatusError(SW.noFile)
    return new Uint8Array()
  }

  /** DEBIT FOR (CAPP) PURCHASE: TAC 4, MAC2 4. */
  debit({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x01 || p2 !== 0x00) throw new StatusError(SW.wrongParameters)
    expectLength(data, 15)
    const begun = this.#take((type) => type !== LOAD_TYPE)
    const { keys, amount, terminal, type, random } = begun
    const counter = this.#counter(FIELD.offlineCounter)
    const terminalSequence = readUint32(data, 0)
    const dateTime = data.slice(4, 11)
    const terms = { amount, type, terminal, dateTime, terminalSequence }
    const session = sessionKey(keys.algorithm, keys.purchase, purchaseSeed(random, counter, terminalSequence))
    this.#expectMac(computeMac(keys.algorithm, session, purchaseMac1Data(terms)), data.subarray(11))
    const proof = {
      type,
      counter,
      mac: computeMac(keys.algorithm, session, purchaseMac2Data(amount)),
      tac: computeTac(keys.algorithm, keys.tac, purchaseTacData(terms))
    }
    this.#commit({ balance: this.balance - amount, proof, log: { counter, amount, type, terminal, dateTime }, begun })
    return concat(proof.tac, proof.mac)
  }

  /** CREDIT FOR LOAD: TAC 4. */
  credit({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x00 || p2 !== 0x00) throw new StatusError(SW.wrongParameters)
    expectLength(data, 11)
    const begun = this.#take((type) => type === LOAD_TYPE)
    const { keys, amount, terminal, type, random } = begun
    const counter = this.#counter(FIELD.onlineCounter)
    const dateTime = data.slice(0, 7)
    const session = sessionKey(keys.algorithm, keys.load, loadSeed(random, counter))
    this.#expectMac(
      computeMac(keys.algorithm, session, loadMac2Data({ amount, type, terminal, dateTime })),
      data.subarray(7)
    )
    const balance = this.balance + amount
    const tacData = loadTacData({ balanceAfter: balance, onlineCounter: counter, amount, terminal, dateTime })
    const proof = { type, counter, mac: new Uint8Array(4), tac: computeTac(keys.algorithm, keys.tac, tacData) }
    this.#commit({ balance, proof, log: { counter, amount, type, terminal, dateTime }, begun })
    return proof.tac
  }

  /** GET TRANSACTION PROVE: MAC2 and TAC of the last transaction, if it is the one meant. A load has no MAC2: four zeros. */
  prove({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x00) throw new StatusError(SW.wrongParameters)
    expectLength(data, 2)
    const { bytes } = this.#memory
    const at = FIELD.proof
    if (bytes[at] !== p2 || bytes[at + 1] !== data[0] || bytes[at + 2] !== data[1]) throw new StatusError(SW.noProof)
    return bytes.slice(at + 3, at + 11)
  }

  #beginPurchase({ keys, amount, random }: Begun): Uint8Array {
    const counter = this.#counter(FIELD.offlineCounter)
    if (counter === LAST_COUNTER) throw new StatusError(SW.counterSpent)
    if (amount > this.balance) throw new StatusError(SW.tooLittleMoney)
    return concat(fourBytes(this.balance), twoBytes(counter), new Uint8Array(3), versionOf(keys), random)
  }

  #beginLoad({ keys, amount, terminal, random, type }: Begun): Uint8Array {
    const counter = this.#counter(FIELD.onlineCounter)
    if (counter === LAST_COUNTER) throw new StatusError(SW.counterSpent)
    if (amount === 0 || this.balance + amount > MOST_MONEY) throw new StatusError(SW.conditions)
    const session = sessionKey(keys.algorithm, keys.load, loadSeed(random, counter))
    const mac = computeMac(keys.algorithm, session, loadMac1Data(this.balance, { amount, type, terminal }))
    return concat(fourBytes(this.balance), twoBytes(counter), versionOf(keys), random, mac)
  }

  /** What was begun is used up, whatever becomes of it. */
  #take(fits: (type: number) => boolean): Begun {
    const begun = this.#begun
    this.#begun = null
    if (begun === null || !fits(begun.type)) throw new StatusError(SW.conditions)
    return begun
  }

  #expectMac(expected: Uint8Array, given: Uint8Array): void {
    if (!equalConstantTime(expected, given)) throw new StatusError(SW.wrongMac)
  }

  #counter(at: number): number {
    return (this.#memory.bytes[at]! << 8) | this.#memory.bytes[at + 1]!
  }

  #commit({ balance, proof, log, begun }: Outcome): void {
    const { bytes } = this.#memory
    const [logHead, logCount, tripHead, tripCount] = bytes.subarray(FIELD.heads) as unknown as [
      number,
      number,
      number,
      number
    ]
    const trips = begun.trip ? 1 : 0
    const changes: Change[] = [
      { at: FIELD.balance, bytes: fourBytes(balance) },
      {
        at: log.type === LOAD_TYPE ? FIELD.onlineCounter : FIELD.offlineCounter,
        bytes: twoBytes(proof.counter + 1)
      },
      { at: FIELD.log + logHead * LOG_BYTES, bytes: logRecord(log) },
      { at: FIELD.proof, bytes: concat(Uint8Array.of(proof.type), twoBytes(proof.counter), proof.mac, proof.tac) },
      {
        at: FIELD.heads,
        bytes: Uint8Array.of(
          (logHead + 1) % RECORDS,
          Math.min(RECORDS, logCount + 1),
          (tripHead + trips) % RECORDS,
          Math.min(RECORDS, tripCount + trips)
        )
      }
    ]
    if (begun.trip) changes.push({ at: FIELD.trips + tripHead * TRIP_BYTES, bytes: begun.trip })
    if (begun.compound) changes.push({ at: FIELD.compound, bytes: begun.compound })
    this.#memory.commit(changes)
  }
}

interface Outcome {
  balance: number
  proof: { type: number; counter: number; mac: Uint8Array; tac: Uint8Array }
  log: Parameters<typeof logRecord>[0]
  begun: Begun
}

function versionOf({ version, algorithmId }: CardKeySet): Uint8Array {
  return Uint8Array.of(version, algorithmId)
}

function twoBytes(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}
