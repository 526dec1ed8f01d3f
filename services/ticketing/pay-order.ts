// From money to tickets: open a charge, learn its outcome however long that takes, and end every payment in tickets or in a refund.
import type { Database } from '../../clearing/database.ts'
import {
  claimDueCharges,
  claimDueRefunds,
  concludeRefund,
  findCharge,
  markCharge,
  openCharge,
  settleCharge,
  type Charge,
  type SettledCharge
} from '../payments/charge-queries.ts'
import type { ChargeOutcome, GatewayName, Gateways } from '../payments/gateway.ts'
import { refuse } from '../refusals.ts'

export interface Paying {
  sql: Database
  gateways: Gateways
}

export interface PaymentAnswer {
  key: string
  state: Charge['state']
  payAt: string | null
}

const stateOf = { succeeded: 'SUCCEEDED', failed: 'FAILED', pending: 'PENDING', unknown: 'UNKNOWN' } as const

/** After this the worker asks for an outcome the gateway did not send by itself. */
const firstInquiryMs = 10_000
const worker = 'worker:payments'

/** Paying twice returns the open attempt. Throws the refusal order-not-payable. */
export async function payOrder(
  { sql, gateways }: Paying,
  { orderId, gateway, actor }: { orderId: string; gateway: GatewayName; actor: string },
  now: Date
): Promise<PaymentAnswer> {
  const firstInquiryAt = new Date(now.getTime() + firstInquiryMs)
  const key = await openCharge(sql, { orderId, gateway, firstInquiryAt }, now)
  if (key === null) throw refuse('order-not-payable')
  if (key === '') return { key, state: 'SUCCEEDED', payAt: null }
  const charge = (await findCharge(sql, key))!
  const { outcome, payAt } = await gateways[charge.gateway].open(charge)
  await concludeCharge({ sql, gateways }, { key, outcome, actor }, now)
  return { key, state: stateOf[outcome], payAt }
}

/** Asks the gateway about one charge and acts on the answer; the gateway's own message is only a reason to ask. */
export async function inquireCharge({ sql, gateways }: Paying, key: string, now: Date): Promise<Charge> {
  const charge = await findCharge(sql, key)
  if (!charge) throw refuse('charge-not-found')
  const outcome = await gateways[charge.gateway].inquire(key, now)
  await concludeCharge({ sql, gateways }, { key, outcome, actor: worker }, now)
  return (await findCharge(sql, key))!
}

/** Returns how many charges were asked about. */
export async function resolveUnknownPayments(paying: Paying, now: Date): Promise<number> {
  const due = await claimDueCharges(paying.sql, now, 100)
  for (const { key } of due) await inquireCharge(paying, key, now)
  return due.length
}

/** Pays what is due back, one refund or all; the gateway pays a refund's id once. Returns how many were tried. */
export async function payRefunds({ sql, gateways }: Paying, now: Date, only: string | null = null): Promise<number> {
  const due = await claimDueRefunds(sql, { only, batch: 100 }, now)
  for (const { id, payments } of due) {
    const answers = payments.map(async ({ gateway, ...payment }) => await gateways[gateway].refund(payment, now))
    const allPaid = (await Promise.all(answers)).every((answer) => answer === 'paid')
    if (allPaid) await concludeRefund(sql, id, worker, now)
  }
  return due.length
}

async function concludeCharge(
  { sql }: Paying,
  { key, outcome, actor }: { key: string; outcome: ChargeOutcome; actor: string },
  now: Date
): Promise<SettledCharge | null> {
  switch (outcome) {
    case 'succeeded':
      return await settleCharge(sql, key, actor, now)
    case 'failed':
      await markCharge(sql, key, 'FAILED', now)
      return null
    case 'unknown':
      await markCharge(sql, key, 'UNKNOWN', now)
      return null
    case 'pending':
      return null
  }
}
