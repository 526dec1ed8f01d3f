// The simulated cashier's own books. It is an outside party: nothing of ours writes here except through its gateway.
import type { Queryable } from '../../clearing/database.ts'
import { together } from '../../clearing/together.ts'
import type { Fen } from '../../clearing/money.ts'
import type { CashierCharge, CashierChoice } from './payment-schemas.ts'

export interface CashierBooking extends CashierCharge {
  answersAt: Date | null
}

type NewBooking = Pick<CashierBooking, 'key' | 'amount' | 'payUntil'>

export async function bookCashierCharge(sql: Queryable, { key, amount, payUntil }: NewBooking): Promise<void> {
  await bookTogether(sql, { key, amount, payUntil })
}

const bookTogether = together(
  async (sql: Queryable, all: NewBooking[]) => {
    await sql`
      insert into simulated_cashier_charge (key, amount, pay_until)
      select key, amount, "payUntil"
      from jsonb_to_recordset(${sql.json(all)}) as charge(key text, amount bigint, "payUntil" timestamptz)
      on conflict do nothing`
    return all
  },
  { most: 100, lanes: 1 }
)

export async function findCashierCharge(sql: Queryable, key: string): Promise<CashierBooking | null> {
  return await findTogether(sql, key)
}

const findTogether = together(
  async (sql: Queryable, keys: string[]): Promise<(CashierBooking | null)[]> => {
    const rows = await sql<CashierBooking[]>`
      select key, amount, pay_until, choice, answers_at from simulated_cashier_charge where key = any (${keys}::text[])`
    const byKey = new Map(rows.map((row) => [row.key, row]))
    return keys.map((key) => byKey.get(key) ?? null)
  },
  { most: 100, lanes: 1 }
)

interface Decision {
  key: string
  choice: CashierChoice
  silenceMs: number
  now: Date
}

/** The payer decides once, in time; null when he did before, is too late, or there is no such charge. */
export async function decideCashierCharge(sql: Queryable, decision: Decision): Promise<CashierBooking | null> {
  return await decideTogether(sql, decision)
}

const decideTogether = together(
  async (sql: Queryable, all: Decision[]): Promise<(CashierBooking | null)[]> => {
    const rows = await sql<(CashierBooking & { nth: number })[]>`
      update simulated_cashier_charge as charge
      set choice = first.choice, answers_at = case first.choice when 'late-success' then charge.pay_until + interval '1 second'
        when 'time-out' then first.now + first."silenceMs" * interval '1 millisecond' else first.now end
      from (
        select distinct on (decision.key) decision.* from rows from (
          jsonb_to_recordset(${sql.json(all as never)}) as (key text, choice text, "silenceMs" integer, now timestamptz))
          with ordinality as decision(key, choice, "silenceMs", now, nth)
        order by decision.key, nth) as first
      where charge.key = first.key and charge.choice is null and charge.pay_until >= first.now
      returning charge.key, charge.amount, charge.pay_until, charge.choice, charge.answers_at, first.nth::integer`
    const byPlace = new Map(rows.map(({ nth, ...booking }) => [nth - 1, booking]))
    return all.map((_, place) => byPlace.get(place) ?? null)
  },
  { most: 100, lanes: 1 }
)

/** Pays a key once, and never more than was charged. True when this refund is paid. */
export async function bookCashierRefund(
  sql: Queryable,
  { key, chargeKey, amount }: { key: string; chargeKey: string; amount: Fen },
  now: Date
): Promise<boolean> {
  await sql`
    insert into simulated_cashier_refund (key, charge_key, amount, paid_at)
    select ${key}, charge.key, ${amount}::bigint, ${now} from simulated_cashier_charge as charge
    where charge.key = ${chargeKey} and charge.choice in ('success', 'time-out', 'late-success')
      and (select coalesce(sum(amount), 0) from simulated_cashier_refund where charge_key = ${chargeKey} and key <> ${key})
        + ${amount}::bigint <= charge.amount
    on conflict do nothing`
  const [row] = await sql<{ paid: boolean }[]>`
    select exists (select from simulated_cashier_refund where key = ${key} and amount = ${amount}) as paid`
  return row!.paid
}
