// From money to tickets: open a charge, learn its outcome however long that takes, and end every payment in tickets or in a refund.
import type { Database } from '../../clearing/database.ts'
import { holdsPermit } from '../access/permit-rules.ts'
import type { Session } from '../access/sign-in.ts'
import {
  claimDueCharges,
  claimDueRefunds,
  concludeRefund,
  findCharge,
  findLatestCharge,
  markCharge,
  noteMeans,
  openCharge,
  settleCharge,
  type Charge,
  type SettledCharge
} from '../payments/charge-queries.ts'
import type { ChargeOutcome, GatewayName, Gateways } from '../payments/gateway.ts'
import { refuse } from '../refusals.ts'
import { drivePartnerLegs } from './partner-legs/drive-partner-legs.ts'
import type { Partners } from './partner-legs/partner-port.ts'

export interface Paying {
  sql: Database
  gateways: Gateways
  /** Without them the worker tells the partners of a paid journey. */
  partners?: Partners | undefined
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

/** Cash is taken by clerks; a channel pays from its account, and nobody else does. Throws not-permitted and credit-only. */
export function assertMayPayBy({ role }: Pick<Session, 'role'>, gateway: GatewayName): void {
  if (gateway === 'cash' && !holdsPermit(role, 'sell-at-counter'))
    throw refuse('not-permitted', { permit: 'sell-at-counter' })
  if (holdsPermit(role, 'sell-on-credit') !== (gateway === 'credit')) throw refuse('credit-only')
}

interface Payer {
  orderId: string
  gateway: GatewayName
  actor: string
  /** Scanned from the payer's phone. */
  payCode?: string | undefined
  /** For the books of a window: whose code it is. */
  means?: string | undefined
}

/** Paying twice returns the open attempt. Throws the refusal order-not-payable. */
export async function payOrder(
  { sql, gateways, partners }: Paying,
  { orderId, gateway, actor, payCode, means }: Payer,
  now: Date
): Promise<PaymentAnswer> {
  const firstInquiryAt = new Date(now.getTime() + firstInquiryMs)
  const charge = await openCharge(sql, { orderId, gateway, now, firstInquiryAt })
  if (charge === null) throw refuse('order-not-payable')
  if (charge === 'free') return { key: '', state: 'SUCCEEDED', payAt: null }
  if (means !== undefined) await noteMeans(sql, charge.key, means)
  const { outcome, payAt } = await gateways[charge.gateway].open({ ...charge, payCode, now })
  await concludeCharge({ sql, gateways, partners }, { key: charge.key, outcome, actor }, now)
  return { key: charge.key, state: stateOf[outcome], payAt }
}

/** Gives the open attempt up, so that the order can be paid in another way; one that was paid meanwhile is settled. */
export async function closePayment(
  { sql, gateways, partners }: Paying,
  { orderId, actor }: { orderId: string; actor: string },
  now: Date
): Promise<void> {
  const charge = await findLatestCharge(sql, orderId)
  if (charge?.state !== 'PENDING' && charge?.state !== 'UNKNOWN') return
  const outcome = await gateways[charge.gateway].close(charge.key, now)
  await concludeCharge({ sql, gateways, partners }, { key: charge.key, outcome, actor }, now)
}

/** Asks the gateway about one charge and acts on the answer; the gateway's own message is only a reason to ask. */
export async function inquireCharge({ sql, gateways, partners }: Paying, key: string, now: Date): Promise<Charge> {
  const charge = await findCharge(sql, key)
  if (!charge) throw refuse('charge-not-found')
  const outcome = await gateways[charge.gateway].inquire(key, now)
  await concludeCharge({ sql, gateways, partners }, { key, outcome, actor: worker }, now)
  return (await findCharge(sql, key))!
}

/** Returns how many charges were asked about. */
export async function resolveUnknownPayments(paying: Paying, now: Date): Promise<number> {
  const due = await claimDueCharges(paying.sql, now, 100)
  for (const { key } of due) await inquireCharge(paying, key, now)
  return due.length
}

/** Refunds asked of the gateways side by side. */
const refundsAtOnce = 8
export const refundBatch = 200

/** Pays what is due back, one refund or all; the gateway pays a refund's id once. Returns how many were tried. */
export async function payRefunds({ sql, gateways }: Paying, now: Date, only: string | null = null): Promise<number> {
  const due = await claimDueRefunds(sql, { only, batch: refundBatch }, now)
  const left = due.values()
  const payOneByOne = async (): Promise<void> => {
    for (const { id, payments } of left) {
      // A gateway that fails, or does not answer, is asked again later under the same key.
      const answers = payments.map(
        async ({ gateway, ...payment }) => await gateways[gateway].refund(payment, now).catch(() => 'unknown' as const)
      )
      const allPaid = (await Promise.all(answers)).every((answer) => answer === 'paid')
      if (allPaid) await concludeRefund(sql, id, worker, now)
    }
  }
  await Promise.all(Array.from({ length: refundsAtOnce }, payOneByOne))
  return due.length
}

async function concludeCharge(
  { sql, partners }: Paying,
  { key, outcome, actor }: { key: string; outcome: ChargeOutcome; actor: string },
  now: Date
): Promise<SettledCharge | null> {
  switch (outcome) {
    case 'succeeded':
      return await settle({ sql, partners }, { key, actor }, now)
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

async function settle(
  { sql, partners }: Pick<Paying, 'sql' | 'partners'>,
  { key, actor }: { key: string; actor: string },
  now: Date
): Promise<SettledCharge> {
  const settled = await settleCharge(sql, key, actor, now)
  if (settled === 'confirming' && partners)
    await drivePartnerLegs({ sql, partners }, (await findCharge(sql, key))!.orderId, now)
  return settled
}
