// The kill switch of a lost security module: what its terminal says happened after the loss is held back from settlement.
import type { Queryable } from '../database.ts'
import type { HotlistEntry } from './hotlist.ts'

/** Terminal numbers in the shape of a hotlist, as they were known when a file came in: verifying it later finds the same. */
export async function listLostSams(sql: Queryable, receivedAt: Date): Promise<HotlistEntry[]> {
  return await sql<HotlistEntry[]>`
    select sam.number as card_number, loss.lost_since as listed_at, null as removed_at
    from sam_loss as loss join sam on sam.number = loss.sam
    where sam.kind <> 'mother-card' and loss.reported_at <= ${receivedAt}
      and (loss.ended_at is null or loss.ended_at > ${receivedAt})
    order by sam.number`
}
