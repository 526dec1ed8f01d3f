// Money for what went wrong: decided by staff on a case, or paid without being asked where our own data prove it. Never more than was paid.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { sm3 } from '../../card-crypto/sm3.ts'
import { transaction, type Database, type Transaction } from '../../clearing/database.ts'
import { fen, type Fen } from '../../clearing/money.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { refuse } from '../refusals.ts'
import { derivedId } from '../ticketing/connections/derived-id.ts'
import { canonicalJson } from '../ticketing/hold-order.ts'
import { payRefunds } from '../ticketing/pay-order.ts'
import { claimableOf, overcharge } from './case-rules.ts'
import { findClaim, forgetOvercharge, listOvercharged, lockOrderOf, recordClaim } from './claim-queries.ts'
import { writeDown } from './open-case.ts'
import { findEvidence, lockCase, type TicketEvidence } from './supervision-queries.ts'
import type { ClaimRequest } from './supervision-schemas.ts'

type Parts = { sql: Database; keys: KeyStore }
const worker = 'worker:supervision'
const provenAtOnce = 200

/** The same id with the same content pays once. Throws case-not-found, case-not-claim, claim-id-reused and claim-too-high. */
export async function settleClaim(
  { sql, keys }: Parts,
  { caseId, id, request }: { caseId: string; id: string; request: ClaimRequest },
  actor: string,
  now: Date
): Promise<void> {
  const digest = digestOf([caseId, request])
  await transaction(sql, async (tx) => {
    const row = await lockCase(tx, caseId)
    if (!row) throw refuse('case-not-found')
    if (row.ticketNo === null || !['ACCEPTED', 'TRANSFERRED'].includes(row.state)) throw refuse('case-not-claim')
    await lockOrderOf(tx, row.ticketNo)
    const before = await findClaim(tx, id)
    if (before && !equalConstantTime(before.requestDigest, digest)) throw refuse('claim-id-reused')
    if (before) return
    const { amount, cause, words } = request
    const evidence = await requireClaimable(tx, row.ticketNo, amount)
    const claim = {
      id,
      ticketNo: row.ticketNo,
      orderId: evidence.orderId,
      amount: fen(amount),
      cause,
      caseId,
      actor,
      digest
    }
    await recordClaim(tx, claim, now)
    await writeDown({ tx, keys }, caseId, { event: 'settle', actor, words }, now)
  })
  await payRefunds({ sql, gateways: openGateways(sql) }, now, id)
}

async function requireClaimable(tx: Transaction, ticketNo: string, amount: number): Promise<TicketEvidence> {
  const evidence = await findEvidence(tx, ticketNo)
  const left = evidence ? leftToClaim(evidence) : null
  if (!evidence || left === null) throw refuse('journey-not-over')
  if (amount > left) throw refuse('claim-too-high', { left })
  return evidence
}

const leftToClaim = ({ couponState: state, fare, serviceFee, claimed }: TicketEvidence): number | null =>
  claimableOf({ state, paid: fare + serviceFee, claimed })

/** Pays every overcharge our own tables prove, once. Returns how many. */
export async function settleProvenClaims({ sql }: Pick<Parts, 'sql'>, now: Date): Promise<number> {
  const tickets = await listOvercharged(sql, now, provenAtOnce)
  for (const ticketNo of tickets) {
    // The same ticket is the same claim whoever finds it.
    const id = derivedId('proven-claim', ticketNo)
    await transaction(sql, async (tx) => {
      await lockOrderOf(tx, ticketNo)
      await forgetOvercharge(tx, ticketNo)
      if (await findClaim(tx, id)) return
      const evidence = (await findEvidence(tx, ticketNo))!
      const amount = Math.min(overcharge(evidence), leftToClaim(evidence) ?? 0) as Fen
      if (amount <= 0) return
      const digest = digestOf(['overcharge', ticketNo])
      const { orderId } = evidence
      await recordClaim(
        tx,
        { id, orderId, ticketNo, amount, cause: 'overcharge', caseId: null, actor: worker, digest },
        now
      )
    })
    await payRefunds({ sql, gateways: openGateways(sql) }, now, id)
  }
  return tickets.length
}

const digestOf = (parts: unknown): Uint8Array => sm3(new TextEncoder().encode(canonicalJson(parts)))
