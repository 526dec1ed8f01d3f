// The card itself as a witness: it puts a number of ours, as the amount, into a fresh MAC1 that covers what it holds. Nothing is loaded.
import { randomInt } from 'node:crypto'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { authoriseLoad } from '../loading/authorise-load.ts'
import type { CardAnswer } from '../loading/load-rules.ts'
import { spendChallenge, takeChallenge } from './claim-queries.ts'

type Parts = { sql: Database; keys: KeyStore }
export type ChipAnswer = Omit<CardAnswer, 'cardNumber' | 'issuer'>

/** Far above any amount that is loaded, and far below what a purse can hold. */
export async function challengeCard({ sql }: Pick<Parts, 'sql'>, cardNumber: string, madeFor: string, now: Date) {
  const challenge = 0x1000_0000 + randomInt(0x5000_0000)
  await transaction(sql, async (tx) => await takeChallenge(tx, { cardNumber, challenge, madeFor }, now))
  return { challenge }
}

/** What the card holds, in fen. Throws card-issuer-unknown, card-key-unknown, load-challenge-missing and load-mac-wrong. */
export async function proveCard(
  { sql, keys }: Parts,
  { cardNumber, chip, madeFor }: { cardNumber: string; chip: ChipAnswer; madeFor: string },
  now: Date
): Promise<number> {
  const issuer = await findIssuerOf(sql, cardNumber)
  if (!issuer) throw refuse('card-issuer-unknown')
  const challenge = await transaction(sql, async (tx) => await spendChallenge(tx, { cardNumber, madeFor }, now))
  if (challenge === null) throw refuse('load-challenge-missing')
  const card = { ...chip, cardNumber, issuer: issuer.code }
  if ((await authoriseLoad(keys, { card, amount: challenge, at: now })) === null) throw refuse('load-mac-wrong')
  return chip.balance
}
