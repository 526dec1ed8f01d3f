// A load paid by its holder himself, before the card is asked: the gateway's charge, its unknown outcomes asked for again, and the
// money paid back when no card comes for it within the day.
import { transaction, type Database } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import type { PaymentGateway } from '../../payments/gateway.ts'
import { refuse } from '../../refusals.ts'
import { requireLoad } from './decide-load.ts'
import { insertFunding, settleFunding, settleReturn, type LoadRow } from './load-queries.ts'

type Parts = { sql: Database; gateway: PaymentGateway }

const payWithinMs = 15 * 60_000

export interface FundingOrder {
  id: string
  cardNumber: string
  amount: number
  operator: number
  issuer: number
}

/** Asking again finds the first order. Throws load-differs. */
export async function fundLoad(
  { sql, gateway }: Parts,
  order: FundingOrder,
  now: Date
): Promise<{ payAt: string | null }> {
  await transaction(sql, async (tx) => await insertFunding(tx, order, now))
  const load = await requireLoad(sql, order.id)
  if (load.cardNumber !== order.cardNumber || load.amount !== order.amount || load.money !== 'payment')
    throw refuse('load-differs')
  if (load.state !== 'FUNDING') return { payAt: null }
  const payUntil = new Date(load.requestedAt.getTime() + payWithinMs)
  const opened = await gateway.open({ key: chargeKey(order.id), amount: fen(order.amount), payUntil, now })
  return { payAt: opened.payAt }
}

/** Asks the gateway what became of the payment; 'unknown' and 'pending' change nothing. */
export async function inquireFunding({ sql, gateway }: Parts, id: string, now: Date): Promise<void> {
  const outcome = await gateway.inquire(chargeKey(id), now)
  if (outcome !== 'succeeded' && outcome !== 'failed') return
  await transaction(sql, async (tx) => await settleFunding(tx, id, outcome === 'succeeded', now))
}

export async function payBack({ sql, gateway }: Parts, { id, amount }: LoadRow, now: Date): Promise<void> {
  const answer = await gateway.refund(
    { key: `${chargeKey(id)}-back`, chargeKey: chargeKey(id), amount: fen(amount) },
    now
  )
  if (answer === 'paid') await transaction(sql, async (tx) => await settleReturn(tx, id, now))
}

/** An order's attempts begin with 1. */
function chargeKey(id: string): string {
  return `${id}.0`
}
