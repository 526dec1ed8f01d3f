// Our side of the money: payment attempts of orders and the refunds still to be paid, each due for its next inquiry by the clock in SQL.
import { transaction, type Database, type Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { GatewayName } from './gateway.ts'

export interface Charge {
  key: string
  orderId: string
  gateway: GatewayName
  amount: Fen
  state: 'PENDING' | 'UNKNOWN' | 'SUCCEEDED' | 'FAILED'
  payUntil: Date
}

/** The attempt's key, '' when there was nothing to pay and the tickets are issued, null when the order is not waiting for money. */
export async function openCharge(
  sql: Queryable,
  charge: { orderId: string; gateway: GatewayName; firstInquiryAt: Date },
  now: Date
): Promise<string | null> {
  const [row] = await sql<{ key: string | null }[]>`
    select open_charge(${charge.orderId}, ${charge.gateway}, ${now}, ${charge.firstInquiryAt}) as key`
  return row!.key
}

export async function findCharge(sql: Queryable, key: string): Promise<Charge | null> {
  const [row] = await sql<
    Charge[]
  >`select key, order_id, gateway, amount, state, pay_until from charge where key = ${key}`
  return row ?? null
}

export type SettledCharge = 'issued' | 'refunding' | 'settled'

/** The money is there: tickets, or a refund that is due at once. */
export async function settleCharge(sql: Queryable, key: string, actor: string, now: Date): Promise<SettledCharge> {
  const [row] = await sql<{ answer: SettledCharge }[]>`select settle_charge(${key}, ${now}, ${actor}) as answer`
  return row!.answer
}

/** A charge that already succeeded or failed stays as it is. */
export async function markCharge(sql: Database, key: string, state: 'UNKNOWN' | 'FAILED', now: Date): Promise<void> {
  await transaction(
    sql,
    async (tx) =>
      await tx`
      update charge set state = ${state}, concluded_at = case when ${state} = 'FAILED' then ${now}::timestamptz end
      where key = ${key} and state in ('PENDING', 'UNKNOWN')`
  )
}

/** Takes charges whose inquiry is due and puts their next one further away, so that two workers do not ask twice. */
export async function claimDueCharges(sql: Database, now: Date, batch: number): Promise<Charge[]> {
  return await transaction(
    sql,
    async (tx) =>
      await tx<Charge[]>`
      update charge
      set inquiries = inquiries + 1, next_inquiry_at = ${now}::timestamptz + least(5 * 2 ^ least(inquiries, 6), 300) * interval '1 second'
      where key in (
        select key from charge where state in ('PENDING', 'UNKNOWN') and next_inquiry_at <= ${now}
        order by next_inquiry_at limit ${batch} for update skip locked)
      returning key, order_id, gateway, amount, state, pay_until`
  )
}

export interface DueRefund {
  id: string
  /** Nothing to pay when empty; several when one charge did not pay for all of it. */
  payments: { key: string; chargeKey: string; gateway: GatewayName; amount: Fen }[]
}

/** Takes refunds to be paid, all that are due or just one. */
export async function claimDueRefunds(
  sql: Database,
  { only, batch }: { only: string | null; batch: number },
  now: Date
): Promise<DueRefund[]> {
  return await transaction(
    sql,
    async (tx) =>
      await tx<DueRefund[]>`
      with due as (
        select id from refund
        where state = 'PAYING' and next_attempt_at <= ${now} and (${only}::uuid is null or id = ${only}::uuid)
        order by next_attempt_at limit ${batch} for update skip locked)
      update refund
      set attempts = attempts + 1, next_attempt_at = ${now}::timestamptz + least(5 * 2 ^ least(attempts, 6), 300) * interval '1 second'
      from due
      where refund.id = due.id
      returning refund.id, coalesce((
        select json_agg(json_build_object('key', key, 'chargeKey', charge_key, 'gateway', gateway, 'amount', amount) order by key)
        from refund_payment where refund_payment.refund = refund.id and amount > 0), '[]') as payments`
  )
}

export async function concludeRefund(sql: Queryable, id: string, actor: string, now: Date): Promise<void> {
  await sql`select conclude_refund(${id}, ${now}, ${actor})`
}

export async function hasDueCharges(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from charge where state in ('PENDING', 'UNKNOWN') and next_inquiry_at <= ${now}) as due`
  return row!.due
}

export async function hasDueRefunds(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from refund where state = 'PAYING' and next_attempt_at <= ${now}) as due`
  return row!.due
}
