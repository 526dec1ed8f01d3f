// A check at a gate (检票): the code or the document is proved, the ticket is looked at under its lock, and whatever the answer, it is
// kept. The gate names each scan by a nonce, so a message sent twice is one scan. Those who stand at gates at the same moment are served
// together, with one look-up of each kind and one commit, each with his own outcome.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { transaction, type Database, type Queryable } from '../../clearing/database.ts'
import { together } from '../../clearing/together.ts'
import { openIdentity, showIdentity } from '../identity/seal-identity.ts'
import { refuse } from '../refusals.ts'
import {
  findBoardingTicket,
  lockCheck,
  lockTicket,
  undoCheck,
  type BoardingTicket,
  type CheckRow
} from './boarding-queries.ts'
import type { CheckAnswer, CheckRequest } from './boarding-schemas.ts'
import { recordChecks, type ProposedCheck } from './check-in-queries.ts'
import { gateRefusals, wordsOf, type Refused } from './gate-refusals.ts'
import { findKnownScans } from './gates/scans/scan-queries.ts'
import { passageRules } from './passages/passage-rules.ts'
import { gatherFacts, type AskedCheck, type Proof } from './prove-checks.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

/** Overtaken this often by others at the same ticket: something is wrong. */
const roundsMax = 50

/** Throws the refusals gate-not-found, code-or-document-required and nonce-reused; a gate's "no" is an answer, not a refusal. */
export async function checkIn(
  { sql, keys }: Parts,
  request: CheckRequest,
  actor: string,
  now: Date
): Promise<CheckAnswer> {
  for (let round = 0; round < roundsMax; round++) {
    const served = await servedTogether(sql, { keys, asked: { request, actor, now } })
    if (served === 'again') continue
    if ('refused' in served) throw served.refused
    return served.answer
  }
  throw new Error('overtaken too often')
}

/** What serving one came to: its answer, a refusal of its own, or that the ticket changed under it and it must be decided again. */
type Served = { answer: CheckAnswer } | { refused: unknown } | 'again'

/** While PostgreSQL commits one batch, the next is being proved. One bad apple spoils none: a batch that fails is served one by one. */
const servedTogether = together(
  async (sql: Queryable, all: { keys: KeyStore; asked: AskedCheck }[]): Promise<Served[]> => {
    const parts = { sql: sql as Database, keys: all[0]!.keys }
    const batch = all.map(({ asked }) => asked)
    try {
      return await serve(parts, batch)
    } catch (error) {
      if (batch.length === 1) throw error
      const one = async (asked: AskedCheck): Promise<Served> => (await serve(parts, [asked]))[0]!
      return await Promise.all(batch.map(async (asked) => await one(asked).catch((refused: unknown) => ({ refused }))))
    }
  },
  { most: 64, lanes: 2 }
)

/** A check that came before, or one to be recorded, with what it takes to answer. */
type Decided = { known: CheckRow; proof: Proof } | { proof: Proof; check: ProposedCheck }

async function serve(parts: Parts, batch: AskedCheck[]): Promise<Served[]> {
  const facts = await gatherFacts(parts, batch)
  const decided = await Promise.all(
    batch.map(async (asked, index): Promise<Decided | { refused: unknown }> => {
      try {
        const proof = await facts.prove(index)
        const { gate, nonce } = asked.request
        const known = facts.known.get(`${gate} ${nonce}`)
        if (!known) return { proof, check: checkOf(asked, proof, index) }
        if (known.ticketNo && proof.ticketNo && known.ticketNo !== proof.ticketNo) throw refuse('nonce-reused')
        return { known, proof }
      } catch (refused) {
        return { refused }
      }
    })
  )
  const proposed = firstOfEach(decided.flatMap((each) => ('check' in each ? [each.check] : [])))
  const fates = new Map(
    (proposed.length > 0 ? await recordChecks(parts.sql, proposed) : []).map((fate) => [fate.index, fate])
  )
  return await Promise.all(
    decided.map(async (each, index): Promise<Served> => {
      if ('refused' in each) return each
      const id = fates.get(index)?.id ?? null
      // Overtaken, by somebody of this batch or another: it is decided again.
      if ('check' in each && id === null) return 'again'
      const check = 'known' in each ? each.known : { ...each.check, id: id!, checkedAt: each.check.at }
      return { answer: await answerOf(parts, check, each.proof.ticket) }
    })
  )
}

function checkOf({ request, actor, now }: AskedCheck, proof: Proof, index: number): ProposedCheck {
  const { door, passage, means, ticket, fault } = proof
  return {
    index,
    gate: door.id,
    nonce: request.nonce,
    ticketNo: ticket?.ticketNo ?? null,
    state: ticket?.state ?? null,
    edition: ticket?.edition ?? 0,
    means,
    result: fault ? 'REFUSED' : 'OPEN',
    code: fault?.code ?? '',
    named: fault?.named ?? {},
    actor,
    at: now,
    passage,
    uses: !fault && passageRules[passage].consumes,
    detail: `${door.placeName} ${door.number}号口${passageRules[passage].consumes ? '' : ` ${passageRules[passage].name}`}`
  }
}

/** Two checks of one ticket, or of one nonce, are decided one after the other. */
function firstOfEach(checks: readonly ProposedCheck[]): ProposedCheck[] {
  const taken = new Set<string>()
  return checks.filter(({ gate, nonce, ticketNo }) => {
    const names = [`${gate} ${nonce}`, ...(ticketNo === null ? [] : [ticketNo])]
    if (names.some((name) => taken.has(name))) return false
    for (const name of names) taken.add(name)
    return true
  })
}

const opened = { boards: ['请上车', 'welcome aboard'], passes: ['请通行', 'please pass'] } as const

type AnsweredCheck = Pick<CheckRow, 'id' | 'passage' | 'ticketNo' | 'result' | 'code' | 'named' | 'checkedAt'>

async function answerOf(
  { sql, keys }: Parts,
  check: AnsweredCheck,
  proved: BoardingTicket | null
): Promise<CheckAnswer> {
  const { id, result, checkedAt, named, ticketNo: of } = check
  const code = result === 'OPEN' ? null : (check.code as Refused['code'])
  const [message, english] = code
    ? wordsOf({ code, named })
    : opened[passageRules[check.passage].consumes ? 'boards' : 'passes']
  const answer = { id, result, code, number: code && gateRefusals[code][0], message, english, checkedAt }
  const ticket = proved?.ticketNo === of ? proved : of === null ? null : await findBoardingTicket(sql, of)
  if (!ticket) return { ...answer, ticket: null }
  const { ticketNo, seat, fareKind, departure, departsAt, fromName, toName } = ticket
  const identity = await openIdentity(keys, ticket.identity, `${ticket.orderId}:${ticket.position}`)
  const passenger = showIdentity(identity, 'public')
  return { ...answer, ticket: { ticketNo, seat, fareKind, departure, departsAt, fromName, toName, passenger } }
}

/** Takes back a check (取消检票): by whoever made it, before the departure has left. Throws check-not-found and check-not-undoable. */
export async function undoCheckIn({ sql }: Pick<Parts, 'sql'>, id: number, actor: string, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const check = await lockCheck(tx, id)
    if (!check || check.actor !== actor || check.result !== 'OPEN') throw refuse('check-not-found')
    if (check.undoneAt) return
    // It used nothing; what comes of it is for the station's desk.
    if (check.conflict !== '') throw refuse('check-not-undoable')
    await lockTicket(tx, check.ticketNo!)
    const ticket = (await findBoardingTicket(tx, check.ticketNo!))!
    const gone = ticket.departureState === 'DISPATCHED' || ticket.departureState === 'ARRIVED'
    const used = passageRules[check.passage].consumes
    if (gone || (used && ticket.state !== 'CHECKED')) throw refuse('check-not-undoable')
    await undoCheck(tx, check, actor, now)
  })
}

/** The same of a scan that a gate had decided by itself and sent since, by its nonce. */
export async function undoScan(
  { sql }: Pick<Parts, 'sql'>,
  { gate, nonce }: { gate: number; nonce: string },
  actor: string,
  now: Date
): Promise<void> {
  const [known] = await findKnownScans(sql, gate, [nonce])
  if (!known) throw refuse('check-not-found')
  await undoCheckIn({ sql }, known.check, actor, now)
}
