// What an online load means in bytes, and what its money means in the ledger. Pure: time and keys are arguments.
import { fromHex } from '../../../card-crypto/bytes.ts'
import type { SymmetricAlgorithm } from '../../../card-crypto/diversify.ts'
import type { KeyReference, LoadAuthorisation } from '../../../card-crypto/key-store.ts'
import { loadMac1Data, loadMac2Data, LOAD_TYPE } from '../../../card-crypto/mac.ts'
import { loadSeed } from '../../../card-crypto/session-key.ts'
import { cardFactor, issuerFactor } from '../../../card-crypto/simulated-card/card-files.ts'
import { loadTacData } from '../../../card-crypto/tac.ts'
import type { AccountKind, Leg } from '../../../clearing/ledger/journal.ts'
import { fen } from '../../../clearing/money.ts'

/** What a card answered to INITIALIZE FOR LOAD, and who it is. */
export interface CardAnswer {
  cardNumber: string
  /** 8 digits. */
  issuer: string
  /** 12 digits. */
  terminal: string
  balance: number
  counter: number
  keyVersion: number
  keyIndex: number
  algorithmId: number
  /** Hexadecimal, 4 bytes each. */
  random: string
  mac1: string
}

/** 算法标识 → algorithm: our defaults where no public text says (card.md §1.6.6); null for others. */
export function algorithmOf(id: number): SymmetricAlgorithm | null {
  if (id === 4) return 'sm4'
  return id === 0 || id === 1 ? '3des' : null
}

export function cardKey(
  purpose: 'load' | 'tac',
  card: Pick<CardAnswer, 'keyVersion' | 'keyIndex' | 'algorithmId'>
): KeyReference | null {
  const algorithm = algorithmOf(card.algorithmId)
  return algorithm && { purpose, scope: '', version: card.keyVersion, index: card.keyIndex, algorithm }
}

export function cardFactors({ issuer, cardNumber }: Pick<CardAnswer, 'issuer' | 'cardNumber'>): Uint8Array[] {
  return [issuerFactor(issuer), cardFactor(cardNumber)]
}

/** Null when the card names an algorithm nobody knows. */
export function authorisationOf(card: CardAnswer, amount: number, occurredAt: Date): LoadAuthorisation | null {
  const key = cardKey('load', card)
  if (key === null) return null
  const terms = { amount, type: LOAD_TYPE, terminal: fromHex(card.terminal), dateTime: cardTime(occurredAt) }
  return {
    key,
    factors: cardFactors(card),
    seed: loadSeed(fromHex(card.random), card.counter),
    mac1Data: loadMac1Data(card.balance, terms),
    mac1: fromHex(card.mac1),
    mac2Data: loadMac2Data(terms)
  }
}

export function creditTacData(load: {
  balanceBefore: number
  amount: number
  counter: number
  terminal: string
  occurredAt: Date
}): Uint8Array {
  const { balanceBefore, amount, counter, terminal, occurredAt } = load
  return loadTacData({
    balanceAfter: balanceBefore + amount,
    onlineCounter: counter,
    amount,
    terminal: fromHex(terminal),
    dateTime: cardTime(occurredAt)
  })
}

const chinaMs = 8 * 3_600_000

/** YYYYMMDDhhmmss in BCD, China's clock. */
export function cardTime(at: Date): Uint8Array {
  return fromHex(cardTimeDigits(at))
}

export function cardTimeDigits(at: Date): string {
  return new Date(at.getTime() + chinaMs).toISOString().replaceAll(/\D/g, '').slice(0, 14)
}

/** Where the counter of a card stands decides an undecided load: only a credit moves it. */
export function decisionBy(counter: number, load: { counter: number }): 'loaded' | 'not-loaded' | null {
  if (counter === load.counter) return 'not-loaded'
  return counter > load.counter ? 'loaded' : null
}

/**
 * The first purchase after an undecided load says what was on the card: with the amount, or without. Null when neither fits: another
 * city may have loaded it between.
 */
export function decisionByRide(
  balance: number,
  load: { balanceBefore: number; amount: number }
): 'loaded' | 'not-loaded' | null {
  if (balance === load.balanceBefore) return 'not-loaded'
  return balance === load.balanceBefore + load.amount ? 'loaded' : null
}

export type LineKind =
  | 'float'
  | 'fund'
  | 'load'
  | 'return'
  | 'credit'
  | 'use-credit'
  | 'withdraw-credit'
  | 'shortfall'
  | 'move'
  | 'overcharge'

/** Lines of one kind, agent and operator, summed. */
export interface LineSum {
  kind: LineKind
  operator: number
  /** The agent in the ledger; null for money that came through the gateway. */
  agent: number | null
  amount: number
}

/** From which account to which, of the operator unless it is the agent's. */
const movements: Record<LineKind, readonly [from: AccountKind | 'payer', to: AccountKind | 'payer']> = {
  float: ['bank', 'payer'],
  fund: ['payer', 'suspense'],
  load: ['suspense', 'loaded'],
  return: ['suspense', 'payer'],
  credit: ['suspense', 'card-credit'],
  'use-credit': ['card-credit', 'suspense'],
  'withdraw-credit': ['card-credit', 'suspense'],
  shortfall: ['shortfall', 'suspense'],
  move: ['purse', 'suspense'],
  overcharge: ['earned', 'suspense']
}

/** The legs of a batch, summed by party and account, those that come to nothing left out. */
export function legsOfLines(sums: readonly LineSum[]): Leg[] {
  const totals = new Map<string, Leg>()
  const add = (line: LineSum, account: AccountKind | 'payer', amount: number): void => {
    const isAgent = account === 'payer' && line.agent !== null
    const participant = isAgent ? line.agent! : line.operator
    const kind: AccountKind = account === 'payer' ? (isAgent ? 'float' : 'bank') : account
    const leg = totals.get(`${participant} ${kind}`) ?? { participant, account: kind, amount: fen(0) }
    totals.set(`${participant} ${kind}`, { ...leg, amount: fen(leg.amount + amount) })
  }
  for (const line of sums) {
    const [from, to] = movements[line.kind]
    add(line, from, -line.amount)
    add(line, to, line.amount)
  }
  return [...totals.values()]
    .filter(({ amount }) => amount !== 0)
    .toSorted((a, b) => a.participant - b.participant || (a.account < b.account ? -1 : 1))
}
