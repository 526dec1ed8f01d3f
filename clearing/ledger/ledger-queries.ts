// SQL of the ledger. Entries are appended under one lock and never changed; the database refuses anything else.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import type { AccountKind, Anchor, ChainedEntry, Journal } from './journal.ts'

const appendLock = 7_236_004

/** Whoever holds it is the only one to append, until its transaction ends: sequences stay gapless and the chain straight. */
export async function lockLedger(tx: Transaction): Promise<void> {
  await tx`select pg_advisory_xact_lock(${appendLock})`
}

export interface Head {
  sequence: number
  hash: Uint8Array
}

export async function findHead(sql: Queryable): Promise<Head | undefined> {
  const [row] = await sql<Head[]>`select sequence, hash from journal_entry order by sequence desc limit 1`
  return row
}

/** Those of the journals that were posted before, by `journalKey`. */
export async function findJournals(
  sql: Queryable,
  journals: readonly Pick<Journal, 'kind' | 'reference'>[]
): Promise<Map<string, number>> {
  const rows = await sql<{ id: number; kind: string; reference: string }[]>`
    select id, kind, reference from journal
    where (kind, reference) in (
      select * from unnest(${journals.map((each) => each.kind)}::text[], ${journals.map((each) => each.reference)}::text[]))`
  return new Map(rows.map((row) => [journalKey(row), row.id]))
}

export function journalKey({ kind, reference }: Pick<Journal, 'kind' | 'reference'>): string {
  return `${kind}|${reference}`
}

export async function insertJournals(tx: Transaction, journals: readonly Journal[]): Promise<Map<string, number>> {
  const rows = await tx<{ id: number; kind: string; reference: string }[]>`
    insert into journal (day, kind, reference, posted_at)
    select * from unnest(${journals.map((each) => each.day)}::date[], ${journals.map((each) => each.kind)}::text[],
      ${journals.map((each) => each.reference)}::text[], ${journals.map((each) => each.postedAt.toISOString())}::timestamptz[])
    returning id, kind, reference`
  return new Map(rows.map((row) => [journalKey(row), row.id]))
}

export interface AccountRow {
  id: number
  participant: number
  participantCode: string
  kind: AccountKind
}

/** Finds the accounts, opening those that are new. */
export async function openAccounts(
  tx: Transaction,
  wanted: readonly { participant: number; account: AccountKind }[]
): Promise<AccountRow[]> {
  const participants = wanted.map((each) => each.participant)
  const kinds = wanted.map((each) => each.account)
  await tx`
    insert into account (participant, kind)
    select distinct * from unnest(${participants}::smallint[], ${kinds}::text[]) order by 1, 2
    on conflict on constraint account_owner do nothing`
  return await tx<AccountRow[]>`
    select account.id, account.participant, participant.code as participant_code, account.kind
    from account join participant on participant.id = account.participant
    where (account.participant, account.kind) in (select * from unnest(${participants}::smallint[], ${kinds}::text[]))`
}

export interface NewEntry {
  sequence: number
  journal: number
  account: number
  amount: Fen
  hash: Uint8Array
}

/** All legs in one statement: they stand or fall together whatever happens to the connection. */
export async function insertEntries(tx: Transaction, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx`
    insert into journal_entry (sequence, journal, account, amount, hash)
    select sequence, journal, account, amount, decode(hash, 'hex')
    from unnest(${entries.map((each) => each.sequence)}::integer[], ${entries.map((each) => each.journal)}::integer[],
      ${entries.map((each) => each.account)}::integer[], ${entries.map((each) => each.amount)}::bigint[],
      ${entries.map((each) => Buffer.from(each.hash).toString('hex'))}::text[])
      as entry (sequence, journal, account, amount, hash)`
}

export interface StoredEntry extends ChainedEntry {
  hash: Uint8Array
}

/**
 * The entries after a sequence, in order. A lost journal or account leaves empty parts, and so does what we could not have posted: an
 * amount we cannot count to, an instant finer than ours. The chain then shows it.
 */
export async function listEntries(sql: Queryable, after: number, limit: number): Promise<StoredEntry[]> {
  return await sql<StoredEntry[]>`
    select entry.sequence, coalesce(journal.day::text, '') as day, coalesce(journal.kind, '') as kind,
      coalesce(journal.reference, '') as reference,
      case when journal.posted_at = date_trunc('milliseconds', journal.posted_at) then journal.posted_at else 'epoch' end as posted_at,
      coalesce(participant.code, '') as participant_code, coalesce(account.kind, '') as account,
      case when entry.amount between ${-Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER} then entry.amount else 0 end as amount,
      entry.hash
    from journal_entry as entry
    left join journal on journal.id = entry.journal
    left join account on account.id = entry.account
    left join participant on participant.id = account.participant
    where entry.sequence > ${after} order by entry.sequence limit ${limit}`
}

export async function findUnbalancedJournal(sql: Queryable): Promise<{ reference: string; sum: Fen } | undefined> {
  const [row] = await sql<{ reference: string; sum: Fen }[]>`
    select journal.kind || ' ' || journal.reference as reference, sum(entry.amount)::bigint as sum
    from journal_entry as entry join journal on journal.id = entry.journal
    group by journal.id having sum(entry.amount) <> 0 order by journal.id limit 1`
  return row
}

/** The signed amounts a journal posted, per participant and account. */
export async function listJournalLegs(
  sql: Queryable,
  kind: string,
  reference: string
): Promise<{ sequence: number; participant: number; account: AccountKind; amount: Fen }[]> {
  return await sql`
    select entry.sequence, account.participant, account.kind as account, entry.amount
    from journal join journal_entry as entry on entry.journal = journal.id join account on account.id = entry.account
    where journal.kind = ${kind} and journal.reference = ${reference} order by entry.sequence`
}

export async function insertAnchor(tx: Transaction, anchor: Anchor): Promise<void> {
  await tx`
    insert into ledger_anchor (day, last_sequence, head, signature, signed_at)
    values (${anchor.day}, ${anchor.lastSequence}, ${Buffer.from(anchor.head)}, ${Buffer.from(anchor.signature)}, ${anchor.signedAt})`
}

export async function findAnchor(sql: Queryable, day: BusinessDay): Promise<Anchor | undefined> {
  const [row] = await sql<Anchor[]>`
    select day, last_sequence, head, signature, signed_at from ledger_anchor where day = ${day}`
  return row
}

export async function listAnchors(sql: Queryable): Promise<Anchor[]> {
  return await sql<Anchor[]>`
    select day, last_sequence, head, signature, signed_at from ledger_anchor order by last_sequence, day`
}

/** Settled days without an anchor: someone took it away. */
export async function listUnanchoredDays(sql: Queryable): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day left join ledger_anchor using (day)
    where settled_at is not null and ledger_anchor.day is null order by day`
  return rows.map((row) => row.day)
}
