// A T-Union purse in software, at the level of APDUs: what a terminal may ask of a card, and what it answers, torn out at any
// moment. Commands as card.md §1.3 and §1.4 have them; where those are silent the purse's (PBOC) practice decides.
import { concat, equalConstantTime, hex } from '../bytes.ts'
import { answer, expectLength, NoAnswer, parseCommand, StatusError, SW, type Chip, type Command } from './apdu.ts'
import { CardMemory } from './card-memory.ts'
import {
  anonymousHolderFile,
  applicationFile,
  COMPOUND_BYTES,
  LOG_BYTES,
  managementFile,
  PURSE_AID,
  SFI,
  TRIP_BYTES,
  type CardIdentity
} from './card-files.ts'
import { FIELD, MEMORY_BYTES, RECORDS } from './card-fields.ts'
import { Purse, type CardKeySet } from './purse.ts'
import { secureMac } from './secure-message.ts'

export interface CardPersonalisation {
  identity: CardIdentity
  /** One for each key index; a card of the migration from 3DES to SM4 has both. */
  keys: readonly CardKeySet[]
  balance?: number
  /** The next offline and online counters. */
  offlineCounter?: number
  onlineCounter?: number
}

/** Four bytes that nobody can foresee; a fabricated day gives its own. */
export type CardRandom = () => Uint8Array

export class SimulatedCard implements Chip {
  readonly memory = new CardMemory(MEMORY_BYTES)
  readonly #purse: Purse
  readonly #random: CardRandom
  readonly #keys: readonly CardKeySet[]
  #powered = true
  #selected = false
  #challenge: Uint8Array | null = null

  constructor(
    { identity, keys, balance = 0, offlineCounter = 1, onlineCounter = 1 }: CardPersonalisation,
    random: CardRandom
  ) {
    const { bytes } = this.memory
    bytes.set(applicationFile(identity), FIELD.application)
    bytes.set(managementFile(identity), FIELD.management)
    bytes.set(anonymousHolderFile, FIELD.holder)
    this.#purse = new Purse(this.memory, keys, random)
    this.#purse.begin({ balance, offlineCounter, onlineCounter })
    this.#random = random
    this.#keys = keys
  }

  get balance(): number {
    return this.#purse.balance
  }

  get offlineCounter(): number {
    return this.#purse.offlineCounter
  }

  /** Into the field again: what was committed is finished, everything else of before is forgotten. Throws NoAnswer when torn again. */
  reset(): void {
    this.#forget()
    this.memory.recover()
    this.#powered = true
  }

  /** The next tear comes after so many writes and answers. */
  tearAfter(steps: number): void {
    this.memory.failAfter(steps)
  }

  transmit(bytes: Uint8Array): Uint8Array {
    if (!this.#powered) throw new NoAnswer()
    try {
      const reply = this.#answer(bytes)
      this.memory.spend()
      return reply
    } catch (error) {
      if (error instanceof NoAnswer) {
        this.#powered = false
        this.memory.failAfter(Infinity)
      }
      throw error
    }
  }

  #forget(): void {
    this.#selected = false
    this.#challenge = null
    this.#purse.forget()
  }

  #answer(bytes: Uint8Array): Uint8Array {
    const command = parseCommand(bytes)
    if (command === null) return answer(SW.wrongLength)
    try {
      return this.#select(command) ?? answer(SW.done, this.#run(command))
    } catch (error) {
      if (error instanceof StatusError) return answer(error.status)
      throw error
    }
  }

  /** SELECT by name, the one command a card knows before an application is chosen. */
  #select({ cla, ins, p1, data }: Command): Uint8Array | null {
    if (cla !== 0x00 || ins !== 0xa4) return null
    if (p1 !== 0x04) return answer(SW.wrongParameters)
    if (hex(data) !== hex(PURSE_AID)) return answer(SW.noFile)
    this.#forget()
    this.#selected = true
    if (this.#lock > 0) return answer(SW.locked)
    const file = this.memory.bytes.slice(FIELD.application, FIELD.application + 30)
    const issuerData = concat(Uint8Array.of(0x9f, 0x0c, file.length), file)
    const name = concat(Uint8Array.of(0x84, PURSE_AID.length), PURSE_AID)
    const template = concat(name, Uint8Array.of(0xa5, issuerData.length), issuerData)
    return answer(SW.done, concat(Uint8Array.of(0x6f, template.length), template))
  }

  get #lock(): number {
    return this.memory.bytes[FIELD.lock]!
  }

  #run(command: Command): Uint8Array {
    if (!this.#selected) throw new StatusError(SW.conditions)
    switch ((command.cla << 8) | command.ins) {
      case 0x00b0:
        return this.#readBinary(command)
      case 0x00b2:
        return this.#readRecord(command)
      case 0x0084:
        return this.#getChallenge()
      case 0x841e:
        return this.#setLock(command, command.p2 === 1 ? 2 : 1)
      case 0x8418:
        return this.#setLock(command, 0)
      case 0x805c:
        return this.#purse.getBalance(command)
      case 0x805a:
        return this.#purse.prove(command)
    }
    if (this.#lock > 0) throw new StatusError(this.#lock === 2 ? SW.lockedForGood : SW.conditions)
    switch ((command.cla << 8) | command.ins) {
      case 0x8050:
        return this.#purse.initialise(command)
      case 0x80dc:
        return this.#purse.updateCache(command)
      case 0x8054:
        return this.#purse.debit(command)
      case 0x8052:
        return this.#purse.credit(command)
    }
    throw new StatusError([0x00, 0x80, 0x84].includes(command.cla) ? SW.unknownInstruction : SW.unknownClass)
  }

  #readBinary({ p1, p2 }: Command): Uint8Array {
    if ((p1 & 0xe0) !== 0x80) throw new StatusError(SW.wrongParameters)
    const file = BINARY_FILES.get(p1 & 0x1f)
    if (file === undefined) throw new StatusError(SW.noFile)
    if (p2 >= file.length) throw new StatusError(SW.wrongParameters)
    return this.memory.bytes.slice(file.at + p2, file.at + file.length)
  }

  /** Record 1 of a cyclic file is the newest. */
  #readRecord({ p1, p2 }: Command): Uint8Array {
    if ((p2 & 0x07) !== 4) throw new StatusError(SW.wrongParameters)
    const { bytes } = this.memory
    const sfi = p2 >> 3
    if (sfi === SFI.compound && p1 === 1) return bytes.slice(FIELD.compound, FIELD.compound + COMPOUND_BYTES)
    if (sfi !== SFI.log && sfi !== SFI.trips) throw new StatusError(sfi === SFI.compound ? SW.noRecord : SW.noFile)
    const [head, count, at, length] =
      sfi === SFI.log
        ? [bytes[FIELD.heads]!, bytes[FIELD.heads + 1]!, FIELD.log, LOG_BYTES]
        : [bytes[FIELD.heads + 2]!, bytes[FIELD.heads + 3]!, FIELD.trips, TRIP_BYTES]
    if (p1 < 1 || p1 > count) throw new StatusError(SW.noRecord)
    const record = at + ((head + RECORDS - p1) % RECORDS) * length
    return bytes.slice(record, record + length)
  }

  #getChallenge(): Uint8Array {
    this.#challenge = this.#random()
    return this.#challenge
  }

  /** APPLICATION BLOCK and UNBLOCK: the MAC is over the command's own header, and the challenge is used up. */
  #setLock({ cla, ins, p1, p2, data }: Command, lock: number): Uint8Array {
    expectLength(data, 4)
    const challenge = this.#challenge
    this.#challenge = null
    if (challenge === null) throw new StatusError(SW.conditions)
    if (this.#lock === 2) throw new StatusError(SW.lockedForGood)
    const { algorithm, maintenance } = this.#keys[0]!
    const expected = secureMac(algorithm, maintenance, { challenge, data: Uint8Array.of(cla, ins, p1, p2, 4) })
    if (!equalConstantTime(expected, data)) throw new StatusError(SW.wrongSecureMac)
    this.memory.write(FIELD.lock, Uint8Array.of(lock))
    return new Uint8Array()
  }
}

const BINARY_FILES = new Map([
  [SFI.application, { at: FIELD.application, length: 30 }],
  [SFI.holder, { at: FIELD.holder, length: 55 }],
  [SFI.management, { at: FIELD.management, length: 60 }]
] as const satisfies (readonly [number, { at: number; length: number }])[]) as ReadonlyMap<
  number,
  { at: number; length: number }
>
