// The terminal's half of an online load 圈存: what the card asks for, what the host answers, and what a card that was torn out says
// about it afterwards. Whoever holds the load keys is elsewhere.
import { concat, readUint32 } from '../bytes.ts'
import { fourBytes, LOAD_TYPE } from '../mac.ts'
import { ask, askDone, command, SW, type Chip } from './apdu.ts'
import type { ReadCard } from './card-files.ts'
import { readAnyCard, readCard, readLog } from './terminal.ts'

/** What the terminal sends to the host. */
export interface LoadRequest {
  card: ReadCard
  amount: number
  terminal: Uint8Array
  keyIndex: number
  keyVersion: number
  algorithmId: number
  balanceBefore: number
  counter: number
  random: Uint8Array
  mac1: Uint8Array
}

/** INITIALIZE FOR LOAD. Throws a StatusError when the card refuses, NoAnswer when it is gone. */
export function beginLoad(
  chip: Chip,
  { amount, terminal, keyIndex }: Pick<LoadRequest, 'amount' | 'terminal' | 'keyIndex'>
): LoadRequest {
  const card = readCard(chip)
  const data = askDone(chip, command(0x80500002, concat(Uint8Array.of(keyIndex), fourBytes(amount), terminal), 16))
  return {
    card,
    amount,
    terminal,
    keyIndex,
    balanceBefore: readUint32(data, 0),
    counter: (data[4]! << 8) | data[5]!,
    keyVersion: data[6]!,
    algorithmId: data[7]!,
    random: data.slice(8, 12),
    mac1: data.slice(12, 16)
  }
}

/** CREDIT FOR LOAD with what the host answered; the TAC. Throws like beginLoad(). */
export function creditLoad(chip: Chip, { dateTime, mac2 }: { dateTime: Uint8Array; mac2: Uint8Array }): Uint8Array {
  return askDone(chip, command(0x80520000, concat(dateTime, mac2), 4)).slice()
}

export type LoadOutcome =
  | { outcome: 'loaded'; tac: Uint8Array }
  /** The card's log shows it; later transactions have taken the place of its proof. */
  | { outcome: 'loaded'; tac: null }
  | { outcome: 'not-loaded' }
  | { outcome: 'unknown' }

/** The card is back: was it credited? Throws NoAnswer when it is gone again. */
export function askAboutLoad(chip: Chip, { counter, amount }: Pick<LoadRequest, 'counter' | 'amount'>): LoadOutcome {
  readAnyCard(chip)
  const proof = ask(chip, command(0x805a0002, Uint8Array.of(counter >> 8, counter), 8))
  if (proof.status === SW.done) return { outcome: 'loaded', tac: proof.data.slice(4, 8) }
  const log = readLog(chip)
  const logged = log.find((each) => each.type === LOAD_TYPE && each.counter === counter)
  if (logged) return logged.amount === amount ? { outcome: 'loaded', tac: null } : { outcome: 'not-loaded' }
  const whole = log.length < 10 || log.some((each) => each.type === LOAD_TYPE && each.counter < counter)
  return { outcome: whole ? 'not-loaded' : 'unknown' }
}
