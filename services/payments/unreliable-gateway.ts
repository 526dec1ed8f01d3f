// A gateway as it is on a bad day: some calls to pay back are turned away (429), some are done and never answered.
import type { PaymentGateway } from './gateway.ts'

export function unreliable(gateway: PaymentGateway, faultsPercent: number): PaymentGateway {
  return {
    ...gateway,
    async refund(refund, now) {
      const lot = Math.random() * 100
      if (lot < faultsPercent / 2) throw new Error('429 too many requests')
      const answer = await gateway.refund(refund, now)
      if (lot < faultsPercent) throw new Error('no answer in time')
      return answer
    }
  }
}
