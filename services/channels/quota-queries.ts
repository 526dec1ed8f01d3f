// The quota of a channel's day (migration 0092): claimed before places are held, given back when they were refused.
import type { Queryable } from '../../clearing/database.ts'

export type QuotaAnswer = 'claimed' | 'known' | 'unlimited' | 'spent'

/** A unit of work by itself. */
export async function claimQuota(
  sql: Queryable,
  { order, channel, tickets }: { order: string; channel: string; tickets: number },
  now: Date
): Promise<QuotaAnswer> {
  const [row] = await sql<{ answer: QuotaAnswer }[]>`
    select claim_quota(${order}, ${channel}, ${tickets}, ${now}) as answer`
  return row!.answer
}

/** Changes nothing when the order is there. */
export async function releaseQuota(sql: Queryable, order: string): Promise<void> {
  await sql`select release_quota(${order})`
}
