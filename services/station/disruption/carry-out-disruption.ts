// Carries a command out, one departure after the other, each in a unit of work of its own with its tickets and their notices: killed
// anywhere, the next worker goes on with the first departure that was not reached. Then the money that goes back by itself.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { reviewConnections } from '../../ticketing/connections/review-connections.ts'
import { cancelHold } from '../../ticketing/order-queries.ts'
import { useSmallerVehicle } from '../../ticketing/seats/seat-queries.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import { tellPassengers } from '../notices/notice-queries.ts'
import {
  delayDeparture,
  findCommand,
  findDepartures,
  findDeparturesDue,
  findStateBefore,
  findWaiting,
  lockWaiting,
  markDone,
  mergeDeparture,
  recordReseated,
  refundDisrupted,
  resumeDeparture,
  stopDeparture,
  undoMerge,
  type Command,
  type TouchedDeparture
} from './disruption-queries.ts'
import { canTouch, meansFor, stoppedState } from './disruption-rules.ts'

/** Doing it again, or at two places at once, does nothing twice. */
export async function carryOutDisruption(sql: Database, id: string, now: Date): Promise<void> {
  const command = await findCommand(sql, id)
  if (!command) return
  for (const departure of await findWaiting(sql, id)) {
    await transaction(sql, async (tx) => await reach(tx, command, departure, now))
    await reviewConnections(sql, departure, now)
  }
}

async function reach(tx: Transaction, command: Command, id: number, now: Date): Promise<void> {
  if (!(await lockWaiting(tx, command.id, id))) return
  const [departure] = await findDepartures(tx, [id])
  const at = { disruption: command.id, departure: id }
  const before = departure!.state
  const tickets = canTouch(command.kind, departure!, now) ? await touch(tx, command, departure!, now) : null
  await markDone(tx, { ...at, before, tickets }, now)
  if (tickets) await tellPassengers(tx, { ...at, means: meansFor(command.kind, departure!.departsAt, now) }, now)
}

/** Returns how many tickets it touched. */
async function touch(tx: Transaction, command: Command, departure: TouchedDeparture, now: Date): Promise<number> {
  const at = { disruption: command.id, departure: departure.id }
  switch (command.kind) {
    case 'DELAY':
      return await delayDeparture(tx, at, command.minutes! >= departure.freeFromDelayMinutes, now)
    case 'CANCEL':
    case 'SUSPEND':
    case 'MISS':
      return await stopDeparture(tx, at, stoppedState(command.kind)!, now)
    case 'RESUME':
      return await resumeDeparture(tx, at, await earlierState(tx, departure.id, 'SUSPEND'), now)
    case 'MERGE':
      return await mergeDeparture(tx, at, now)
    case 'UNDO_MERGE':
      return await undoMerge(tx, at, await earlierState(tx, departure.id, 'MERGE'), now)
    case 'REPLACE':
      return await replaceVehicle(tx, at, command, now)
  }
}

/** Check-in begins anew after an interruption. */
async function earlierState(tx: Transaction, departure: number, kind: 'SUSPEND' | 'MERGE'): Promise<DepartureState> {
  const state = await findStateBefore(tx, departure, kind)
  return state === 'CHECKING' ? 'REPORTED' : state
}

async function replaceVehicle(
  tx: Transaction,
  at: { disruption: string; departure: number },
  { places, actor }: Command,
  now: Date
): Promise<number> {
  const lost = await useSmallerVehicle(tx, { departure: at.departure, places: places!, actor }, now)
  const unpaid = lost.filter(({ state, movedTo }) => state === 'HELD' && movedTo === null)
  for (const { orderId } of unpaid) await cancelHold(tx, orderId)
  const tickets = lost.filter(({ state }) => state !== 'HELD')
  await recordReseated(
    tx,
    at,
    tickets.map(({ ticketNo, seat, movedTo }) => ({ ticketNo, seat, movedTo }))
  )
  return tickets.length
}

/** Each departure's money is asked back in one unit of work; what is asked is paid by the payments' own job. */
export async function refundDisruption(sql: Database, id: string, now: Date): Promise<number> {
  let tickets = 0
  for (const departure of await findDeparturesDue(sql, id))
    tickets += await refundDisrupted(sql, { disruption: id, departure }, now)
  return tickets
}
