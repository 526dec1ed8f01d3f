// Cards in stock and a load agent with a float, so that the card desk has something to do.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { orderCards, personalise, reportCards } from '../../cards/issuing/order-cards.ts'
import { addFloat, findAgent, saveAgent } from '../../cards/loading/agent-queries.ts'

type Parts = { sql: Database; keys: KeyStore; config: { dataFolder: string } }

const issuer = '02205810'
/** Fixed, so that a start that was cut short goes on with the same orders. */
const orders = [
  ['5a3f0000-0000-4000-8000-000000000001', 'DEPOSIT'],
  ['5a3f0000-0000-4000-8000-000000000002', 'SALE'],
  ['5a3f0000-0000-4000-8000-000000000003', 'STUDENT']
] as const

export async function laySampleCards(parts: Parts, now: Date): Promise<void> {
  const { sql } = parts
  for (const [id, product] of orders) {
    const order = { id, issuer, product, quantity: 20, personaliser: 'sample-factory', madeBy: 'sample' }
    const found = await orderCards(parts, order, now)
    if (found.state === 'ORDERED') await personalise(parts, id, now)
    if (found.state !== 'REPORTED') await reportCards(parts, id, [], now)
  }
  if (await findAgent(sql, 'A01')) return
  const operator = (await findParticipant(sql, '12205810'))!
  const agent = {
    code: 'A01',
    name: '示例代理点',
    operatorId: operator.id,
    keeper: 'clerk',
    state: 'active',
    creditFen: 0
  } as const
  await transaction(sql, async (tx) => {
    await saveAgent(tx, agent)
    await addFloat(tx, (await findAgent(tx, 'A01'))!, 1_000_000, now)
  })
}
