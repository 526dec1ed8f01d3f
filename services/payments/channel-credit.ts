// What a channel has with us, as a gateway: tickets are paid from its account at once, or refused with the reason; refunds go back
// into it. The limit is a constraint of the account, so no number of buyers at once gets past it.
import { refuse } from '../refusals.ts'
import type { Queryable } from '../../clearing/database.ts'
import { creditRefund, findCreditSale, payFromCredit } from './channel-credit-queries.ts'
import type { PaymentGateway } from './gateway.ts'

/** `open` throws the refusals credit-only, credit-spent and credit-suspended; the charge stays open and may be tried again. */
export function channelCredit(sql: Queryable): PaymentGateway {
  const inquire: PaymentGateway['inquire'] = async (key, now) => {
    const { paid, payUntil } = await findCreditSale(sql, key)
    if (paid) return 'succeeded'
    return now > payUntil ? 'failed' : 'pending'
  }
  return {
    inquire,
    // An account pays in the moment it is asked: what is still open may yet be asked again, and waits for its hour.
    close: inquire,
    async open({ key }) {
      const answer = await payFromCredit(sql, key)
      switch (answer) {
        case 'paid':
          return { outcome: 'succeeded', payAt: null }
        case 'suspended':
          throw refuse('credit-suspended')
        case 'credit-spent':
          throw refuse('credit-spent')
        case 'not-a-channel':
          throw refuse('credit-only')
      }
    },
    async refund({ key, chargeKey, amount }, now) {
      await creditRefund(sql, { key, chargeKey, amount }, now)
      return 'paid'
    }
  }
}
