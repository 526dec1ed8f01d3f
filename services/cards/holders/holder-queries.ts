// SQL of holders: whose page shows which card, and what is forgotten when he asks.
import type { Queryable, Transaction } from '../../../clearing/database.ts'

export type ShownBy = 'document' | 'chip'

export interface KeptCard {
  cardNumber: string
  shownBy: ShownBy
  until: Date
}

export async function keepCard(
  tx: Transaction,
  kept: { account: string; cardNumber: string; shownBy: ShownBy; since: Date; until: Date }
): Promise<void> {
  await tx`
    insert into card_keeper (account, card_number, shown_by, since, until)
    values (${kept.account}, ${kept.cardNumber}::bigint, ${kept.shownBy}, ${kept.since}, ${kept.until})
    on conflict (account, card_number) do update set shown_by = excluded.shown_by, since = excluded.since, until = excluded.until`
}

export async function listKept(sql: Queryable, account: string, now: Date): Promise<KeptCard[]> {
  return await sql<KeptCard[]>`
    select lpad(card_number::text, 19, '0') as card_number, shown_by, until from card_keeper
    where account = ${account} and until > ${now} order by since desc limit 50`
}

export async function dropKept(tx: Transaction, account: string, cardNumber: string): Promise<void> {
  await tx`delete from card_keeper where account = ${account} and card_number = ${cardNumber}::bigint`
}

export async function noteFailure(tx: Transaction, account: string, now: Date): Promise<void> {
  await tx`delete from card_keeper_failure where account = ${account} and at <= ${now}::timestamptz - interval '1 day'`
  await tx`insert into card_keeper_failure (account, at) values (${account}, ${now})`
}

/** Of the last hour. */
export async function countFailures(sql: Queryable, account: string, now: Date): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from card_keeper_failure
    where account = ${account} and at > ${now}::timestamptz - interval '1 hour'`
  return row!.count
}
