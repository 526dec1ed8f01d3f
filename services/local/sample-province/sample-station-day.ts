// The station's day as a newcomer finds it, made by the very flows a dispatcher uses: at two places vehicles are inspected and reported,
// bays assigned, check-in open; the last departures have left with signed manifests; one sailing is late because of fog and its passengers
// are being told. What there is depends on the hour; the strait sails round the clock.
import { randomInt, randomUUID } from 'node:crypto'
import { addDays, calendarDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { findSampleAccount } from '../../access/access-queries.ts'
import { mod11CheckCharacter } from '../../identity/check-digits.ts'
import { findPlaceId } from '../../network/network-queries.ts'
import type { Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import { admitPassenger } from '../../station/dispatch/admit-passenger.ts'
import { assignGateAndBay, dispatchDeparture, openCheckIn } from '../../station/dispatch/dispatch-departure.ts'
import { orderDisruption } from '../../station/disruption/order-disruption.ts'
import { findConveyances, recordInspection } from '../../station/register/register-queries.ts'
import { hasReports } from '../../station/report/report-queries.ts'
import { reportDeparture } from '../../station/report/report-departure.ts'
import { holdOrder } from '../../ticketing/hold-order.ts'
import { inquireCharge, payOrder } from '../../ticketing/pay-order.ts'
import { showOrder } from '../../ticketing/show-order.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'

type Our = Pick<Parts, 'sql' | 'keys'>

const actor = 'dispatcher:sample'
const minute = 60_000
export const sampleWays = [
  { from: '440100003', to: '441300001', fleet: '粤A示', crew: 'C01-', bays: '' },
  { from: '440800P01', to: '460100P01', fleet: '示例海峡', crew: 'F01-', bays: '泊位' }
]

/** Once: a start that was killed in the middle of it leaves the day as it is. */
export async function layStationDay({ sql, keys }: Our, now: Date): Promise<void> {
  if (await hasReports(sql)) return
  for (const way of sampleWays) {
    await inspectFleet({ sql, keys }, way, now)
    const all = await upcoming({ sql, keys }, way, new Date(now.getTime() - 25 * minute))
    for (const [index, departure] of all.slice(0, 6).entries())
      await runDeparture({ sql, keys }, { departure, way, index }, now)
  }
  await delaySailing({ sql, keys }, now)
}

/** From a moment on, over midnight. */
async function upcoming({ sql }: Our, { from, to }: { from: string; to: string }, since: Date): Promise<Departure[]> {
  const day = calendarDay(since)
  // Asked as of long before, so that what no longer sells is found as well.
  const asOf = new Date(since.getTime() - 4 * 3_600_000)
  const found = [
    ...(await searchDepartures(sql, { from, to, day }, asOf)),
    ...(await searchDepartures(sql, { from, to, day: addDays(day, 1) }, asOf))
  ]
  return found.filter(({ departsAt }) => departsAt >= since)
}

/** The last vehicle of a fleet is left out: its papers ran out, and it shows. */
async function inspectFleet({ sql }: Our, { from, fleet }: (typeof sampleWays)[number], now: Date): Promise<void> {
  const place = await findPlaceId(sql, from)
  const found = (await findConveyances(sql, {})).filter(({ code }) => code.startsWith(fleet))
  await transaction(sql, async (tx) => {
    for (const { id: conveyance, code } of found.slice(0, 12)) {
      const entry = { conveyance: code, place: from, failedItems: [], inspector: '示例安检员' }
      await recordInspection(tx, { id: randomUUID(), conveyance, place, entry }, new Date(now.getTime() - 3_600_000))
    }
  })
}

/** As far as it would be by now: what has left is dispatched, what leaves soon is boarding, what comes later has its bay. */
async function runDeparture(
  our: Our,
  { departure, way, index }: { departure: Departure; way: (typeof sampleWays)[number]; index: number },
  now: Date
): Promise<void> {
  const { sql } = our
  const place = departure.from.place
  const act = { departure: departure.id, place, actor }
  const minutesLeft = (departure.departsAt.getTime() - now.getTime()) / minute
  const tickets = minutesLeft < 60 ? await sellSome(our, departure, [2, 1, 1], await samplePassenger(our.sql)) : []
  await assignGateAndBay(sql, act, { gate: (index % 4) + 1, bay: `${way.bays}${index + 1}` })
  if (minutesLeft > 120) return
  const serial = String(index + 1).padStart(3, '0')
  const request = { departure: departure.id, place, conveyance: way.fleet + serial, crew: [way.crew + serial] }
  await reportDeparture(sql, { id: randomUUID(), request, actor }, now)
  if (minutesLeft > 60) return
  await openCheckIn(sql, act, now)
  if (minutesLeft > 15 || minutesLeft < -10) return
  for (const ticketNo of tickets.slice(0, -1)) {
    const admission = { ticketNo, departure: departure.id, place }
    await admitPassenger(sql, { id: randomUUID(), request: admission, actor }, now)
  }
  if (minutesLeft < 0) await dispatchDeparture(our, act, now)
}

/** The first sailing that still sells: an hour late, in fog. */
async function delaySailing(our: Our, now: Date): Promise<void> {
  const [sailing] = await upcoming(our, sampleWays[1]!, new Date(now.getTime() + 70 * minute))
  if (!sailing) return
  await sellSome(our, sailing, [2, 1, 3, 1], await samplePassenger(our.sql))
  const note = '海面大雾，能见度不足五百米'
  const request = { kind: 'DELAY', departures: [sailing.id], minutes: 60, cause: 'WEATHER', note } as const
  const placement = {
    id: randomUUID(),
    request: { ...request, departures: [sailing.id] },
    actor,
    mayDisruptMany: false
  }
  await orderDisruption(our.sql, placement, now)
}

/** Those that leave within the hour get passengers of an owner, who come to the gates (simulated-station). */
export async function sellSoonDepartures(our: Our, owner: string, now: Date): Promise<void> {
  for (const way of sampleWays)
    for (const departure of await upcoming(our, way, new Date(now.getTime() + 6 * minute)))
      if (departure.departsAt.getTime() - now.getTime() < 60 * minute && departure.notOnSale !== 'departure-cancelled')
        await sellSome(our, departure, [2, 1, 1, 2], owner)
}

async function samplePassenger(sql: Our['sql']): Promise<string> {
  const account = await findSampleAccount(sql, 'passenger')
  return `passenger:${account?.id ?? 'sample'}`
}

/** Parties of so many, bought two hours before by the owner at the cashier. Returns the tickets. */
async function sellSome({ sql, keys }: Our, departure: Departure, parties: number[], owner: string): Promise<string[]> {
  const viewer = { owner, seesAll: false }
  const at = new Date(departure.departsAt.getTime() - 2 * 3_600_000)
  const paying = { sql, gateways: openGateways(sql) }
  const tickets: string[] = []
  for (const size of parties) {
    const id = randomUUID()
    const passengers = Array.from({ length: size }, () => newSamplePassenger())
    const total = size * departure.fullFare
    const request = { departure: departure.id, from: departure.from.place, to: departure.to.place, passengers, total }
    await holdOrder({ sql, keys }, { id, request, owner: viewer.owner }, at)
    const { key } = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: viewer.owner }, at)
    await decideAtCashier(sql, key, 'success', at)
    await inquireCharge(paying, key, at)
    const { coupons } = await showOrder({ sql, keys }, id, viewer)
    tickets.push(...coupons.flatMap(({ ticketNo }) => ticketNo ?? []))
  }
  return tickets
}

/** Nobody: born on a day of 1988 in an area that issues no such numbers, and another one at every call. */
export function newSamplePassenger() {
  const day = new Date(Date.UTC(1988, 0, 1 + randomInt(365))).toISOString().slice(0, 10).replaceAll('-', '')
  const serial = randomInt(1000)
  const first17 = `4401${90 + randomInt(10)}${day}${String(serial).padStart(3, '0')}`
  const document = { kind: '01' as const, number: first17 + mod11CheckCharacter(first17) }
  return { name: `示例旅客${String(serial).padStart(3, '0')}`, document, fare: 'full' as const }
}
