// The accounts of channels, moved by functions of migration 0050, each a unit of work by itself.
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'

export type CreditAnswer = 'paid' | 'not-a-channel' | 'suspended' | 'credit-spent'

/** Takes a charge's amount from the account of the channel whose order it is, once. */
export async function payFromCredit(sql: Queryable, chargeKey: string): Promise<CreditAnswer> {
  const [row] = await sql<{ answer: CreditAnswer }[]>`
    select pay_from_credit(key, opened_at) as answer from charge where key = ${chargeKey}`
  return row?.answer ?? 'not-a-channel'
}

export async function findCreditSale(sql: Queryable, chargeKey: string): Promise<{ paid: boolean; payUntil: Date }> {
  const [row] = await sql<{ paid: boolean; payUntil: Date }[]>`
    select pay_until, exists (select from channel_movement where kind = 'sale' and channel_movement.key = charge.key) as paid
    from charge where key = ${chargeKey}`
  return row!
}

/** Pays a refund into the account the charge was paid from, once. */
export async function creditRefund(
  sql: Queryable,
  { key, chargeKey, amount }: { key: string; chargeKey: string; amount: Fen },
  now: Date
): Promise<void> {
  await sql`
    select credit_channel(channel, 'refund', ${key}, ${amount}, ${now})
    from channel_movement where kind = 'sale' and key = ${chargeKey}`
}

/** False when this id paid in before. */
export async function payIn(
  sql: Queryable,
  { channel, id, amount }: { channel: number; id: string; amount: Fen },
  now: Date
): Promise<boolean> {
  const [row] = await sql<
    { paid: boolean }[]
  >`select credit_channel(${channel}, 'top-up', ${id}, ${amount}, ${now}) as paid`
  return row!.paid
}
