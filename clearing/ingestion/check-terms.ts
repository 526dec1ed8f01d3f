// Gathers what the record-level ladder compares a file's lines with: organisations, BINs and hotlist as of its arrival.
import { calendarDay, daysBetween, type BusinessDay } from '../business-day.ts'
import type { Database } from '../database.ts'
import { buildHotlist } from '../participants/hotlist.ts'
import { listHotlist } from '../participants/hotlist-queries.ts'
import { listLostSams } from '../participants/lost-sam-queries.ts'
import { buildParticipantLookup, type ParticipantLookup } from '../participants/participant-lookup.ts'
import { listBins, listParticipants } from '../participants/participant-queries.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import type { CheckTerms } from './check-transaction-rules.ts'
import type { FileProfile } from './file-profiles.ts'

/** Where a batch begins to count days. */
const dayZero = '2000-01-01' as BusinessDay

export async function loadCheckTerms(
  sql: Database,
  { profile, sender, receivedAt }: { profile: FileProfile; sender: Participant | undefined; receivedAt: Date }
): Promise<{ terms: CheckTerms; lookup: ParticipantLookup }> {
  const day = calendarDay(receivedAt)
  const participants = await listParticipants(sql)
  const lookup = buildParticipantLookup(participants, await listBins(sql), day)
  const terms: CheckTerms = {
    profile,
    acquirersOfSender: acquirersOf(participants, profile, sender),
    suspended: lookup.suspended,
    foreign: new Set(participants.filter((each) => each.settlesThrough !== null).map((each) => each.id)),
    hotlist: buildHotlist(await listHotlist(sql)),
    lostSams: buildHotlist(await listLostSams(sql, receivedAt)),
    receivedAt: receivedAt.getTime(),
    receivedDay: daysBetween(dayZero, day)
  }
  return { terms, lookup }
}

/** A sender answers for its own company; a file without a sender brings those alone who are registered for its format. */
function acquirersOf(
  participants: readonly Participant[],
  profile: FileProfile,
  sender: Participant | undefined
): ReadonlySet<number> {
  const own = participants.filter((each) => {
    if (each.role !== 'acquirer' || each.fileProfile !== profile.format.id) return false
    return sender === undefined || each.company === sender.company
  })
  return new Set(own.map((each) => each.id))
}
