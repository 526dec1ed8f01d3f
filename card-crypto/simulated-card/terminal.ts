// A consumption terminal in software: a PSAM, a clock that is told, and the flow of card.md §1.4. A card torn out after the debit was
// sent leaves a pending purchase, which the card itself resolves when it is presented again: by its proof, or by its log.
import { concat, hex, readUint32 } from '../bytes.ts'
import { fourBytes } from '../mac.ts'
import { purchaseTacData } from '../tac.ts'
import { ask, askDone, command, NoAnswer, StatusError, SW, type Chip } from './apdu.ts'
import { PURSE_AID, readApplicationFile, readLogRecord, SFI, type LogRecord, type ReadCard } from './card-files.ts'
import { COMPOUND_TYPE, PURCHASE_TYPE } from './purse.ts'

/** What is to be paid. */
export interface Purchase {
  amount: number
  /** Compound purchases carry a trip record, the state of the compound trip, or both into the card. */
  compound: boolean
  /** YYYYMMDDhhmmss in BCD. */
  dateTime: Uint8Array
  keyIndex: number
  /** The record is told the balance the card has afterwards. */
  trip?: (balanceAfter: number) => Uint8Array
  state?: Uint8Array
}

/** What a clearable line is made of (card.md §1.5). */
export interface TerminalRecord {
  card: ReadCard
  amount: number
  type: number
  terminal: Uint8Array
  terminalSequence: number
  dateTime: Uint8Array
  tac: Uint8Array
  keyVersion: number
  keyIndex: number
  algorithmId: number
  counter: number
  balanceBefore: number
  balanceAfter: number
  random: Uint8Array
}

export type TapOutcome =
  | { outcome: 'paid'; record: TerminalRecord }
  /** The card or the PSAM said no, or the card is not genuine (MAC2). Status word of the step. */
  | { outcome: 'refused'; status: number }
  /** Torn out before the debit was sent: nothing happened. */
  | { outcome: 'torn' }
  /** Torn out after it was sent: only the card knows. */
  | { outcome: 'pending' }

export type Resolution =
  { outcome: 'paid'; record: TerminalRecord } | { outcome: 'not-paid' } | { outcome: 'unknown' } | { outcome: 'torn' }

type Pending = Omit<TerminalRecord, 'tac'>

const SELECT = command(0x00a40400, PURSE_AID)
const READ_APPLICATION = command(0x00b00000 | ((0x80 | SFI.application) << 8), undefined, 30)

/** Selects the purse and reads 0015; throws a StatusError, 6283 for a locked application. */
export function readCard(chip: Chip): ReadCard {
  askDone(chip, SELECT)
  return readApplicationFile(askDone(chip, READ_APPLICATION))
}

/** Like readCard(), for a locked card too: its log and proofs can still be read. */
export function readAnyCard(chip: Chip): ReadCard {
  const { status } = ask(chip, SELECT)
  if (status !== SW.done && status !== SW.locked) throw new StatusError(status)
  return readApplicationFile(askDone(chip, READ_APPLICATION))
}

/** The transaction log, newest first. */
export function readLog(chip: Chip): LogRecord[] {
  const records: LogRecord[] = []
  for (let number = 1; number <= 10; number++) {
    const { status, data } = ask(chip, command(0x00b20000 | (number << 8) | (SFI.log << 3) | 4, undefined, 23))
    if (status === SW.noRecord) break
    if (status !== SW.done) throw new StatusError(status)
    records.push(readLogRecord(data))
  }
  return records
}

export class Terminal {
  readonly number: Uint8Array
  readonly #psam: Chip
  readonly #pending = new Map<string, Pending>()

  constructor(psam: Chip) {
    this.#psam = psam
    this.number = askDone(psam, command(0x00b09600, undefined, 6))
    askDone(psam, command(0x00a40000, Uint8Array.of(0x80, 0x11)))
  }

  /** Cards whose last purchase here is not decided. */
  get pending(): number {
    return this.#pending.size
  }

  /** The card is in the field and reset. A card with a pending purchase is resolved first: it is never charged twice. */
  tap(chip: Chip, purchase: Purchase): TapOutcome {
    let sent: Pending | null = null
    try {
      const card = readCard(chip)
      if (this.#pending.has(hex(card.serial))) {
        const resolved = this.#resolve(chip, card)
        if (resolved.outcome === 'paid') return resolved
      }
      const begun = this.#begin(chip, card, purchase)
      this.#cache(chip, purchase, begun)
      const { sequence, mac1 } = this.#psamBegins(begun)
      sent = { ...begun, terminalSequence: sequence }
      this.#pending.set(hex(card.serial), sent)
      const debit = concat(fourBytes(sequence), purchase.dateTime, mac1)
      const { status, data } = ask(chip, command(0x80540100, debit, 8))
      this.#pending.delete(hex(card.serial))
      if (status !== SW.done) return { outcome: 'refused', status }
      const check = ask(this.#psam, command(0x80720000, data.subarray(4, 8))).status
      if (check !== SW.done) return { outcome: 'refused', status: check }
      return { outcome: 'paid', record: { ...sent, tac: data.slice(0, 4) } }
    } catch (error) {
      if (error instanceof StatusError) return { outcome: 'refused', status: error.status }
      if (error instanceof NoAnswer) return { outcome: sent === null ? 'torn' : 'pending' }
      throw error
    }
  }

  /** The card is back: was the pending purchase made? 'unknown' when later ones have pushed it out of the card's log. */
  resolve(chip: Chip): Resolution {
    try {
      return this.#resolve(chip, readAnyCard(chip))
    } catch (error) {
      if (error instanceof NoAnswer) return { outcome: 'torn' }
      throw error
    }
  }

  #resolve(chip: Chip, card: ReadCard): Resolution {
    const serial = hex(card.serial)
    const pending = this.#pending.get(serial)
    if (pending === undefined) return { outcome: 'not-paid' }
    const resolution = this.#decide(chip, pending)
    this.#pending.delete(serial)
    return resolution
  }

  #decide(chip: Chip, pending: Pending): Resolution {
    const counter = Uint8Array.of(pending.counter >> 8, pending.counter)
    const proof = ask(chip, command(0x805a0000 | pending.type, counter, 8))
    const log = readLog(chip).filter(({ type }) => type === PURCHASE_TYPE || type === COMPOUND_TYPE)
    const logged = log.find((each) => each.counter === pending.counter)
    if (logged === undefined) {
      // The log holds the last purchases without a gap: one that is not reached yet was not made.
      const made = log.length > 0 && log[0]!.counter > pending.counter
      return { outcome: made ? 'unknown' : 'not-paid' }
    }
    if (!isSame(logged, pending)) return { outcome: 'not-paid' }
    const tac = proof.status === SW.done ? proof.data.slice(4, 8) : this.#tacOf(pending)
    return { outcome: 'paid', record: { ...pending, tac } }
  }

  /** INITIALIZE FOR (CAPP) PURCHASE. */
  #begin(chip: Chip, card: ReadCard, { amount, compound, keyIndex, dateTime }: Purchase): Pending {
    const header = compound ? 0x80500302 : 0x80500102
    const data = askDone(chip, command(header, concat(Uint8Array.of(keyIndex), fourBytes(amount), this.number), 15))
    const balanceBefore = readUint32(data, 0)
    return {
      card,
      amount,
      type: compound ? COMPOUND_TYPE : PURCHASE_TYPE,
      terminal: this.number,
      terminalSequence: 0,
      dateTime,
      keyVersion: data[9]!,
      keyIndex,
      algorithmId: data[10]!,
      counter: (data[4]! << 8) | data[5]!,
      balanceBefore,
      balanceAfter: balanceBefore - amount,
      random: data.slice(11, 15)
    }
  }

  #cache(chip: Chip, { compound, trip, state }: Purchase, { balanceAfter }: Pending): void {
    if (!compound) return
    if (trip) askDone(chip, command(0x80dc00f4, trip(balanceAfter)))
    if (state) askDone(chip, command(0x80dc00d4, state))
  }

  /** INIT FOR PURCHASE of the PSAM. */
  #psamBegins(begun: Pending): { sequence: number; mac1: Uint8Array } {
    const { random, counter, amount, type, dateTime, keyVersion, algorithmId, card } = begun
    const data = new Uint8Array(36)
    data.set(random, 0)
    data[4] = counter >> 8
    data[5] = counter
    data.set(fourBytes(amount), 6)
    data[10] = type
    data.set(dateTime, 11)
    data[18] = keyVersion
    data[19] = algorithmId
    data.set(card.leaf, 20)
    data.set(card.issuerId, 28)
    const reply = askDone(this.#psam, command(0x80700000, data, 8))
    return { sequence: readUint32(reply, 0), mac1: reply.slice(4, 8) }
  }

  #tacOf(pending: Pending): Uint8Array {
    const { card, keyVersion, algorithmId } = pending
    askDone(this.#psam, command(0x801a4400, concat(card.leaf, card.issuerId, Uint8Array.of(keyVersion, algorithmId))))
    return askDone(this.#psam, command(0x80fa0500, purchaseTacData(pending), 4))
  }
}

function isSame(logged: LogRecord, pending: Pending): boolean {
  return (
    logged.amount === pending.amount &&
    logged.type === pending.type &&
    hex(logged.terminal) === hex(pending.terminal) &&
    hex(logged.dateTime) === hex(pending.dateTime)
  )
}
