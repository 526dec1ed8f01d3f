// SQL of card loads. What a load becomes is decided by two functions of the database (migration 0150), many loads in one call.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { together } from '../../../clearing/together.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { LineSum } from './load-rules.ts'

export interface LoadRow {
  id: string
  cardNumber: string
  issuer: string
  operator: string
  agent: string | null
  requestedAt: Date
  fundedAt: Date | null
  occurredAt: Date | null
  decidedAt: Date | null
  alarmedAt: Date | null
  terminal: string | null
  amount: number
  balanceBefore: number | null
  counter: number | null
  key: number | null
  algorithm: number | null
  money: 'agent' | 'payment' | 'credit' | 'moved' | 'fare'
  state: 'FUNDING' | 'FUNDED' | 'AUTHORISED' | 'RETURNING' | 'LOADED' | 'RETURNED' | 'CREDITED' | 'FAILED'
  evidence: string | null
  challenge: number | null
}

const columns = (sql: Queryable) => sql`
  card_load.id, lpad(card_load.card_number::text, 19, '0') as card_number, issuer.code as issuer, operator.code as operator,
  load_agent.code as agent, requested_at, funded_at, occurred_at, decided_at, alarmed_at,
  lpad(terminal_number::text, 12, '0') as terminal, amount, balance_before, online_counter as counter, key, algorithm, money,
  card_load.state, evidence, challenge`
const tables = (sql: Queryable) => sql`
  card_load join participant as issuer on issuer.id = card_load.issuer
  join participant as operator on operator.id = card_load.operator left join load_agent on load_agent.id = card_load.agent`

export async function findLoads(sql: Queryable, ids: readonly string[]): Promise<LoadRow[]> {
  return await sql<LoadRow[]>`select ${columns(sql)} from ${tables(sql)} where card_load.id = any(${[...ids]}::uuid[])`
}

/** Asked twice for every load, by many at once. */
export const findLoad = together<string, LoadRow | undefined>(
  async (sql, ids) => {
    const found = new Map((await findLoads(sql, ids)).map((load) => [load.id, load]))
    return ids.map((id) => found.get(id))
  },
  { most: 200, lanes: 2, same: (id) => id }
)

export async function findUndecidedLoad(sql: Queryable, cardNumber: string): Promise<LoadRow | undefined> {
  const [row] = await sql<LoadRow[]>`
    select ${columns(sql)} from ${tables(sql)} where card_number = ${cardNumber}::bigint and card_load.state = 'AUTHORISED'`
  return row
}

export async function listLoadsOfCard(sql: Queryable, cardNumber: string): Promise<LoadRow[]> {
  return await sql<LoadRow[]>`
    select ${columns(sql)} from ${tables(sql)} where card_number = ${cardNumber}::bigint order by requested_at desc limit 100`
}

/** Alarmed and not decided, the oldest first. */
export async function listAlarms(sql: Queryable): Promise<LoadRow[]> {
  return await sql<LoadRow[]>`
    select ${columns(sql)} from ${tables(sql)}
    where card_load.state in ('FUNDED', 'AUTHORISED', 'RETURNING') and alarmed_at is not null order by funded_at limit 500`
}

export interface NewLoad {
  n: number
  id: string
  card: string
  operator: number
  issuer: number
  agent: number | null
  credit: string | null
  terminal: string
  amount: number
  balance: number
  counter: number
  key: number
  algorithm: number
  random: number
}

export type BeginOutcome =
  'begun' | 'other' | 'ended' | 'undecided' | 'earlier-loaded' | 'amount' | 'balance' | 'daily' | 'float' | 'credit'

export async function beginCardLoads(
  tx: Transaction,
  rows: readonly NewLoad[],
  now: Date
): Promise<{ n: number; outcome: BeginOutcome; occurred: Date; challenge: number | null }[]> {
  return await tx`select * from begin_card_loads(${tx.json(rows as never)}, ${now})`
}

export interface Decision {
  n: number
  id: string
  loaded: boolean
  evidence: 'tac' | 'proof' | 'later-counter' | 'fresh-mac' | 'purchase' | 'no-card' | 'deadline'
  /** As a signed 32-bit integer. */
  tac: number | null
}

export async function decideCardLoads(
  tx: Transaction,
  rows: readonly Decision[],
  { now, day }: { now: Date; day: BusinessDay }
): Promise<{ n: number; outcome: LoadRow['state'] | 'none' }[]> {
  return await tx`select * from decide_card_loads(${tx.json(rows as never)}, ${now}, ${day})`
}

/** Gives an undecided load its challenge, once. */
export async function saveChallenge(tx: Transaction, id: string, challenge: number): Promise<number | null> {
  const [row] = await tx<{ challenge: number }[]>`
    update card_load set challenge = coalesce(challenge, ${challenge}) where id = ${id} and state = 'AUTHORISED'
    returning challenge`
  return row?.challenge ?? null
}

/** A challenge proves something once. */
export async function clearChallenge(tx: Transaction, id: string): Promise<void> {
  await tx`update card_load set challenge = null where id = ${id}`
}

export async function insertFunding(
  tx: Transaction,
  load: { id: string; cardNumber: string; amount: number; operator: number; issuer: number },
  now: Date
): Promise<void> {
  await tx`
    insert into card_load (id, card_number, requested_at, amount, operator, issuer, money, state)
    values (${load.id}, ${load.cardNumber}::bigint, ${now}, ${load.amount}, ${load.operator}, ${load.issuer}, 'payment', 'FUNDING')
    on conflict (id) do nothing`
}

/** The gateway has spoken of a payment. False when that was known. */
export async function settleFunding(tx: Transaction, id: string, paid: boolean, now: Date): Promise<boolean> {
  const [row] = await tx<{ operator: number; amount: number }[]>`
    update card_load set state = ${paid ? 'FUNDED' : 'FAILED'}, funded_at = ${paid ? now : null},
      decided_at = ${paid ? null : now}, evidence = ${paid ? null : 'not-paid'}
    where id = ${id} and state = 'FUNDING' returning operator, amount`
  if (row && paid)
    await tx`insert into load_line (load, at, amount, operator, kind) values (${id}, ${now}, ${row.amount}, ${row.operator}, 'fund')`
  return row !== undefined
}

/** The gateway has paid back. */
export async function settleReturn(tx: Transaction, id: string, now: Date): Promise<void> {
  await tx`
    with paid as (
      update card_load set state = 'RETURNED', decided_at = ${now} where id = ${id} and state = 'RETURNING'
      returning id, amount, operator)
    insert into load_line (load, at, amount, operator, kind) select id, ${now}, amount, operator, 'return' from paid`
}

/**
 * Money that was taken longer ago than the policy allows without anybody being told. Returns how many are told of now. What is being
 * decided at this moment is passed by: waiting for it could be waiting for each other.
 */
export async function raiseAlarms(tx: Transaction, now: Date): Promise<number> {
  const rows = await tx`
    update card_load set alarmed_at = ${now}
    where id in (
      select id from card_load where state in ('FUNDED', 'AUTHORISED', 'RETURNING') and alarmed_at is null
        and funded_at <= ${now}::timestamptz
          - (select alarm_after from load_policy where valid_from <= ${now} order by valid_from desc limit 1)
      order by id for update skip locked)
    returning id`
  return rows.length
}

/** What must be done about loads now: ask the gateway, decide what has waited for its day, pay back. */
export async function listDueLoads(sql: Queryable, now: Date, limit: number): Promise<LoadRow[]> {
  // Each state by the index that holds it: with an or between them the whole table is read.
  return await sql<LoadRow[]>`
    select ${columns(sql)} from ${tables(sql)}
    where card_load.id in (
      (select id from card_load where state = 'FUNDING' order by requested_at limit ${limit})
      union all
      (select id from card_load where state = 'RETURNING' order by funded_at limit ${limit})
      union all
      (select id from card_load where state in ('FUNDED', 'AUTHORISED') and funded_at <= ${now}::timestamptz
        - (select decide_after from load_policy where valid_from <= ${now} order by valid_from desc limit 1)
      order by funded_at limit ${limit}))
    order by requested_at limit ${limit}`
}

export async function hasWorkForLoads(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from card_load where state = 'FUNDING') or exists (select from card_load where state = 'RETURNING')
      or exists (select from card_load where state in ('FUNDED', 'AUTHORISED')
        and (alarmed_at is null and funded_at <= ${now}::timestamptz
            - (select alarm_after from load_policy where valid_from <= ${now} order by valid_from desc limit 1)
          or funded_at <= ${now}::timestamptz
            - (select decide_after from load_policy where valid_from <= ${now} order by valid_from desc limit 1)))
      or exists (select from load_line where batch is null) as due`
  return row!.due
}

/** The balance the card's first purchase after the load began with; null when clearing has seen none. */
export async function findBalanceAfterwards(
  sql: Queryable,
  { cardNumber, occurredAt }: LoadRow
): Promise<number | null> {
  const [row] = await sql<{ balance: number | null }[]>`
    select balance_before as balance from card_transaction
    where card_number = ${cardNumber}::bigint and transaction_day >= (${occurredAt}::timestamptz)::date and occurred_at > ${occurredAt}
    order by occurred_at, card_sequence limit 1`
  return row?.balance ?? null
}

export interface OpenCredit {
  load: string
  amount: number
  madeAt: Date
}

/** Money that is the card's from now on, without a load that failed: its payer owes it, the next load terminal gives it. */
export async function insertOwed(
  tx: Transaction,
  owed: { id: string; cardNumber: string; amount: number; payer: number; issuer: number; money: 'moved' | 'fare' },
  now: Date
): Promise<void> {
  const { id, cardNumber, amount, payer, issuer, money } = owed
  await tx`
    insert into card_load (id, card_number, requested_at, funded_at, decided_at, amount, operator, issuer, money, state, evidence)
    values (${id}, ${cardNumber}::bigint, ${now}, ${now}, ${now}, ${amount}, ${payer}, ${issuer}, ${money}, 'CREDITED',
      ${money === 'moved' ? 'claim' : 'journey'})`
  await tx`insert into card_credit (load, card_number, amount, made_at) values (${id}, ${cardNumber}::bigint, ${amount}, ${now})`
  await tx`
    insert into load_line (load, at, amount, operator, kind)
    select ${id}, ${now}, ${amount}, ${payer}, kind from unnest(${[money === 'moved' ? 'move' : 'overcharge', 'credit']}::text[]) as kind`
}

/** What was owed to one card is owed to another. */
export async function moveCredits(tx: Transaction, from: string, to: string): Promise<void> {
  await tx`
    update card_credit set card_number = ${to}::bigint
    where card_number = ${from}::bigint and used_by is null and withdrawn_at is null`
}

/** What is owed to the card, the oldest first. */
export async function listOpenCredits(sql: Queryable, cardNumber: string): Promise<OpenCredit[]> {
  return await sql<OpenCredit[]>`
    select load, amount, made_at from card_credit
    where card_number = ${cardNumber}::bigint and used_by is null and withdrawn_at is null order by made_at`
}

export interface Books {
  debits: number
  loads: number
  returns: number
  open: number
}

/** R13: debits − loads − returns − open is zero at every moment. Money owed to a card counts as returned until it is loaded. */
export async function sumBooks(sql: Queryable): Promise<Books> {
  const [row] = await sql<Books[]>`
    select
      coalesce(sum(amount) filter (where kind in ('fund', 'use-credit', 'withdraw-credit', 'shortfall', 'move', 'overcharge')), 0)::bigint
        as debits,
      coalesce(sum(amount) filter (where kind = 'load'), 0)::bigint as loads,
      coalesce(sum(amount) filter (where kind in ('return', 'credit')), 0)::bigint as returns,
      (select coalesce(sum(amount), 0) from card_load where state in ('FUNDED', 'AUTHORISED', 'RETURNING'))::bigint as open
    from load_line`
  return row!
}

/** Sums the lines that are not posted, up to so many, and marks them with their batch. */
export async function insertLoadBatch(
  tx: Transaction,
  batch: { day: BusinessDay; lines: number; digest: Uint8Array; postedAt: Date }
): Promise<number> {
  const [row] = await tx<{ id: number }[]>`
    insert into load_batch (day, lines, digest, posted_at)
    values (${batch.day}, ${batch.lines}, ${Buffer.from(batch.digest)}, ${batch.postedAt}) returning id`
  return row!.id
}

/** The text of each line that is to be posted, in order, for the digest; locked. */
export async function takeUnpostedLines(tx: Transaction, limit: number): Promise<{ id: string; text: string }[]> {
  return await tx<{ id: string; text: string }[]>`
    select id::text, concat_ws(' ', id, kind, load, amount, operator, agent, extract(epoch from at)) as text
    from load_line where batch is null order by id limit ${limit} for update skip locked`
}

export async function markPosted(tx: Transaction, ids: readonly string[], batch: number): Promise<LineSum[]> {
  return await tx<LineSum[]>`
    with posted as (
      update load_line set batch = ${batch} where id = any(${[...ids]}::text[]::bigint[]) returning kind, operator, agent, amount)
    select kind, posted.operator, load_agent.party as agent, sum(amount)::bigint as amount
    from posted left join load_agent on load_agent.id = posted.agent
    group by 1, 2, 3 order by 1, 2, 3`
}
