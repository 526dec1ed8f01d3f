// Re-issues of a ticket's credentials, each the next edition.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { CredentialEnding } from '../credential-schemas.ts'
import type { Reissue } from './reissue-schemas.ts'

/** Of a re-issue, or of an ending without one. */
export interface KnownReissue extends Omit<Reissue, 'reason'> {
  reason: Reissue['reason'] | CredentialEnding['reason']
  reissuedBy: string
}

export async function findReissue(sql: Queryable, id: string): Promise<KnownReissue | null> {
  const [row] = await sql<KnownReissue[]>`
    select id, ticket_no, edition, reason, reissued_at, reissued_by from credential_reissue where id = ${id}`
  return row ?? null
}

/** The ticket keeps its state; its history says that the codes before are void. */
export async function recordReissue(tx: Transaction, reissue: KnownReissue): Promise<void> {
  const { id, ticketNo, edition, reason, reissuedAt, reissuedBy } = reissue
  await tx`
    insert into credential_reissue (id, ticket_no, edition, reason, reissued_at, reissued_by)
    values (${id}, ${ticketNo}, ${edition}, ${reason}, ${reissuedAt}, ${reissuedBy})`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select ticket_no, 'reissue', state, ${reissuedAt}, ${reissuedBy}, ${reason} from coupon where ticket_no = ${ticketNo}`
}
