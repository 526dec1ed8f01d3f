import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { findUnbalancedJournal } from '../../../clearing/ledger/ledger-queries.ts'
import { refundPartnerLeg, quotePartnerRefund } from '../../ticketing/partner-legs/refund-partner-leg.ts'
import { changePartnerLeg, quotePartnerChange } from '../../ticketing/partner-legs/changes/change-partner-leg.ts'
import { createPartnerSale } from '../../ticketing/partner-legs/test-partner-sale.ts'
import { at, clerk, buyer } from '../../ticketing/test-sale.ts'
import { listBalances } from '../party-queries.ts'
import { postPartnerLegs, postPartnerLegsJob } from './post-partner-legs.ts'

const { sql, parts, paying, partners, trains, request, hold, pay, settle } = await createPartnerSale()

/** What the partner's side of the ledger holds, and what the web owes for it. */
async function balances() {
  const all = new Map((await listBalances(sql)).map(({ party, account, balance }) => [`${party} ${account}`, balance]))
  const of = (account: string) => all.get(account) ?? 0
  return [of('channel-WEB receivable'), of('carrier-SIMRAIL unearned'), of('carrier-SIMRAIL earned')]
}
const sell = async (conduct: 'honest' | 'confirmed-then-absent' | 'fails') => {
  const id = await hold(request(conduct))
  await pay(id)
  return id
}

test('a partner leg is owed when sold, the partner’s when ridden, and back where it came from when refunded or lost', async () => {
  const fare = trains.get('honest')!.fullFare
  await sell('fails')
  await postPartnerLegs(sql, at(6))
  expect(await balances()).toEqual([0, 0, 0])

  const [ridden, returned] = [await sell('honest'), await sell('honest')]
  await sell('confirmed-then-absent')
  expect(await postPartnerLegsJob.due(parts, at(6))).toEqual(['all'])
  await postPartnerLegs(sql, at(6))
  expect(await balances()).toEqual([-3 * fare, 3 * fare, 0])

  const about = { orderId: returned, side: 'before' } as const
  const { amount, fee } = await quotePartnerRefund(sql, about, clerk, at(7))
  const refund = { id: randomUUID(), orderId: returned, request: { side: 'before', amount } } as const
  await refundPartnerLeg({ ...paying, partners }, refund, clerk, at(7))
  await settle(at(7))
  await postPartnerLegs(sql, at(9))
  expect(await balances()).toEqual([0 - fare - fee, fare, fee])

  await postPartnerLegs(sql, at(48))
  expect(await balances()).toEqual([0 - fare - fee, 0, fare + fee])
  await postPartnerLegs(sql, at(49))
  expect(await postPartnerLegsJob.due(parts, at(49))).toEqual([])
  expect(await findUnbalancedJournal(sql)).toBeUndefined()
  const lines = await sql<{ kind: string }[]>`
    select kind from revenue_line where ticket_no in (select key::text from partner_leg where order_id = ${ridden}) order by line`
  expect(lines.map(({ kind }) => kind).toSorted()).toEqual(['issue', 'use'])
})

test('a partner leg that was changed: its carrier keeps the fee of the old ride, and the new one’s fare when ridden', async () => {
  const before = await balances()
  const { fullFare } = trains.get('honest')!
  const asked = request('answers-twice')
  const order = await hold({ ...asked, partnerLegs: [{ ...asked.partnerLegs![0]!, offer: trains.get('honest')!.id }] })
  await pay(order)
  const offer = trains.get('answers-twice')!.id
  const about = { orderId: order, side: 'before', offer } as const
  const { due } = await quotePartnerChange({ sql, partners }, about, buyer, at(7))
  const id = randomUUID()
  await changePartnerLeg({ ...paying, keys: parts.keys, partners }, { id, request: { ...about, due } }, buyer, at(7))
  await pay(id, { now: at(7) })
  await settle(at(7))
  await postPartnerLegs(sql, at(8))
  const gained = async () => (await balances()).map((sum, index) => sum - before[index]!)
  expect(await gained()).toEqual([0 - fullFare - due, fullFare, due])
  await postPartnerLegs(sql, at(48))
  expect(await gained()).toEqual([0 - fullFare - due, 0, fullFare + due])
  expect(await findUnbalancedJournal(sql)).toBeUndefined()
})
