// Re-issuing a lost ticket (补办): once the document shown is the one it was bought with, every code and slip issued before is void, and
// the next one shown or printed is good. Free, and as often as somebody loses it.
import { equalConstantTime } from '../../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../../clearing/database.ts'
import { digestDocument } from '../../../identity/seal-identity.ts'
import { refuse } from '../../../refusals.ts'
import { requireTicketRow, type Viewer } from '../../../ticketing/show-order.ts'
import { findBoardingTicket, lockTicket } from '../../boarding-queries.ts'
import { findReissue, recordReissue } from './reissue-queries.ts'
import type { Reissue, ReissueRequest } from './reissue-schemas.ts'
import { editionMax } from '../ticket-code.ts'

/**
 * The same id for the same ticket and reason is the same re-issue. Throws ticket-not-found, reissue-identity-mismatch,
 * ticket-not-reissuable and reissue-id-reused.
 */
export async function reissueTicket(
  { sql, keys }: { sql: Database; keys: KeyStore },
  { id, request }: { id: string; request: ReissueRequest },
  viewer: Viewer,
  now: Date
): Promise<Reissue> {
  const { ticketNo, document, reason } = request
  await requireTicketRow(sql, ticketNo, viewer)
  const shown = await digestDocument(keys, document)
  return await transaction(sql, async (tx) => {
    await lockTicket(tx, ticketNo)
    const ticket = await findBoardingTicket(tx, ticketNo)
    // The open way back of a return ticket has no code of its own yet.
    if (!ticket) throw refuse('ticket-not-reissuable', { state: 'ISSUED' })
    if (!ticket.documentDigest || !equalConstantTime(ticket.documentDigest, shown))
      throw refuse('reissue-identity-mismatch')
    const known = await findReissue(tx, id)
    if (known) {
      const same = known.ticketNo === ticketNo && known.reason === reason && known.reissuedBy === viewer.owner
      if (!same) throw refuse('reissue-id-reused')
      return { ...known, reason }
    }
    const { state, edition } = ticket
    if (state !== 'ISSUED' || edition >= editionMax) throw refuse('ticket-not-reissuable', { state })
    const reissue = { id, ticketNo, reason, edition: edition + 1, reissuedAt: now, reissuedBy: viewer.owner }
    await recordReissue(tx, reissue)
    return reissue
  })
}
