// 补检、混检: the dispatcher lets a passenger aboard who is late for his departure, or whose ticket is for another one of the line: missed,
// suspended by fog, or early. The place is taken under the usual locks; the check stands in the gates' own history.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { lockStationDeparture } from '../station-departure-queries.ts'
import {
  checkAdmitted,
  findAdmission,
  findAdmissible,
  lockForAdmission,
  moveTicket,
  recordAdmission
} from './admission-queries.ts'
import { checkAdmission } from './dispatch-rules.ts'
import type { Admission, AdmissionRequest } from './dispatch-schemas.ts'

/** The same id is the same admission. Throws the refusals of an admission. */
export async function admitPassenger(
  sql: Database,
  { id, request, actor }: { id: string; request: AdmissionRequest; actor: string },
  now: Date
): Promise<Admission> {
  return await transaction(sql, async (tx) => {
    const departure = await lockStationDeparture(tx, request)
    const known = await findAdmission(tx, id)
    if (known) {
      if (known.ticketNo !== request.ticketNo || known.departure !== request.departure)
        throw refuse('admission-id-reused')
      return known
    }
    await lockForAdmission(tx, request)
    const ticket = await findAdmissible(tx, request.ticketNo)
    if (!ticket) throw refuse('ticket-not-found')
    const fault = checkAdmission({ departure, ticket }, now)
    if (fault) throw refuse(fault, { state: ticket.state })
    const kind = ticket.departure === departure.departure ? 'late' : 'mixed'
    const seat = kind === 'late' ? ticket.seat : await takePlace(tx, request, ticket.seat, now)
    const admission = {
      id,
      kind,
      ticketNo: request.ticketNo,
      from: ticket,
      to: departure.departure,
      seat,
      actor
    } as const
    await recordAdmission(tx, admission, now)
    await checkAdmitted(
      tx,
      { id, ticketNo: request.ticketNo, place: departure.placeId, gate: departure.gate, kind, actor },
      now
    )
    return (await findAdmission(tx, id))!
  })
}

async function takePlace(tx: Transaction, { ticketNo, departure }: AdmissionRequest, wished: number | null, now: Date) {
  const seat = await moveTicket(tx, { ticketNo, departure, wished }, now)
  if (seat === null) throw refuse('no-places-left')
  return seat === 0 ? null : seat
}
