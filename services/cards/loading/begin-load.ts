// An online load: the card's MAC1 is checked, the money is taken, and MAC2 is made, in that order. The caller's id makes a repeated
// request the same load with the same MAC2. A card that has an undecided load must first prove where its counter stands.
import { randomInt } from 'node:crypto'
import { hex, readUint32, fromHex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import { transaction, violates, type Database, type Queryable } from '../../../clearing/database.ts'
import { together } from '../../../clearing/together.ts'
import { refuse } from '../../refusals.ts'
import type { LoadAgent } from './agent-queries.ts'
import { authoriseLoad } from './authorise-load.ts'
import { cardTimeDigits, type CardAnswer } from './load-rules.ts'
import {
  beginCardLoads,
  decideCardLoads,
  findUndecidedLoad,
  saveChallenge,
  type BeginOutcome,
  type NewLoad
} from './load-queries.ts'

type Parts = { sql: Database; keys: KeyStore }

export interface LoadOrder {
  id: string
  card: CardAnswer
  issuerId: number
  operatorId: number
  /** Null when the money came another way. */
  agent: Pick<LoadAgent, 'id'> | null
  /** The load whose owed money is loaded now. */
  credit: string | null
  amount: number
}

export interface BegunLoad {
  id: string
  /** YYYYMMDDhhmmss for CREDIT FOR LOAD, and the MAC2 over it. */
  dateTime: string
  mac2: string
}

/** Throws load-mac-wrong, load-undecided (with the challenge) and the refusals of limits and float. */
export async function beginLoad(parts: Parts, order: LoadOrder, now: Date): Promise<BegunLoad> {
  const first = await authoriseLoad(parts.keys, { ...order, at: now })
  if (first === null) throw refuse('load-mac-wrong')
  let begun = await ask(parts.sql, order, now)
  if (begun.outcome === 'earlier-loaded') {
    await concludeEarlier(parts.sql, order, now)
    begun = await ask(parts.sql, order, now)
  }
  if (begun.outcome === 'undecided') throw await undecided(parts.sql, order)
  if (begun.outcome !== 'begun') throw refuse(refusalOf[begun.outcome])
  const dateTime = cardTimeDigits(begun.occurred)
  // MAC2 is over the second the load is of; asked again, that is the second of the first time.
  const isNow = dateTime === cardTimeDigits(now)
  const mac2 = isNow ? first : await authoriseLoad(parts.keys, { ...order, at: begun.occurred })
  return { id: order.id, dateTime, mac2: hex(mac2!) }
}

const refusalOf = {
  other: 'load-differs',
  ended: 'load-ended',
  amount: 'load-amount-out-of-range',
  balance: 'card-balance-too-high',
  daily: 'card-daily-limit',
  float: 'agent-float-spent',
  credit: 'card-credit-not-found',
  'earlier-loaded': 'load-undecided'
} as const satisfies Partial<Record<BeginOutcome, string>>

interface Asked {
  row: Omit<NewLoad, 'n'>
  now: Date
}

type Begun = Awaited<ReturnType<typeof beginCardLoads>>[number]

async function ask(sql: Database, order: LoadOrder, now: Date): Promise<Begun> {
  const { card } = order
  const row = {
    id: order.id,
    card: card.cardNumber,
    operator: order.operatorId,
    issuer: order.issuerId,
    agent: order.agent?.id ?? null,
    credit: order.credit,
    terminal: card.terminal,
    amount: order.amount,
    balance: card.balance,
    counter: card.counter,
    key: (card.keyVersion << 8) | card.keyIndex,
    algorithm: card.algorithmId,
    random: readUint32(fromHex(card.random), 0) | 0
  }
  try {
    return await beginTogether(sql, { row, now })
  } catch (error) {
    // Two requests for one card at the same moment, one of them in another company.
    if (violates(error, 'card_load_undecided') || violates(error, 'card_load_pkey')) throw refuse('load-undecided')
    throw error
  }
}

const beginTogether = together<Asked, Begun>(beginAll, { most: 200, lanes: 2 })

async function beginAll(sql: Queryable, all: Asked[]): Promise<Begun[]> {
  const now = all[0]!.now
  const rows = all.map(({ row }, n) => ({ ...row, n }))
  const answers = await transaction(sql as Database, async (tx) => await beginCardLoads(tx, rows, now))
  return answers.toSorted((a, b) => a.n - b.n)
}

/** The card's counter has moved past its undecided load: that one was credited. */
async function concludeEarlier(sql: Database, { card }: LoadOrder, now: Date): Promise<void> {
  const earlier = await findUndecidedLoad(sql, card.cardNumber)
  if (!earlier || earlier.counter! >= card.counter) return
  const decision = { n: 0, id: earlier.id, loaded: true, evidence: 'later-counter', tac: null } as const
  await transaction(sql, async (tx) => await decideCardLoads(tx, [decision], { now, day: await holdOpenDay(tx, now) }))
}

/** Tells the terminal which amount to put into INITIALIZE FOR LOAD, so that the card's MAC1 is of now and not kept from before. */
async function undecided(sql: Database, { card }: LoadOrder): Promise<Error> {
  const earlier = await findUndecidedLoad(sql, card.cardNumber)
  const challenge =
    earlier && (await transaction(sql, async (tx) => await saveChallenge(tx, earlier.id, newChallenge())))
  return refuse('load-undecided', challenge ? { load: earlier.id, challenge } : {})
}

/** Far above any amount that is loaded, and far below what a purse can hold. */
function newChallenge(): number {
  return 0x1000_0000 + randomInt(0x5000_0000)
}
