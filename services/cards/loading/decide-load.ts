// How a load ends: by the card's TAC, by its fresh MAC1 that shows where its counter stands, or by what later purchases carried. An
// agent's word alone ends none.
import { fromHex, readUint32 } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import { together } from '../../../clearing/together.ts'
import { refuse } from '../../refusals.ts'
import { authoriseLoad } from './authorise-load.ts'
import { cardFactors, cardKey, creditTacData, decisionBy, type CardAnswer } from './load-rules.ts'
import { clearChallenge, decideCardLoads, findLoad, type Decision, type LoadRow } from './load-queries.ts'

type Parts = { sql: Database; keys: KeyStore }

/** Throws load-not-found, load-ended and load-tac-wrong. */
export async function confirmLoad(parts: Parts, id: string, tac: string, now: Date): Promise<LoadRow> {
  const load = await requireLoad(parts.sql, id)
  if (load.counter === null) throw refuse('load-ended')
  if (!(await isTacOf(parts.keys, load, fromHex(tac)))) throw refuse('load-tac-wrong')
  await decide(parts.sql, { id, loaded: true, evidence: 'tac', tac: readUint32(fromHex(tac), 0) | 0 }, now)
  return await requireLoad(parts.sql, id)
}

async function isTacOf(keys: KeyStore, load: LoadRow, tac: Uint8Array): Promise<boolean> {
  const card = { keyVersion: load.key! >> 8, keyIndex: load.key! & 0xff, algorithmId: load.algorithm! }
  const { balanceBefore, amount, counter, terminal, occurredAt } = load
  const data = creditTacData({
    balanceBefore: balanceBefore!,
    amount,
    counter: counter!,
    terminal: terminal!,
    occurredAt: occurredAt!
  })
  return await keys.verifyTac(cardKey('tac', card)!, cardFactors(load), data, tac)
}

/**
 * The card is there and answered INITIALIZE FOR LOAD with the challenge as the amount. Throws load-not-found, load-ended,
 * load-challenge-missing, load-mac-wrong and load-card-differs.
 */
export async function proveLoad(
  parts: Parts,
  id: string,
  card: Omit<CardAnswer, 'cardNumber' | 'issuer'>,
  now: Date
): Promise<LoadRow> {
  const load = await requireLoad(parts.sql, id)
  if (load.state !== 'AUTHORISED') return load
  if (load.challenge === null) throw refuse('load-challenge-missing')
  const answer = { ...card, cardNumber: load.cardNumber, issuer: load.issuer }
  if ((await authoriseLoad(parts.keys, { card: answer, amount: load.challenge, at: now })) === null)
    throw refuse('load-mac-wrong')
  const decision = decisionBy(card.counter, { counter: load.counter! })
  if (decision === null) throw refuse('load-card-differs')
  await decide(parts.sql, { id, loaded: decision === 'loaded', evidence: 'fresh-mac', tac: null }, now)
  await transaction(parts.sql, async (tx) => await clearChallenge(tx, id))
  return await requireLoad(parts.sql, id)
}

export async function requireLoad(sql: Queryable, id: string): Promise<LoadRow> {
  const load = await findLoad(sql, id)
  if (!load) throw refuse('load-not-found')
  return load
}

type Asked = { decision: Omit<Decision, 'n'>; now: Date }

/** Puts a decision on record; one that is already there stays, unless the card is shown to have been loaded after all. */
export async function decide(
  sql: Database,
  decision: Omit<Decision, 'n'>,
  now: Date
): Promise<LoadRow['state'] | 'none'> {
  return await decideTogether(sql, { decision, now })
}

const decideTogether = together<Asked, LoadRow['state'] | 'none'>(decideAll, { most: 200, lanes: 2 })

async function decideAll(sql: Queryable, all: Asked[]): Promise<(LoadRow['state'] | 'none')[]> {
  const now = all[0]!.now
  const rows = all.map(({ decision }, n) => ({ ...decision, n }))
  const answers = await transaction(
    sql as Database,
    async (tx) => await decideCardLoads(tx, rows, { now, day: await holdOpenDay(tx, now) })
  )
  return answers.toSorted((a, b) => a.n - b.n).map(({ outcome }) => outcome)
}
