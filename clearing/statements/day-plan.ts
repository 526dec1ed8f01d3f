// Everything a publication needs to know beside the lines themselves, loaded once.
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { listNotices, type Notice, type RunLine } from '../disputes/dispute-queries.ts'
import { findAnchor, listJournalLegs } from '../ledger/ledger-queries.ts'
import type { Anchor } from '../ledger/journal.ts'
import { findClearingCentre, listAgreements, listParticipants } from '../participants/participant-queries.ts'
import { accountsOf, type AccountOf } from '../participants/route-rules.ts'
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

export interface DayPlan extends Parties {
  settlement: Settlement
  files: DayFile[]
  refused: RefusedFile[]
  /** Of an adjustment: what it corrects. */
  corrections: RunLine[]
  /** Of a day's own publication: who is told of which dispute, or of its answer. */
  notices: Notice[]
  /** Null for the day's own publication. */
  adjustment: { number: number; reason: string } | null
  /** The ledger entries of the settlement. */
  entries: Awaited<ReturnType<typeof listJournalLegs>>
  anchor: Anchor
}

/** What a day's publication and its adjustments have in common. */
export interface Parties {
  centre: Participant
  agreements: Agreement[]
  /** Who gets a statement, in order. */
  numbers: StatementNumber[]
  participantOf: ParticipantOf
  /** Whose statement a participant's dealings stand in. */
  accountOf: AccountOf
  numberOf(participant: number): StatementNumber
  /** See currentStyle. */
  style: number
  /** PEM, for openssl. */
  publicKey: string
}

/** The day must be settled and its statements numbered. */
export async function loadPlan(context: Pick<ClearingContext, 'sql' | 'keys'>, day: BusinessDay): Promise<DayPlan> {
  const { sql } = context
  const settlement = await findSettlement(sql, day)
  const anchor = await findAnchor(sql, day)
  if (!settlement || !anchor) throw refuse('clearing-day-not-settled', { day })
  return {
    ...(await loadParties(context, day, await listStatementNumbers(sql, day))),
    settlement,
    adjustment: null,
    files: await listDayFiles(sql, day),
    refused: await listAnsweredRefusals(sql, day),
    corrections: [],
    notices: await listNotices(sql, day),
    entries: await listJournalLegs(sql, settlementJournal, day),
    anchor
  }
}

/** The agreements are those of the day, whatever came after. */
export async function loadParties(
  { sql, keys }: Pick<ClearingContext, 'sql' | 'keys'>,
  day: BusinessDay,
  numbers: StatementNumber[]
): Promise<Parties> {
  const all = await listParticipants(sql)
  const participants = new Map(all.map((each) => [each.id, each]))
  return {
    centre: await findClearingCentre(sql),
    agreements: await listAgreements(sql, day),
    numbers,
    participantOf: (id) => participants.get(id)!,
    accountOf: accountsOf(all),
    numberOf: (participant) => numbers.find((each) => each.participant === participant)!,
    style: numbers[0]?.style ?? currentStyle,
    publicKey: sm2PublicKeyToPem(await keys.publicKey(statementKey))
  }
}

/** A participant's own corrections; the centre sees all. */
export function correctionsOf({ corrections, centre, accountOf }: DayPlan, participant: number): RunLine[] {
  return corrections.filter((line) => participant === centre.id || concerns(line, participant, accountOf))
}

/** A participant's own totals; the centre sees all. */
export function totalsOf({ settlement, centre, accountOf }: DayPlan, participant: number): RatedTotal[] {
  return settlement.totals.filter((total) => participant === centre.id || concerns(total, participant, accountOf))
}

/** The national centre's statement shows the dealings of all who settle through it. */
function concerns(
  { acquirer, issuer }: { acquirer: number; issuer: number },
  participant: number,
  accountOf: AccountOf
): boolean {
  return accountOf(acquirer) === participant || accountOf(issuer) === participant
}
