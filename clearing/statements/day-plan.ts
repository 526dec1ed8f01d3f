// Everything a publication needs to know beside the lines themselves, loaded once.
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { findAnchor, listJournalLegs } from '../ledger/ledger-queries.ts'
import type { Anchor } from '../ledger/journal.ts'
import { findClearingCentre, listAgreements, listParticipants } from '../participants/participant-queries.ts'
import type { Agreement, Participant } from '../participants/participant-schemas.ts'
import { refuse } from '../refusals.ts'
import type { RatedTotal } from '../settlement/net-rules.ts'
import { findSettlement, settlementJournal } from '../settlement/settle-day.ts'
import type { Settlement } from '../settlement/settlement-schemas.ts'
import { listAnsweredRefusals, listDayFiles, listStatementNumbers } from './statement-queries.ts'
import type { ParticipantOf } from './statement-rules.ts'
import {
  currentStyle,
  statementKey,
  type DayFile,
  type RefusedFile,
  type StatementNumber
} from './statement-schemas.ts'

export interface DayPlan {
  settlement: Settlement
  centre: Participant
  agreements: Agreement[]
  files: DayFile[]
  refused: RefusedFile[]
  /** Who gets a statement, in order. */
  numbers: StatementNumber[]
  participantOf: ParticipantOf
  numberOf(participant: number): StatementNumber
  /** See currentStyle. */
  style: number
  /** The ledger entries of the day's settlement. */
  entries: Awaited<ReturnType<typeof listJournalLegs>>
  anchor: Anchor
  /** PEM, for openssl. */
  publicKey: string
}

/** The day must be settled and its statements numbered. */
export async function loadPlan(context: Pick<ClearingContext, 'sql' | 'keys'>, day: BusinessDay): Promise<DayPlan> {
  const { sql, keys } = context
  const settlement = await findSettlement(sql, day)
  const anchor = await findAnchor(sql, day)
  if (!settlement || !anchor) throw refuse('clearing-day-not-settled', { day })
  const participants = new Map((await listParticipants(sql)).map((each) => [each.id, each]))
  const numbers = await listStatementNumbers(sql, day)
  return {
    settlement,
    centre: await findClearingCentre(sql),
    agreements: await listAgreements(sql, day),
    files: await listDayFiles(sql, day),
    refused: await listAnsweredRefusals(sql, day),
    numbers,
    participantOf: (id) => participants.get(id)!,
    numberOf: (participant) => numbers.find((each) => each.participant === participant)!,
    style: numbers[0]?.style ?? currentStyle,
    entries: await listJournalLegs(sql, settlementJournal, day),
    anchor,
    publicKey: sm2PublicKeyToPem(await keys.publicKey(statementKey))
  }
}

/** A participant's own totals; the centre sees all. */
export function totalsOf({ settlement, centre }: DayPlan, participant: number): RatedTotal[] {
  if (participant === centre.id) return settlement.totals
  return settlement.totals.filter((total) => total.acquirer === participant || total.issuer === participant)
}
