// The hotlist as the database keeps it. A list an issuer sends replaces its whole list (card.md §2.9).
import type { Queryable, Transaction } from '../database.ts'
import type { HotlistEntry } from './hotlist.ts'

/** Everything that is or was listed. Card numbers come as text: they pass 2^53. */
export async function listHotlist(sql: Queryable): Promise<HotlistEntry[]> {
  return await sql<HotlistEntry[]>`
    select card_number::text as card_number, listed_at, removed_at from hotlist_entry order by card_number`
}

/** Lists these cards of an issuer and takes its others off the list, as of an instant. */
export async function replaceHotlist(
  tx: Transaction,
  issuer: number,
  cardNumbers: readonly string[],
  at: Date
): Promise<void> {
  await tx`
    update hotlist_entry set removed_at = ${at}
    where issuer = ${issuer} and removed_at is null and not (card_number = any(${[...cardNumbers]}::text[]::bigint[]))`
  await tx`
    insert into hotlist_entry (card_number, issuer, listed_at)
    select distinct card_number, ${issuer}::smallint, ${at}::timestamptz
    from unnest(${[...cardNumbers]}::text[]::bigint[]) as card_number
    on conflict (card_number) do update set listed_at = excluded.listed_at, issuer = excluded.issuer, removed_at = null
    where hotlist_entry.removed_at is not null`
}
