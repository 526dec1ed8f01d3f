// SQL of claims on a card's money, and of the challenges a card answers to show that it is there.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { ClaimKind, ServicePolicy } from './claim-rules.ts'

export interface ClaimRow {
  id: string
  cardNumber: string
  toCard: string | null
  issuer: number
  kind: ClaimKind
  state: 'WAITING' | 'TO-APPROVE' | 'PAID' | 'REFUSED'
  requestedAt: Date
  dueAt: Date
  decidedAt: Date | null
  balanceFen: number | null
  depositFen: number
  restsOn: 'chip' | 'purse' | 'gap' | null
  requestedBy: string
  approvedBy: string | null
  words: string
}

const claims = (sql: Queryable) => sql`
  select card_claim.id, lpad(card_number::text, 19, '0') as card_number, lpad(to_card::text, 19, '0') as to_card, card.issuer,
    card_claim.kind, card_claim.state, requested_at, due_at, decided_at, balance_fen, deposit_fen, rests_on, requested_by,
    approved_by, words
  from card_claim join card on card.number = card_claim.card_number`

export async function findClaim(sql: Queryable, id: string): Promise<ClaimRow | undefined> {
  const [row] = await sql<ClaimRow[]>`${claims(sql)} where card_claim.id = ${id}`
  return row
}

export async function lockClaim(tx: Transaction, id: string): Promise<ClaimRow | undefined> {
  await tx`select from card_claim where id = ${id} for update`
  return await findClaim(tx, id)
}

export async function listClaimsOfCard(sql: Queryable, cardNumber: string): Promise<ClaimRow[]> {
  return await sql<ClaimRow[]>`
    ${claims(sql)} where card_number = ${cardNumber}::bigint or to_card = ${cardNumber}::bigint order by requested_at desc limit 20`
}

/** For a second person, and those that wait for their day. */
export async function listOpenClaims(sql: Queryable): Promise<ClaimRow[]> {
  return await sql<ClaimRow[]>`
    ${claims(sql)} where card_claim.state in ('TO-APPROVE', 'WAITING') order by card_claim.state, due_at limit 500`
}

export async function listDueClaims(sql: Queryable, now: Date): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from card_claim where state = 'WAITING' and due_at <= ${now} order by due_at limit 200`
  return rows.map(({ id }) => id)
}

export async function findServicePolicy(sql: Queryable, now: Date): Promise<ServicePolicy> {
  const [row] = await sql<ServicePolicy[]>`
    select (extract(epoch from settle_after) * 1000)::float8 as settle_after_ms, alone_most, lost_deposit_back
    from card_service_policy where valid_from <= ${now} order by valid_from desc limit 1`
  return row!
}

export async function insertClaim(
  tx: Transaction,
  claim: Pick<
    ClaimRow,
    | 'id'
    | 'cardNumber'
    | 'toCard'
    | 'kind'
    | 'state'
    | 'dueAt'
    | 'balanceFen'
    | 'depositFen'
    | 'restsOn'
    | 'requestedBy'
  >,
  now: Date
): Promise<void> {
  await tx`
    insert into card_claim (id, card_number, to_card, requested_at, due_at, balance_fen, deposit_fen, kind, state, rests_on,
      requested_by)
    values (${claim.id}, ${claim.cardNumber}::bigint, ${claim.toCard}::bigint, ${now}, ${claim.dueAt}, ${claim.balanceFen},
      ${claim.depositFen}, ${claim.kind}, ${claim.state}, ${claim.restsOn}, ${claim.requestedBy})`
}

export async function saveDecision(
  tx: Transaction,
  id: string,
  decision: Pick<ClaimRow, 'state' | 'balanceFen' | 'restsOn'> & { approvedBy?: string; words?: string },
  now: Date
): Promise<void> {
  const { state, balanceFen, restsOn, approvedBy = null, words = '' } = decision
  await tx`
    update card_claim set state = ${state}, balance_fen = ${balanceFen}, rests_on = ${restsOn}, approved_by = ${approvedBy},
      words = ${words}, decided_at = ${state === 'TO-APPROVE' ? null : now}
    where id = ${id}`
}

export async function takeChallenge(
  tx: Transaction,
  { cardNumber, challenge, madeFor }: { cardNumber: string; challenge: number; madeFor: string },
  now: Date
): Promise<void> {
  await tx`
    insert into card_challenge (card_number, challenge, made_at, made_for)
    values (${cardNumber}::bigint, ${challenge}, ${now}, ${madeFor})
    on conflict (card_number) do update set challenge = excluded.challenge, made_at = excluded.made_at, made_for = excluded.made_for`
}

/** Good for five minutes, for who asked, and once. */
export async function spendChallenge(
  tx: Transaction,
  { cardNumber, madeFor }: { cardNumber: string; madeFor: string },
  now: Date
): Promise<number | null> {
  const [row] = await tx<{ challenge: number }[]>`
    delete from card_challenge where card_number = ${cardNumber}::bigint and made_for = ${madeFor}
      and made_at > ${now}::timestamptz - interval '5 minutes'
    returning challenge`
  return row?.challenge ?? null
}
