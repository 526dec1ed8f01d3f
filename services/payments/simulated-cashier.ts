// A payment gateway that runs in the sample province and in tests: the payer chooses at its cashier whether the payment succeeds, fails,
// is paid without an answer for a while, or is paid only after the hold is over. It keeps its own books.
import type { Queryable } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import type { PaymentGateway } from './gateway.ts'
import type { CashierChoice } from './payment-schemas.ts'
import {
  bookCashierCharge,
  bookCashierRefund,
  decideCashierCharge,
  findCashierCharge,
  type CashierBooking
} from './simulated-cashier-queries.ts'

/** How long a 'time-out' payment stays without an answer. */
const silenceMs = 20_000

export function simulatedCashier(sql: Queryable): PaymentGateway {
  const inquire: PaymentGateway['inquire'] = async (key, now) => {
    const charge = await findCashierCharge(sql, key)
    if (!charge) return 'unknown'
    if (charge.choice === null) return now > charge.payUntil ? 'failed' : 'pending'
    if (charge.choice === 'failure') return 'failed'
    return now >= charge.answersAt! ? 'succeeded' : 'unknown'
  }
  return {
    inquire,
    async open({ payCode, now, ...charge }) {
      await bookCashierCharge(sql, charge)
      const payAt = `/v1/simulated-cashier/charges/${charge.key}`
      const choice = payCode === undefined ? null : choiceOfPayCode(payCode)
      if (choice === null) return { outcome: 'pending', payAt }
      await decideCashierCharge(sql, { key: charge.key, choice, silenceMs, now })
      return { outcome: await inquire(charge.key, now), payAt }
    },
    async close(key, now) {
      await decideCashierCharge(sql, { key, choice: 'failure', silenceMs, now })
      return await inquire(key, now)
    },
    async refund(refund, now) {
      return (await bookCashierRefund(sql, refund, now)) ? 'paid' : 'unknown'
    }
  }
}

/** The last digit of a scanned code says how it ends here: 7 declined, 8 the payer must say yes on his phone, 9 no answer for a while. */
function choiceOfPayCode(code: string): CashierChoice | null {
  const last = code.at(-1)!
  if (last === '8') return null
  return last === '7' ? 'failure' : last === '9' ? 'time-out' : 'success'
}

/** The payer's decision. Throws the refusals charge-not-found and charge-decided. */
export async function decideAtCashier(
  sql: Queryable,
  key: string,
  choice: CashierChoice,
  now: Date
): Promise<CashierBooking> {
  const decided = await decideCashierCharge(sql, { key, choice, silenceMs, now })
  if (decided) return decided
  const charge = await findCashierCharge(sql, key)
  if (!charge) throw refuse('charge-not-found')
  throw refuse('charge-decided', { choice: charge.choice ?? 'closed' })
}
