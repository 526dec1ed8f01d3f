// The scans a gate made on its own (离线检票上传): taken in one transaction a message, each exactly once however often it is sent, each
// with its own outcome. What is missing between them is asked for; nothing is thrown away.
import { randomUUID } from 'node:crypto'
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { transaction, type Database, type Transaction } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'
import { findGate, type GateRow } from '../../boarding-queries.ts'
import type { TicketClaims } from '../../credentials/ticket-code.ts'
import { notePresence } from '../devices/device-queries.ts'
import type { Scan, ScanOutcome, ScanUpload, UploadAnswer } from '../gate-schemas.ts'
import { findIssuerKeys } from '../../issuer-keys/issuer-key-queries.ts'
import { findPolicies, policyOf } from '../lists/policy-queries.ts'
import { insertConflicts } from './conflict-queries.ts'
import { judgeScan, timeOf, type Judgement, type ScannedTicket, type TimedScan } from './judge-scan-rules.ts'
import { proveCode } from './prove-scan.ts'
import {
  acknowledge,
  findKnownScans,
  findScannedTickets,
  insertScannedChecks,
  insertScans,
  lockLog,
  lockTickets,
  recordScannedTickets,
  supersedeChecks,
  type KnownScan,
  type ScannedTicketRow
} from './scan-queries.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

export interface Sender {
  gate: number
  /** Whose log it is: the owner of the session. */
  actor: string
}

/** Throws the refusals gate-not-found and log-elsewhere. */
export async function takeScans(
  { sql, keys }: Parts,
  upload: ScanUpload,
  sender: Sender,
  now: Date
): Promise<UploadAnswer> {
  const { log, sentAt, scans } = upload
  const gate = await findGate(sql, sender.gate)
  const claims = await proveAll(keys, scans)
  const answer = await transaction(sql, async (tx) => {
    const known = await lockLog(tx, { log, gate: gate.id, source: sender.actor }, now)
    if (known.gate !== gate.id) throw refuse('log-elsewhere')
    const outcomes = scans.length === 0 ? [] : await takeNew(tx, { gate, sender, upload, claims }, now)
    return { serverTime: now, ...(await acknowledge(tx, log)), outcomes }
  })
  const clockOffsetMs = now.getTime() - Date.parse(sentAt)
  await notePresence(sql, { gate: gate.id, source: sender.actor }, { clockOffsetMs: withinInteger(clockOffsetMs) }, now)
  return answer
}

/** By nonce; a scan without a code has none. */
async function proveAll(keys: KeyStore, scans: readonly Scan[]): Promise<Map<string, TicketClaims | null>> {
  const proofs = new Map<string, TicketClaims | null>()
  for (const scan of scans) if (scan.result === 'OPEN') proofs.set(scan.nonce, await proveCode(keys, scan))
  return proofs
}

interface Taking {
  gate: GateRow
  sender: Sender
  upload: ScanUpload
  claims: Map<string, TicketClaims | null>
}

/** A scan with what it came to. */
interface Judged {
  scan: TimedScan
  ticket: Fact | null
  judgement: Judgement
  /** Of an earlier scan of this message, by nonce, or a check on record, by id: what a double use is against. */
  against: string | number | null
}

/** A ticket as it stands after the scans judged so far. */
interface Fact extends ScannedTicket {
  openedBy: string | number | null
}

async function takeNew(tx: Transaction, taking: Taking, now: Date): Promise<ScanOutcome[]> {
  const { gate, upload } = taking
  const ticketNos = [...new Set(upload.scans.flatMap(({ ticketNo }) => ticketNo ?? []))]
  await lockTickets(tx, ticketNos)
  // Looked up under the locks: an answer that was lost on its way was written before.
  const nonces = upload.scans.map(({ nonce }) => nonce)
  const before = new Map((await findKnownScans(tx, gate.id, nonces)).map((known) => [known.nonce, known]))
  const fresh = firstOfEachNonce(upload.scans).filter((scan) => !isKnown(scan, before.get(scan.nonce)))
  const rows = new Map((await findScannedTickets(tx, ticketNos)).map((row) => [row.ticketNo, row]))
  const judged = await judgeAll(tx, { ...taking, scans: fresh, rows }, now)
  const checks = await record(tx, taking, { judged, before }, now)
  const outcomes = new Map<string, Omit<ScanOutcome, 'sequence'>>()
  for (const { scan, judgement } of judged)
    outcomes.set(scan.nonce, { nonce: scan.nonce, outcome: judgement.outcome, conflict: judgement.conflict })
  for (const { nonce, outcome, conflict, result } of before.values())
    if (!outcomes.has(nonce))
      outcomes.set(nonce, { nonce, outcome: outcome ?? (result === 'OPEN' ? 'accepted' : 'recorded'), conflict })
  const all = upload.scans.map((scan) => ({ ...scan, ...outcomes.get(scan.nonce)! }))
  const newScans = all.map((scan) => ({
    sequence: scan.sequence,
    nonce: scan.nonce,
    outcome: scan.outcome,
    conflict: scan.conflict,
    check: checks.get(scan.nonce) ?? before.get(scan.nonce)!.check,
    claimedAt: scan.at,
    clockOffsetMs: scan.clockOffsetMs,
    listsAgeSeconds: scan.listsAgeSeconds
  }))
  await insertScans(tx, upload.log, newScans)
  return all.map(({ sequence, nonce, outcome, conflict }) => ({ sequence, nonce, outcome, conflict }))
}

/** We had said no, the answer was lost, and the gate decided to open: that is another thing than what we know. */
function isKnown(scan: Scan, known: KnownScan | undefined): boolean {
  return known !== undefined && (known.outcome !== null || known.result === 'OPEN' || scan.result === 'REFUSED')
}

function firstOfEachNonce(scans: readonly Scan[]): Scan[] {
  return [...new Map(scans.toReversed().map((scan) => [scan.nonce, scan])).values()].toReversed()
}

async function judgeAll(
  tx: Transaction,
  { gate, upload, claims, scans, rows }: Taking & { scans: readonly Scan[]; rows: Map<string, ScannedTicketRow> },
  now: Date
): Promise<Judged[]> {
  const policy = policyOf(await findPolicies(tx, now), gate.placeId)
  const revoked = new Map((await findIssuerKeys(tx)).map(({ version, revokedAt }) => [version, revokedAt]))
  const facts = new Map<string, Fact>()
  return scans.map((scan) => {
    const row = scan.ticketNo === null ? undefined : rows.get(scan.ticketNo)
    const ticket = row ? { ...factOf(row), ...facts.get(row.ticketNo) } : null
    const timed = timedScan(scan, upload, row, {
      claims: claims.get(scan.nonce) ?? null,
      revoked,
      now
    })
    const view = ticket && row ? { ...ticket, editionEndedAt: editionEnd(row, scan.edition) } : ticket
    const found = judgeScan(timed, view, { id: gate.id, place: gate.place, policy })
    // Only what is on record gives way: of two scans of one message the gate itself says which came first.
    const judgement = { ...found, precedes: found.precedes && typeof ticket?.openedBy === 'number' }
    const against = judgement.conflict === 'double-use' ? (ticket?.openedBy ?? null) : null
    if (ticket && (judgement.uses || judgement.precedes)) {
      const opened = { at: timed.scannedAt, gate: gate.number }
      facts.set(ticket.ticketNo, { ...ticket, state: 'CHECKED', opened, openedBy: scan.nonce })
    }
    return { scan: timed, ticket, judgement, against }
  })
}

function timedScan(
  scan: Scan,
  { sentAt }: ScanUpload,
  ticket: ScannedTicketRow | undefined,
  { claims, revoked, now }: { claims: TicketClaims | null; revoked: ReadonlyMap<number, Date | null>; now: Date }
): TimedScan {
  const { scannedAt, clockErrorSeconds } = timeOf(scan, { sentAt: new Date(sentAt), receivedAt: now })
  const sameJourney =
    claims?.journey != null &&
    ticket?.journey?.number === claims.journey.number &&
    ticket.journey.passenger === claims.journey.passenger
  const proven = scan.means === 'document' || (claims !== null && (claims.ticketNo === scan.ticketNo || sameJourney))
  return {
    ...scan,
    scannedAt,
    clockErrorSeconds,
    proven,
    issuerRevokedAt: (claims && revoked.get(claims.issuerKey)) ?? null
  }
}

function factOf(row: ScannedTicketRow): Fact {
  const { refundAskedAt, refundAmount, checkedAt, checkedGate } = row
  return {
    ...row,
    editionEndedAt: null,
    refund: refundAskedAt && refundAmount !== null ? { askedAt: refundAskedAt, amount: refundAmount } : null,
    opened: checkedAt ? { at: checkedAt, gate: checkedGate! } : null,
    openedBy: row.openedCheck
  }
}

function editionEnd({ reissues }: ScannedTicketRow, edition: number | null): Date | null {
  const next = edition === null ? undefined : reissues.find((reissue) => reissue.edition === edition + 1)
  return next ? new Date(next.at) : null
}

/** Returns the check of each nonce. */
async function record(
  tx: Transaction,
  { gate, sender }: Taking,
  { judged, before }: { judged: readonly Judged[]; before: ReadonlyMap<string, KnownScan> },
  now: Date
): Promise<Map<string, number>> {
  if (judged.length === 0) return new Map()
  const overtaken = judged.flatMap(({ judgement, against }) =>
    judgement.precedes && typeof against === 'number' ? [against] : []
  )
  if (overtaken.length > 0) await supersedeChecks(tx, overtaken)
  const about = { gate: gate.id, actor: sender.actor, receivedAt: now }
  const rows = judged.map((each) => ({ ...checkOf(each), own: before.has(each.scan.nonce) ? randomUUID() : null }))
  const made = await insertScannedChecks(
    tx,
    about,
    rows.map(({ own, ...row }) => ({ ...row, nonce: own ?? row.nonce }))
  )
  const checks = new Map(rows.map(({ nonce, own }) => [nonce, made.get(own ?? nonce)!]))
  const idOf = (against: string | number): number => (typeof against === 'number' ? against : checks.get(against)!)
  const conflicts = judged.flatMap(({ scan, ticket, judgement, against }) => {
    if (judgement.conflict === null) return []
    const own = checks.get(scan.nonce)!
    const other = against === null ? null : idOf(against)
    // The conflict stands with the check that does not count.
    const [check, counts] = judgement.precedes && other !== null ? [other, own] : [own, other]
    const { conflict: kind, owed } = judgement
    return [{ kind, check, against: counts, ticketNo: ticket?.ticketNo ?? null, owed }]
  })
  if (conflicts.length > 0) await insertConflicts(tx, gate.id, conflicts, now)
  const gateName = `${gate.placeName} ${gate.number}号口`
  await recordScannedTickets(tx, { actor: sender.actor, gateName }, judged.flatMap(eventOf))
  return checks
}

/** A use with a fault is still the use; only a conflict that uses nothing stands beside it. */
function checkOf({ scan, ticket, judgement }: Judged) {
  return {
    nonce: scan.nonce,
    ticketNo: ticket?.ticketNo ?? null,
    means: scan.means,
    result: scan.result,
    code: scan.refusal,
    passage: scan.passage,
    checkedAt: scan.scannedAt,
    conflict: judgement.conflict !== null && !judgement.uses && !judgement.precedes ? judgement.conflict : ''
  }
}

function eventOf({ scan, ticket, judgement }: Judged) {
  if (!ticket) return []
  const event = judgement.uses
    ? 'check-in'
    : judgement.conflict !== null
      ? 'check-conflict'
      : scan.result === 'REFUSED'
        ? 'check-refused'
        : 'passage'
  const detail = judgement.conflict ?? (scan.result === 'REFUSED' ? scan.refusal : scan.passage)
  return [{ ticketNo: ticket.ticketNo, event, at: scan.scannedAt, detail, uses: judgement.uses }]
}

/** A clock a month off is told as 24 days, which a PostgreSQL integer holds. */
function withinInteger(value: number): number {
  return Math.max(-2_147_483_647, Math.min(2_147_483_647, Math.round(value)))
}
