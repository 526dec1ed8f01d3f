// Ending what was issued (作废乘车码): a phone was lost, a code was passed on. The ticket is untouched, every code and slip before is void,
// and the next one shown is good. Unlike a re-issue it asks for no document: nobody gains by it but the ticket's own holder.
import { transaction, type Database } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'
import { requireTicketRow, type Viewer } from '../../../ticketing/show-order.ts'
import { findBoardingTicket, lockTicket } from '../../boarding-queries.ts'
import type { CredentialEnding, EndingRequest } from '../credential-schemas.ts'
import { findReissue, recordReissue } from './reissue-queries.ts'
import { editionMax } from '../ticket-code.ts'

/** The same id for the same ticket and reason is the same ending. Throws ticket-not-found, ticket-not-reissuable and reissue-id-reused. */
export async function endCredentials(
  sql: Database,
  { id, request }: { id: string; request: EndingRequest },
  viewer: Viewer,
  now: Date
): Promise<CredentialEnding> {
  const { ticketNo, reason } = request
  await requireTicketRow(sql, ticketNo, viewer)
  return await transaction(sql, async (tx) => {
    await lockTicket(tx, ticketNo)
    const known = await findReissue(tx, id)
    if (known) {
      const same = known.ticketNo === ticketNo && known.reason === reason && known.reissuedBy === viewer.owner
      if (!same) throw refuse('reissue-id-reused')
      return { id, ticketNo, reason, edition: known.edition, endedAt: known.reissuedAt }
    }
    const ticket = await findBoardingTicket(tx, ticketNo)
    const open = ticket !== null && ticket.state === 'ISSUED' && ticket.edition < editionMax
    if (!open) throw refuse('ticket-not-reissuable', { state: ticket?.state ?? 'ISSUED' })
    const edition = ticket.edition + 1
    await recordReissue(tx, { id, ticketNo, reason, edition, reissuedAt: now, reissuedBy: viewer.owner })
    return { id, ticketNo, reason, edition, endedAt: now }
  })
}
