// Posts what ticket events did with money: read in order, split by the rules, written as one batch of lines and one journal of the
// ledger. The cursor moves in the same transaction, so a batch is posted once whatever dies; the sale itself posts nothing.
import { transaction, type Database, type Transaction } from '../../clearing/database.ts'
import { holdOpenDay } from '../../clearing/ingestion/file-queries.ts'
import { postJournal } from '../../clearing/ledger/post-journal.ts'
import { fen, type Fen } from '../../clearing/money.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { listUnpostedTopUps, openParties, partyCode, platformCode } from './party-queries.ts'
import { batchReference, digestLines, sumLegs, type RevenueKind, type RevenueLine } from './revenue-lines.ts'
import {
  findChangedCoupons,
  findClaimedAmounts,
  findRefundedCoupons,
  findSoldCoupons,
  hasDueRevenues,
  hasUnreadEvents,
  insertBatch,
  lockCouponRevenues,
  lockDueRevenues,
  moveCursor,
  postponeRevenues,
  readMoneyEvents,
  saveCouponRevenues,
  type CouponRevenue,
  type EndedCoupon,
  type TicketMoneyEvent
} from './revenue-queries.ts'
import {
  claimLegs,
  earnLegs,
  endLegs,
  issueLegs,
  rideOutcome,
  splitSale,
  unusedAfterMs,
  type Legs
} from './revenue-rules.ts'

export const revenueJournal = 'ticket-revenue'
const atOnce = 2_000

export const postRevenueJob: Job = {
  name: 'post-revenue',
  async due({ sql }, now) {
    const due =
      (await hasUnreadEvents(sql)) || (await hasDueRevenues(sql, now)) || (await listUnpostedTopUps(sql)).length > 0
    return due ? ['all'] : []
  },
  perform: async ({ sql }, _id, now) => await postRevenue(sql, now)
}

export async function postRevenue(sql: Database, now: Date): Promise<void> {
  while ((await transaction(sql, async (tx) => await postEvents(tx, now))) === atOnce);
  while ((await transaction(sql, async (tx) => await postRides(tx, now))) === atOnce);
  await transaction(sql, async (tx) => await postTopUps(tx, now))
}

/** Returns how many events were read. */
async function postEvents(tx: Transaction, now: Date): Promise<number> {
  const { events, read, last } = await readMoneyEvents(tx, atOnce)
  if (!last) return 0
  const coupons = await openCoupons(tx, events)
  const ends = await findEnds(tx, events)
  const claims = await findClaims(tx, events)
  const lines: RevenueLine[] = []
  for (const event of events) {
    const coupon = coupons.get(event.ticketNo)
    if (!coupon) throw new Error(`ticket ${event.ticketNo} has a ${event.event} and no sale`)
    const kind = kindOf(event)
    const claimed = claims.get(event.id)
    const legs = claimed ? claimLegs(claimed) : legsFor(kind, coupon, ends.get(event.id))
    if (legs) lines.push(lineOf(coupon, { kind, at: event.at, legs }))
    if (!claimed) coupon.state = kind === 'issue' ? 'UNEARNED' : kind === 'use' ? 'EARNED' : 'ENDED'
  }
  await saveCouponRevenues(tx, [...coupons.values()])
  await postLines(tx, lines, now)
  await moveCursor(tx, last)
  return read
}

/** The coupons of these events: those sold by one of them are split now, the others were before. */
async function openCoupons(tx: Transaction, events: readonly TicketMoneyEvent[]): Promise<Map<string, CouponRevenue>> {
  const issued = events.filter(({ event }) => event === 'issue').map(({ ticketNo }) => ticketNo)
  const sold = await findSoldCoupons(tx, issued)
  const codesOf = (each: (typeof sold)[number]) => ({
    channel: partyCode('channel', each.channelCode),
    carrier: partyCode('carrier', each.carrierCode),
    station: partyCode('station', each.stationCode)
  })
  const parties = await openParties(tx, new Set(sold.flatMap((each) => Object.values(codesOf(each)))))
  const coupons = new Map<string, CouponRevenue>()
  for (const each of sold) {
    const { channel, carrier, station } = codesOf(each)
    const { ticketNo, rideEndsAt } = each
    coupons.set(ticketNo, {
      ticketNo,
      channel: parties.get(channel)!,
      carrier: parties.get(carrier)!,
      station: parties.get(station)!,
      ...splitSale(each),
      state: 'UNEARNED',
      rideEndsAt
    })
  }
  const others = new Set(events.map(({ ticketNo }) => ticketNo).filter((ticketNo) => !coupons.has(ticketNo)))
  for (const coupon of await lockCouponRevenues(tx, [...others])) coupons.set(coupon.ticketNo, coupon)
  return coupons
}

/** What each refund or change gave back, by the event's id. */
async function findEnds(tx: Transaction, events: readonly TicketMoneyEvent[]): Promise<Map<number, EndedCoupon>> {
  const changed = events.filter(({ event }) => event === 'change')
  const refunded = events.filter(({ event }) => event === 'refund' || event === 'void')
  const ticketNos = (some: readonly TicketMoneyEvent[]) => some.map(({ ticketNo }) => ticketNo)
  const facts = [
    [refunded, refunded.length > 0 ? await findRefundedCoupons(tx, ticketNos(refunded)) : []],
    [changed, changed.length > 0 ? await findChangedCoupons(tx, ticketNos(changed)) : []]
  ] as const
  const ends = new Map<number, EndedCoupon>()
  for (const [some, rows] of facts) {
    const byTicket = new Map(rows.map((row) => [row.ticketNo, row]))
    for (const { id, ticketNo } of some) ends.set(id, byTicket.get(ticketNo)!)
  }
  return ends
}

/** What each claim gave back, by the event's id. */
async function findClaims(tx: Transaction, events: readonly TicketMoneyEvent[]): Promise<Map<number, Fen>> {
  const ids = events.filter(({ event }) => event === 'claim').map(({ id }) => id)
  const rows = ids.length > 0 ? await findClaimedAmounts(tx, ids) : []
  return new Map(rows.map(({ event, amount }) => [event, amount]))
}

function kindOf({ event, state }: TicketMoneyEvent): RevenueKind {
  return state === 'USED' && event !== 'claim' ? 'use' : (event as RevenueKind)
}

/** Null when the event moves nothing: a ride that had been earned before, a ticket that had ended. */
function legsFor(kind: RevenueKind, coupon: CouponRevenue, end: EndedCoupon | undefined): Legs | null {
  if (kind === 'issue') return issueLegs(coupon)
  if (kind === 'use' || kind === 'unused') return coupon.state === 'UNEARNED' ? earnLegs(coupon) : null
  if (!end) throw new Error(`the ${kind} of ticket ${coupon.ticketNo} has no amount`)
  return coupon.state === 'ENDED' ? null : endLegs(coupon, { ...end, earned: coupon.state === 'EARNED' })
}

function lineOf(
  { ticketNo, channel, carrier, station }: CouponRevenue,
  { kind, at, legs }: { kind: RevenueKind; at: Date; legs: Legs }
): RevenueLine {
  return { ticketNo, kind, at, channel, carrier, station, ...legs }
}

/** Rides that are over. Returns how many were looked at. */
async function postRides(tx: Transaction, now: Date): Promise<number> {
  const due = await lockDueRevenues(tx, now, atOnce)
  const lines: RevenueLine[] = []
  const earned: CouponRevenue[] = []
  const waiting: { ticketNo: string; until: Date }[] = []
  for (const { couponState, ...coupon } of due) {
    const kind = rideOutcome({ state: couponState, rideEndsAt: coupon.rideEndsAt }, now)
    if (kind) {
      lines.push(lineOf(coupon, { kind, at: coupon.rideEndsAt, legs: earnLegs(coupon) }))
      earned.push({ ...coupon, state: 'EARNED' })
    } else waiting.push({ ticketNo: coupon.ticketNo, until: nextLook(coupon, now) })
  }
  await saveCouponRevenues(tx, earned)
  for (const [until, some] of Map.groupBy(waiting, ({ until }) => until.getTime()))
    await postponeRevenues(
      tx,
      some.map(({ ticketNo }) => ticketNo),
      new Date(until)
    )
  await postLines(tx, lines, now)
  return due.length
}

/** A passenger who did not come has two days; a ticket that is suspended or being refunded is looked at every hour. */
function nextLook({ rideEndsAt }: CouponRevenue, now: Date): Date {
  const over = rideEndsAt.getTime() + unusedAfterMs
  return new Date(over > now.getTime() ? over : now.getTime() + 3_600_000)
}

/** One batch and its journal, in the clearing day that is open. */
export async function postLines(tx: Transaction, lines: readonly RevenueLine[], now: Date): Promise<void> {
  if (lines.length === 0) return
  const platform = (await openParties(tx, new Set([platformCode]))).get(platformCode)!
  const day = await holdOpenDay(tx, now)
  const digest = digestLines(lines)
  const id = await insertBatch(tx, { day, lines, digest, postedAt: now })
  const reference = batchReference(id, digest)
  await postJournal(tx, { day, kind: revenueJournal, reference, postedAt: now, legs: sumLegs(lines, platform) })
}

/** What channels paid in: the bank has it, and we owe it to them. */
async function postTopUps(tx: Transaction, now: Date): Promise<void> {
  for (const { key, channelCode, amount } of await listUnpostedTopUps(tx)) {
    const codes = [partyCode('channel', channelCode), platformCode] as const
    const parties = await openParties(tx, new Set(codes))
    const [channel, platform] = codes.map((code) => parties.get(code)!)
    await postJournal(tx, {
      day: await holdOpenDay(tx, now),
      kind: 'channel-top-up',
      reference: key,
      postedAt: now,
      legs: [
        { participant: channel!, account: 'receivable', amount: fen(amount) },
        { participant: platform!, account: 'bank', amount: fen(0 - amount) }
      ]
    })
  }
}
