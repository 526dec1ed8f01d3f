// The money behind the night: payments of a settled day are prepared, approved ones sent when they are due, the bank's lines taken in, and
// members whose reserve is short are told once a day.
import { calendarDay, type BusinessDay } from '../../../clearing/business-day.ts'
import { preparePayments, sendPayments } from '../../../clearing/reconciliation/pay-members.ts'
import { findLastReference, listToSend, listUnpreparedDays } from '../../../clearing/reconciliation/payment-queries.ts'
import { takeBankLines } from '../../../clearing/reconciliation/take-bank-lines.ts'
import { listShortReserves, noticeTopUp } from '../../../clearing/reconciliation/watch-reserves.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { openBank } from './open-bank.ts'

export const paymentJobs: readonly Job[] = [
  {
    name: 'prepare-payments',
    due: async ({ sql }) => await listUnpreparedDays(sql),
    perform: async ({ sql }, day, now) => await preparePayments({ sql }, day as BusinessDay, now)
  },
  {
    name: 'send-payments',
    due: async ({ sql }, now) => ((await listToSend(sql, calendarDay(now))).length > 0 ? ['due'] : []),
    perform: async ({ sql, config }, _id, now) => await sendPayments({ sql }, openBank({ sql, config }), now)
  },
  {
    name: 'take-bank-lines',
    due: async ({ sql, config }) => {
      const lines = await openBank({ sql, config }).listLines(await findLastReference(sql))
      return lines.length > 0 ? ['new'] : []
    },
    perform: async ({ sql, config }, _id, now) => void (await takeBankLines({ sql }, openBank({ sql, config }), now))
  },
  {
    name: 'notice-top-up',
    due: async ({ sql }, now) => await listShortReserves(sql, now),
    perform: async ({ sql }, participant, now) => await noticeTopUp({ sql }, participant, now)
  }
]
