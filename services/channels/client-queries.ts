// API clients, their tokens, and the nonces of signed requests.
import { hex } from '../../card-crypto/bytes.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import { together } from '../../clearing/together.ts'
import type { Permit } from '../access/permit-rules.ts'
import type { ChannelTerms, Client } from './channel-schemas.ts'

export interface NewClientRow {
  id: string
  channel: number
  name: string
  scopes: string[]
  secretDigest: Uint8Array | null
  publicKey: Uint8Array | null
  createdAt: Date
}

export async function insertClient(tx: Transaction, client: NewClientRow): Promise<void> {
  const { id, channel, name, scopes, secretDigest, publicKey, createdAt } = client
  await tx`
    insert into api_client (id, channel, name, scopes, secret_digest, public_key, created_at)
    values (${id}, ${channel}, ${name}, ${scopes}, ${secretDigest}, ${publicKey}, ${createdAt})`
}

export async function listClients(sql: Queryable, channel: string): Promise<Client[]> {
  return await sql<Client[]>`
    select api_client.id, api_client.name, scopes, upper(encode(public_key, 'hex')) as public_key,
      secret_digest is not null as has_secret, created_at, revoked_at
    from api_client join channel on channel.id = api_client.channel
    where channel.code = ${channel} order by created_at, api_client.id`
}

/** False when there is no such client, or no longer. */
export async function revokeClient(tx: Transaction, id: string, now: Date): Promise<boolean> {
  await tx`delete from api_token where client = ${id}`
  const { count } = await tx`update api_client set revoked_at = ${now} where id = ${id} and revoked_at is null`
  return count === 1
}

/** A client that may still ask, with its channel. */
export interface LiveClient {
  id: string
  name: string
  channel: string
  channelState: 'active' | 'suspended'
  channelKind: ChannelTerms['kind']
  scopes: Permit[]
  secretDigest: Uint8Array | null
  publicKey: Uint8Array | null
}

const liveClients = (sql: Queryable) => sql`
    select client.id, client.name, channel.code as channel, channel.state as channel_state,
      channel.kind as channel_kind, scopes, secret_digest, public_key
    from api_client as client join channel on channel.id = client.channel`

export async function findLiveClient(sql: Queryable, id: string): Promise<LiveClient | null> {
  const [client] = await sql<LiveClient[]>`${liveClients(sql)} where client.id = ${id} and revoked_at is null`
  return client ?? null
}

export type TokenHolder = LiveClient & { expiresAt: Date }

export async function findTokenHolder(sql: Queryable, tokenDigest: Uint8Array, now: Date): Promise<TokenHolder | null> {
  const holder = await holdersTogether(sql, tokenDigest)
  return holder && holder.expiresAt > now ? holder : null
}

const holdersTogether = together(
  async (sql: Queryable, digests: Uint8Array[]): Promise<(TokenHolder | null)[]> => {
    const rows = await sql<(TokenHolder & { nth: number })[]>`
      select asked.ordinal::integer as nth, holder.*, api_token.expires_at
      from unnest(${digests.map((digest) => hex(digest))}::text[]) with ordinality as asked(digest, ordinal)
      join api_token on token_digest = decode(asked.digest, 'hex')
      join lateral (${liveClients(sql)} where client.id = api_token.client and revoked_at is null) as holder on true`
    const byPlace = new Map(rows.map(({ nth, ...holder }) => [nth - 1, holder]))
    return digests.map((_, nth) => byPlace.get(nth) ?? null)
  },
  { most: 100, lanes: 1, same: hex }
)

export async function insertToken(
  sql: Queryable,
  token: { tokenDigest: Uint8Array; client: string; expiresAt: Date }
): Promise<void> {
  await sql`insert into api_token ${sql({ ...token })}`
}

/** False when this client used the nonce before. */
export async function takeNonce(
  sql: Queryable,
  nonce: { client: string; nonce: string; expiresAt: Date }
): Promise<boolean> {
  const { count } = await sql`insert into api_nonce ${sql({ ...nonce })} on conflict do nothing`
  return count === 1
}

export async function hasExpiredClientTraces(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from api_nonce where expires_at <= ${now})
      or exists (select from api_token where expires_at <= ${now}) as due`
  return row!.due
}

export async function deleteExpiredClientTraces(sql: Queryable, now: Date): Promise<void> {
  await sql`delete from api_nonce where expires_at <= ${now}`
  await sql`delete from api_token where expires_at <= ${now}`
}
