// Our side of the money: payment attempts of orders and the refunds still to be paid, each due for its next inquiry by the clock in SQL.
import { transaction, type Database, type Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import { together } from '../../clearing/together.ts'
import type { GatewayName } from './gateway.ts'

export interface Charge {
  key: string
  orderId: string
  gateway: GatewayName
  amount: Fen
  state: 'PENDING' | 'UNKNOWN' | 'SUCCEEDED' | 'FAILED'
  payUntil: Date
}

/** What the gateway is asked to move. */
export type OpenedAttempt = Pick<Charge, 'key' | 'gateway' | 'amount' | 'payUntil'>

interface AskedCharge {
  orderId: string
  gateway: GatewayName
  now: Date
  firstInquiryAt: Date
}

/** The open attempt, 'free' when there was nothing to pay and the tickets are issued, null when the order is not waiting for money. */
export async function openCharge(sql: Queryable, asked: AskedCharge): Promise<OpenedAttempt | 'free' | null> {
  const { key, gateway, amount, payUntil } = await openTogether(sql, asked)
  if (key === null) return null
  return key === '' ? 'free' : { key, gateway, amount, payUntil }
}

const openTogether = together(
  async (sql: Queryable, all: AskedCharge[]) =>
    await sql<(Omit<OpenedAttempt, 'key'> & { key: string | null })[]>`
    select key, gateway, amount, pay_until from open_charges(${all.map(({ orderId }) => orderId)}::uuid[],
      ${all.map(({ gateway }) => gateway)}::text[], ${latest(all.map(({ now }) => now))},
      ${latest(all.map(({ firstInquiryAt }) => firstInquiryAt))}) order by nth`,
  { most: 50, lanes: 1 }
)

/** Of calls of the same few milliseconds. */
const latest = (moments: Date[]): Date => new Date(Math.max(...moments.map((moment) => moment.getTime())))

export async function findCharge(sql: Queryable, key: string): Promise<Charge | null> {
  return await chargesTogether(sql, key)
}

const chargesTogether = together(
  async (sql: Queryable, keys: string[]): Promise<(Charge | null)[]> => {
    const rows = await sql<Charge[]>`
      select key, order_id, gateway, amount, state, pay_until from charge where key = any (${keys}::text[])`
    const byKey = new Map(rows.map((row) => [row.key, row]))
    return keys.map((key) => byKey.get(key) ?? null)
  },
  { most: 100, lanes: 1 }
)

export async function findLatestCharge(sql: Queryable, orderId: string): Promise<Charge | null> {
  const [row] = await sql<Charge[]>`
    select key, order_id, gateway, amount, state, pay_until from charge
    where order_id = ${orderId} order by opened_at desc, length(key) desc, key desc limit 1`
  return row ?? null
}

/** By which means it is paid, for the books of the window. */
export async function noteMeans(sql: Database, key: string, means: string): Promise<void> {
  await transaction(sql, async (tx) => await tx`update charge set means = ${means} where key = ${key}`)
}

export type SettledCharge = 'issued' | 'refunding' | 'settled' | 'confirming'

interface PaidCharge {
  key: string
  actor: string
  now: Date
}

/** The money is there: tickets, a refund that is due at once, or word to the partners of the journey first. */
export async function settleCharge(sql: Queryable, key: string, actor: string, now: Date): Promise<SettledCharge> {
  const together = await settleTogether(sql, { key, actor, now }).catch(() => 'alone' as const)
  if (together === 'issued') return together
  const [row] = await sql<
    { answer: SettledCharge }[]
  >`select coalesce(await_partners(${key}, ${now}), settle_charge(${key}, ${now}, ${actor})) as answer`
  return row!.answer
}

const settleTogether = together(
  async (sql: Queryable, all: PaidCharge[]) => {
    const rows = await sql<{ answer: 'issued' | 'alone' }[]>`
      select answer from settle_charges(${all.map(({ key }) => key)}::text[], ${all.map(({ actor }) => actor)}::text[],
        ${latest(all.map(({ now }) => now))}) order by nth`
    return rows.map(({ answer }) => answer)
  },
  { most: 50, lanes: 1 }
)

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
