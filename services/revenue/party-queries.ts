// The parties of ticket revenue in the ledger: carriers, stations, channels and the platform, opened when money first comes to them.
import type { Queryable, Transaction } from '../../clearing/database.ts'

export type PartyRole = 'carrier' | 'station' | 'channel' | 'platform'

export interface Party {
  id: number
  /** role-CODE */
  code: string
  name: string
  role: PartyRole
}

export const platformCode = 'platform-1'
export const partyCode = (role: PartyRole, code: string): string => `${role}-${code}`

/** The parties of these codes, by code; those that were not there are now. */
export async function openParties(tx: Transaction, codes: ReadonlySet<string>): Promise<Map<string, number>> {
  const known = await findParties(tx, [...codes])
  const missing = [...codes].filter((code) => !known.has(code))
  if (missing.length === 0) return known
  // Not `on conflict`: that would use up a number of the smallint identity per try.
  await tx`lock table participant in share row exclusive mode`
  await tx`
    insert into participant (code, name, role, company, city_code, sample)
    select wanted.code, coalesce(carrier.name, place.name, channel.name, '售票平台'), wanted.role, wanted.code, '0000',
      coalesce(carrier.sample, place.sample, channel.sample, false)
    from (select code, split_part(code, '-', 1) as role, split_part(code, '-', 2) as own from unnest(${missing}::text[]) as code) as wanted
    left join carrier on wanted.role = 'carrier' and carrier.code = wanted.own
    left join place on wanted.role = 'station' and place.code = wanted.own
    left join channel on wanted.role = 'channel' and channel.code = wanted.own
    where not exists (select from participant where participant.code = wanted.code)
    order by wanted.code`
  return await findParties(tx, [...codes])
}

async function findParties(sql: Queryable, codes: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<
    { id: number; code: string }[]
  >`select id, code from participant where code = any(${[...codes]})`
  return new Map(rows.map(({ id, code }) => [code, id]))
}

export async function findParty(sql: Queryable, code: string): Promise<Party | null> {
  const [party] = await sql<Party[]>`
    select id, code, name, role from participant
    where code = ${code} and role in ('carrier', 'station', 'channel', 'platform')`
  return party ?? null
}

/** What the ledger holds for each party, by account. */
export async function listBalances(sql: Queryable): Promise<{ party: string; account: string; balance: number }[]> {
  return await sql<{ party: string; account: string; balance: number }[]>`
    select participant.code as party, account.kind as account, sum(entry.amount)::bigint as balance
    from participant join account on account.participant = participant.id
    join journal_entry as entry on entry.account = account.id
    where participant.role in ('carrier', 'station', 'channel', 'platform')
    group by participant.code, account.kind order by participant.code, account.kind`
}

export interface PaidIn {
  key: string
  channelCode: string
  amount: number
}

/** Top-ups that no journal has yet. */
export async function listUnpostedTopUps(sql: Queryable): Promise<PaidIn[]> {
  return await sql<PaidIn[]>`
    select movement.key, channel.code as channel_code, movement.amount
    from channel_movement as movement join channel on channel.id = movement.channel
    where movement.kind = 'top-up' and not exists (
      select from journal where journal.kind = 'channel-top-up' and journal.reference = movement.key)
    order by movement.id limit 500`
}
