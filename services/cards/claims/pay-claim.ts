// A claim is paid, moved or refused: by itself when its day has come and nothing is missing, by a second person otherwise.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import type { Leg } from '../../../clearing/ledger/journal.ts'
import { postJournal } from '../../../clearing/ledger/post-journal.ts'
import { fen } from '../../../clearing/money.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { refuse } from '../../refusals.ts'
import { rebuildPurse } from '../desk/tell-story.ts'
import { insertEvent } from '../issuing/issuing-queries.ts'
import { insertOwed, moveCredits } from '../loading/load-queries.ts'
import { findClaim, findServicePolicy, listDueClaims, lockClaim, saveDecision, type ClaimRow } from './claim-queries.ts'
import { decideClaim } from './claim-rules.ts'

/** Everything a card did in the time it could be used. */
const tapsLookedAt = 5000

export const settleClaimsJob: Job = {
  name: 'settle-card-claims',
  due: async ({ sql }, now) => await listDueClaims(sql, now),
  perform: async ({ sql }, id, now) => await settleClaim(sql, id, now)
}

/** Its day has come: the balance is rebuilt; again changes nothing. */
export async function settleClaim(sql: Database, id: string, now: Date): Promise<void> {
  const claim = await findClaim(sql, id)
  if (claim?.state !== 'WAITING' || claim.dueAt > now) return
  const { balance: rebuilt } = await rebuildPurse(sql, claim.cardNumber, tapsLookedAt)
  const { balance, restsOn, alone } = decideClaim(rebuilt, claim.depositFen, await findServicePolicy(sql, now))
  await transaction(sql, async (tx) => {
    const locked = await lockClaim(tx, id)
    if (locked?.state !== 'WAITING') return
    if (alone) await payClaim(tx, locked, { balance, restsOn, actor: 'system' }, now)
    else await saveDecision(tx, id, { state: 'TO-APPROVE', balanceFen: balance, restsOn }, now)
  })
}

interface Verdict {
  agreed: boolean
  /** Where the chain has a gap the second person may say another balance than what was rebuilt. */
  balance: number | null
  words: string
  actor: string
}

/** Throws claim-not-found, claim-not-open and second-person-needed. */
export async function judgeClaim(sql: Database, id: string, verdict: Verdict, now: Date): Promise<ClaimRow> {
  await transaction(sql, async (tx) => {
    const claim = await lockClaim(tx, id)
    if (!claim) throw refuse('claim-not-found')
    if (claim.state !== 'TO-APPROVE') throw refuse('claim-not-open')
    if (claim.requestedBy === verdict.actor) throw refuseClearing('second-person-needed')
    const { actor, words } = verdict
    const balance = claim.restsOn === 'gap' ? (verdict.balance ?? claim.balanceFen!) : claim.balanceFen!
    if (verdict.agreed)
      return await payClaim(tx, claim, { balance, restsOn: claim.restsOn!, actor, approvedBy: actor, words }, now)
    const refused = { state: 'REFUSED', balanceFen: balance, restsOn: claim.restsOn, approvedBy: actor, words } as const
    await saveDecision(tx, id, refused, now)
    await insertEvent(tx, claim.cardNumber, { event: 'refused', actor, note: words }, now)
  })
  return (await findClaim(sql, id))!
}

interface Payment {
  balance: number
  restsOn: 'chip' | 'purse' | 'gap'
  actor: string
  approvedBy?: string
  words?: string
}

/** To another card: owed to it, and on it after its next load terminal. Otherwise, and a deposit always, in cash by the issuer. */
export async function payClaim(tx: Transaction, claim: ClaimRow, payment: Payment, now: Date): Promise<void> {
  const { balance, restsOn, actor, ...more } = payment
  await saveDecision(tx, claim.id, { state: 'PAID', balanceFen: balance, restsOn, ...more }, now)
  if (claim.toCard !== null) {
    await moveCredits(tx, claim.cardNumber, claim.toCard)
    const owed = { cardNumber: claim.toCard, amount: balance, payer: claim.issuer, issuer: claim.issuer }
    if (balance > 0) await insertOwed(tx, { ...owed, id: claim.id, money: 'moved' }, now)
  }
  const legs = cashLegs(claim, claim.toCard === null ? balance : 0)
  if (legs.length > 0) {
    const day = await holdOpenDay(tx, now)
    await postJournal(tx, { day, kind: 'card-refund', reference: claim.id, postedAt: now, legs })
  }
  const note = `${claim.kind} ${balance} + ${claim.depositFen}`
  await insertEvent(tx, claim.cardNumber, { event: 'paid', actor, note }, now)
}

function cashLegs({ issuer, depositFen }: ClaimRow, balance: number): Leg[] {
  const legs: Leg[] = [
    { participant: issuer, account: 'purse', amount: fen(-balance) },
    { participant: issuer, account: 'deposit', amount: fen(-depositFen) },
    { participant: issuer, account: 'bank', amount: fen(balance + depositFen) }
  ]
  return legs.filter(({ amount }) => amount !== 0)
}
