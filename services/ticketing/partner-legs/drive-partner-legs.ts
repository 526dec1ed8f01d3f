// Takes an order's partner legs one step further, from where SQL says they stand: ask, judge the answer, write it down, conclude. Run by
// the payment, by the worker, and again after anything died; each step moves only from the state it was decided in.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { fen, sumFen } from '../../../clearing/money.ts'
import { derivedId } from '../connections/derived-id.ts'
import { recordRefund } from '../refunds/refund-queries.ts'
import {
  addPartnerRefund,
  claimAgainst,
  claimDueLegs,
  concludePartners,
  dropReturn,
  findChangedFrom,
  findJourneyLegs,
  findOrderState,
  findPartnerLegs,
  findRootOrder,
  findUnusedTickets,
  lockOrderState,
  moveLeg,
  noteLook,
  returnWhole,
  type Conclusion,
  type PartnerLegRow
} from './partner-leg-queries.ts'
import { doubtsMax, judgeConfirmation, patience, type Verdict } from './partner-leg-rules.ts'
import { answerBudgetMs, withinBudget, type PartnerPort, type Partners } from './partner-port.ts'

export interface Driving {
  sql: Database
  partners: Partners
}

const actor = 'worker:partner-legs'
const after = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)

/** All that is due of one order. Returns what its confirmation came to. */
export async function drivePartnerLegs({ sql, partners }: Driving, orderId: string, now: Date): Promise<Conclusion> {
  const due = await transaction(sql, async (tx) => await claimDueLegs(tx, { orderId, now }))
  for (const leg of due) {
    const port = partners[leg.partner]
    if (port) await step({ sql, port }, leg, now)
  }
  const conclusion = await concludePartners(sql, orderId, actor, now)
  // What was undone is given up at the partners at once, not at the worker's next round.
  if (conclusion === 'undone') await drivePartnerLegs({ sql, partners }, orderId, now)
  if (conclusion === 'issued') await giveOldRideUp({ sql, partners }, orderId, now)
  return conclusion
}

/** Of a change that came about. */
async function giveOldRideUp(driving: Driving, orderId: string, now: Date): Promise<void> {
  const old = await findChangedFrom(driving.sql, orderId)
  if (old !== null) await drivePartnerLegs(driving, old, now)
}

interface Step {
  sql: Database
  port: PartnerPort
}

async function step(with_: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  switch (leg.state) {
    case 'LOCKING':
    case 'LOCKED':
      return await abandon(with_, leg, now)
    case 'CONFIRMING':
      return await confirm(with_, leg, now)
    case 'CONFIRMED':
      return await lookAfterConfirmed(with_, leg, now)
    case 'RETURNING':
      return await giveBack(with_, leg, now)
    case 'CANCELLING':
      return await cancel(with_, leg, now)
    case 'CANCELLED':
      return await lookAfterCancelled(with_, leg, now)
  }
}

/** Nobody came back for it. A locked leg whose order still waits for its buyer ends with the order. */
async function abandon({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  if (leg.state === 'LOCKED' && (await findOrderState(sql, leg.orderId)) === 'LOCKED') return
  const given = {
    key: leg.key,
    from: [leg.state],
    to: 'CANCELLING',
    said: 'nobody came back',
    cause: 'abandoned'
  } as const
  if (await transaction(sql, async (tx) => await moveLeg(tx, { ...given, dueAt: now }, now)))
    await cancel({ sql, port }, { ...leg, state: 'CANCELLING', cause: 'abandoned' }, now)
}

async function confirm({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  const verdict = await askConfirmation(port, leg, now)
  const { key } = leg
  const from = ['CONFIRMING'] as const
  await transaction(sql, async (tx) => {
    const giveUp = async (said: string) =>
      await moveLeg(tx, { key, from, to: 'CANCELLING', said, cause: 'partner', dueAt: now }, now)
    switch (verdict.is) {
      case 'confirmed': {
        const { seats, tickets, otherSeat } = verdict
        const dueAt = after(now, leg.watchSeconds[0] ?? 0)
        const moved = await moveLeg(tx, { key, from, to: 'CONFIRMED', said: 'confirmed', seats, tickets, dueAt }, now)
        if (moved && otherSeat)
          await claimAgainst(tx, { key, kind: 'seat', amount: 0, said: `${leg.seats.join()} → ${seats.join()}` }, now)
        return
      }
      case 'other-price':
        await giveUp(`confirmed at ${verdict.price} instead of ${leg.price}`)
        await claimAgainst(tx, { key, kind: 'price', amount: 0, said: `${leg.price} → ${verdict.price}` }, now)
        return
      case 'none':
        await giveUp(verdict.said)
        return
      case 'waiting':
        if (leg.giveUpAt && now >= leg.giveUpAt) {
          await giveUp('no answer in time')
          await claimAgainst(tx, { key, kind: 'silent', amount: 0, said: 'no answer in time' }, now)
        }
    }
  })
}

/** A "no" is checked by asking once more: it may be about a message that came twice. */
async function askConfirmation(port: PartnerPort, leg: PartnerLegRow, now: Date): Promise<Verdict> {
  const agreed = { price: leg.price, passengers: leg.fares.length, seats: leg.seats }
  const said = judgeConfirmation(await withinBudget(port.confirm(leg.key, now), answerBudgetMs), agreed)
  if (said.is === 'confirmed' || said.is === 'other-price') return said
  const found = judgeConfirmation(await withinBudget(port.query(leg.key, now), answerBudgetMs), agreed)
  return found.is === 'waiting' ? said : found
}

/** Until the partner says it is gone. What it keeps though nothing was agreed is claimed from it. */
async function cancel({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  const { key, asked } = leg
  const answer = await withinBudget(port.cancel(key, now), answerBudgetMs)
  await transaction(sql, async (tx) => {
    if (answer.outcome === 'refused' && asked >= doubtsMax)
      await claimAgainst(tx, { key, kind: 'not-cancelled', amount: leg.price, said: answer.reason }, now)
    if (answer.outcome !== 'cancelled' && answer.outcome !== 'absent') return
    const said = answer.outcome === 'absent' ? 'knows no such booking' : `cancelled, fee ${answer.fee}`
    const dueAt = after(now, leg.watchSeconds[0] ?? 0)
    const moved = await moveLeg(tx, { key, from: ['CANCELLING'], to: 'CANCELLED', said, dueAt }, now)
    if (!moved || answer.outcome !== 'cancelled' || leg.cause === 'local') return
    // Of a ride that was changed its carrier keeps what its table says.
    const beyond = answer.fee - (leg.refundFee ?? 0)
    if (beyond > 0) await claimAgainst(tx, { key, kind: 'fee', amount: beyond, said }, now)
  })
}

/** The passenger gets what he was told; a fee beyond that is between the partner and us. */
async function giveBack({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  const { key, orderId, refund, refundFee, price } = leg
  const answer = await withinBudget(port.cancel(key, now), answerBudgetMs)
  if (answer.outcome === 'unknown') return
  await transaction(sql, async (tx) => {
    await lockOrderState(tx, orderId)
    if (answer.outcome === 'refused') return await dropReturn(tx, key, answer.reason, now)
    const kept = answer.outcome === 'cancelled' ? answer.fee : 0
    const dueAt = after(now, leg.watchSeconds[0] ?? 0)
    const move = {
      key,
      from: ['RETURNING'],
      to: 'CANCELLED',
      said: `given back, fee ${kept}`,
      cause: 'passenger'
    } as const
    if (!(await moveLeg(tx, { ...move, dueAt }, now))) return
    await addPartnerRefund(tx, { id: refund!, orderId, reason: 'passenger', amount: fen(price - refundFee!) }, now)
    if (kept > refundFee!)
      await claimAgainst(tx, { key, kind: 'fee', amount: kept - refundFee!, said: `${refundFee} → ${kept}` }, now)
  })
}

/** Confirmed is what was agreed; contradicted often enough it is lost, and the journey is undone as if it had never been confirmed. */
async function lookAfterConfirmed({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  const answer = await withinBudget(port.query(leg.key, now), answerBudgetMs)
  if (answer.outcome === 'unknown') return
  await transaction(sql, async (tx) => {
    if (answer.outcome === 'confirmed') return await lookLater(tx, leg, now)
    const doubts = leg.doubts + 1
    if (doubts < doubtsMax) {
      const dueAt = after(now, patience(doubts + 2))
      return await noteLook(tx, { key: leg.key, watched: leg.watched, doubts, dueAt })
    }
    await loseLeg(tx, leg, answer.outcome, now)
  })
}

async function lookAfterCancelled({ sql, port }: Step, leg: PartnerLegRow, now: Date): Promise<void> {
  const { key } = leg
  const answer = await withinBudget(port.query(key, now), answerBudgetMs)
  if (answer.outcome === 'unknown') return
  const back = answer.outcome === 'confirmed' || answer.outcome === 'locked'
  const again = await transaction(sql, async (tx) => {
    if (!back) {
      await lookLater(tx, leg, now)
      return false
    }
    await claimAgainst(tx, { key, kind: 'came-back', amount: 0, said: answer.outcome }, now)
    return await moveLeg(tx, { key, from: ['CANCELLED'], to: 'CANCELLING', said: 'came back', dueAt: now }, now)
  })
  if (again) await cancel({ sql, port }, { ...leg, state: 'CANCELLING', asked: 1 }, now)
}

async function lookLater(tx: Transaction, { key, watched, watchSeconds }: PartnerLegRow, now: Date): Promise<void> {
  const next = watchSeconds[watched + 1]
  await noteLook(tx, { key, watched: watched + 1, doubts: 0, dueAt: next === undefined ? null : after(now, next) })
}

/** All tickets of the journey that were not used and all its partner legs are paid back whole, once. */
async function loseLeg(tx: Transaction, lost: PartnerLegRow, said: string, now: Date): Promise<void> {
  const { key, orderId } = lost
  const root = await findRootOrder(tx, orderId)
  await lockOrderState(tx, root)
  const state = root === orderId ? await findOrderState(tx, orderId) : await lockOrderState(tx, orderId)
  if (!(await moveLeg(tx, { key, from: ['CONFIRMED'], to: 'CANCELLING', said, cause: 'lost', dueAt: now }, now))) return
  await claimAgainst(tx, { key, kind: 'lost', amount: lost.price, said }, now)
  // Its other legs are still being confirmed: the conclusion gives all money back.
  if (state === null || state === 'CONFIRMING') return
  if (root !== orderId) {
    await addPartnerRefund(tx, { id: key, orderId, reason: 'carrier', amount: lost.price }, now)
    return await loseJourney(tx, { root, lost: key }, now)
  }
  let partnerMoney = lost.price
  for (const other of await findPartnerLegs(tx, [orderId])) {
    const given = {
      key: other.key,
      from: ['CONFIRMED'],
      to: 'CANCELLING',
      said: 'another leg was lost',
      cause: 'local'
    } as const
    if (other.key !== key && (await moveLeg(tx, { ...given, dueAt: now }, now)))
      partnerMoney = fen(partnerMoney + other.price)
  }
  const items = (await findUnusedTickets(tx, orderId)).map((ticket) => ({ ...ticket, fee: fen(0) }))
  const amount = fen(sumFen(items.map((item) => item.amount)) + partnerMoney)
  if (items.length === 0) return await addPartnerRefund(tx, { id: key, orderId, reason: 'carrier', amount }, now)
  // The leg's own key names its refund: it is lost once.
  const digest = new Uint8Array(32)
  await recordRefund(tx, {
    id: key,
    orderId,
    digest,
    reason: 'carrier',
    overrule: null,
    amount,
    items,
    actor,
    askedAt: now
  })
}

/** A ride that was changed to is lost: everything else of the journey comes back too, each under an id of its own. */
async function loseJourney(tx: Transaction, { root, lost }: { root: string; lost: string }, now: Date): Promise<void> {
  for (const other of await findJourneyLegs(tx, root)) {
    const said = 'another leg was lost'
    const given = { key: other.key, from: ['CONFIRMED'], to: 'CANCELLING', said, cause: 'local', dueAt: now } as const
    if (other.key === lost || !(await moveLeg(tx, given, now))) continue
    await returnWhole(tx, other.key)
    const back = { id: other.key, orderId: other.orderId, reason: 'carrier', amount: other.price } as const
    await addPartnerRefund(tx, back, now)
  }
  const items = (await findUnusedTickets(tx, root)).map((ticket) => ({ ...ticket, fee: fen(0) }))
  if (items.length === 0) return
  await recordRefund(tx, {
    id: derivedId(lost, 'tickets'),
    orderId: root,
    digest: new Uint8Array(32),
    reason: 'carrier',
    overrule: null,
    amount: sumFen(items.map(({ amount }) => amount)),
    items,
    actor,
    askedAt: now
  })
}
