// The simulated cashier's own books. It is an outside party: nothing of ours writes here except through its gateway.
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { CashierCharge, CashierChoice } from './payment-schemas.ts'

export interface CashierBooking extends CashierCharge {
  answersAt: Date | null
}

export async function bookCashierCharge(
  sql: Queryable,
  { key, amount, payUntil }: { key: string; amount: Fen; payUntil: Date }
): Promise<void> {
  await sql`
    insert into simulated_cashier_charge (key, amount, pay_until) values (${key}, ${amount}, ${payUntil})
    on conflict do nothing`
}

export async function findCashierCharge(sql: Queryable, key: string): Promise<CashierBooking | null> {
  const [row] = await sql<CashierBooking[]>`
    select key, amount, pay_until, choice, answers_at from simulated_cashier_charge where key = ${key}`
  return row ?? null
}

/** The payer decides once; null when he decided before or there is no such charge. */
export async function decideCashierCharge(
  sql: Queryable,
  { key, choice, answersAt }: { key: string; choice: CashierChoice; answersAt: Date }
): Promise<CashierBooking | null> {
  const [row] = await sql<CashierBooking[]>`
    update simulated_cashier_charge set choice = ${choice}, answers_at = ${answersAt}
    where key = ${key} and choice is null
    returning key, amount, pay_until, choice, answers_at`
  return row ?? null
}

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
