// What we hold of a named holder: a copy for him, and forgetting it when he asks. What may not be forgotten yet is said, with the reason.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { openIdentity, showIdentity } from '../../identity/seal-identity.ts'
import { listClaimsOfCard } from '../claims/claim-queries.ts'
import { tellStory, withoutNames } from '../desk/tell-story.ts'
import { holderOwner } from '../issuing/issue-card.ts'
import {
  findCard,
  findProduct,
  insertEvent,
  listCardsOfHolder,
  lockCard,
  setHolder
} from '../issuing/issuing-queries.ts'

type Parts = { sql: Database; keys: KeyStore }

/** Name and masked document as we hold them, and every card's story. */
export async function copyForHolder({ sql, keys }: Parts, digest: Uint8Array, now: Date) {
  const cards = []
  for (const number of await listCardsOfHolder(sql, digest)) {
    const card = (await findCard(sql, number))!
    const identity = await openIdentity(keys, card.holder!, holderOwner(number))
    cards.push({
      cardNumber: number,
      holder: showIdentity(identity, 'staff'),
      story: withoutNames(await tellStory(sql, number, now))
    })
  }
  return { madeAt: now, cards }
}

export type Forgotten = { cardNumber: string; forgotten: boolean; reason: null | 'card-needs-name' | 'claim-open' }

export async function forgetHolder({ sql }: Parts, digest: Uint8Array, actor: string, now: Date): Promise<Forgotten[]> {
  const numbers = await listCardsOfHolder(sql, digest)
  return await transaction(sql, async (tx) => {
    const answers: Forgotten[] = []
    for (const cardNumber of numbers) {
      const card = (await lockCard(tx, cardNumber))!
      const inUse = card.state === 'ACTIVE' || card.state === 'BLOCKED'
      const asked = (await listClaimsOfCard(tx, cardNumber)).some(
        (claim) => claim.cardNumber === cardNumber && (claim.state === 'WAITING' || claim.state === 'TO-APPROVE')
      )
      const named = (await findProduct(tx, card.product))!.named
      const reason = asked ? 'claim-open' : inUse && named ? 'card-needs-name' : null
      if (reason === null) {
        await setHolder(tx, cardNumber, null, now)
        await insertEvent(tx, cardNumber, { event: 'unnamed', actor }, now)
      }
      answers.push({ cardNumber, forgotten: reason === null, reason })
    }
    return answers
  })
}
