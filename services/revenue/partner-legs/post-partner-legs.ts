// The money of partner legs as double entry beside our own coupons': owed by the channel when sold, the partner's when ridden, back to the
// channel when refunded, less what the partner's own table keeps. The same lines, batches and statements.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { zeroFen } from '../../../clearing/money.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { openParties, partyCode } from '../party-queries.ts'
import { postLines } from '../post-revenue.ts'
import { earnLegs, endLegs, issueLegs } from '../revenue-rules.ts'
import { hasPartnerMoney, lockPartnerMoney, markPosted, type PartnerMoney } from './partner-money-queries.ts'

const atOnce = 500

export const postPartnerLegsJob: Job = {
  name: 'post-partner-legs',
  due: async ({ sql }, now) => ((await hasPartnerMoney(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => await postPartnerLegs(sql, now)
}

export async function postPartnerLegs(sql: Database, now: Date): Promise<void> {
  while ((await transaction(sql, async (tx) => await postSome(tx, now))) > 0);
}

/** Returns how many were posted. */
async function postSome(tx: Transaction, now: Date): Promise<number> {
  const due = await lockPartnerMoney(tx, now, atOnce)
  const codes = due.flatMap(({ channelCode, carrierCode }) => [
    partyCode('channel', channelCode),
    partyCode('carrier', carrierCode)
  ])
  const parties = await openParties(tx, new Set(codes))
  const lines = due.map((money) => {
    const carrier = parties.get(partyCode('carrier', money.carrierCode))!
    const channel = parties.get(partyCode('channel', money.channelCode))!
    // No station of ours has a share in it.
    return { ticketNo: money.key, kind: money.kind, at: money.at, channel, carrier, station: carrier, ...legsOf(money) }
  })
  await postLines(tx, lines, now)
  const keysOf = (kind: PartnerMoney['kind']) => due.filter((money) => money.kind === kind).map(({ key }) => key)
  await markPosted(tx, keysOf('issue'), 'issue')
  await markPosted(tx, keysOf('use'), 'use')
  await markPosted(tx, keysOf('refund'), 'end')
  return due.length
}

function legsOf({ kind, price, back, fee, earned }: PartnerMoney) {
  const none = { serviceFee: zeroFen, agentFee: zeroFen, commission: zeroFen, ticketCharge: zeroFen }
  const split = { fare: price, ...none }
  switch (kind) {
    case 'issue':
      return issueLegs(split)
    case 'use':
      return earnLegs(split)
    case 'refund':
      return endLegs(split, { back, fee, earned })
  }
}
