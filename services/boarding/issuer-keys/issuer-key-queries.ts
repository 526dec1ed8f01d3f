// The issuer's keys and their lives.
import type { Queryable, Transaction } from '../../../clearing/database.ts'

export interface IssuerKeyRow {
  version: number
  publicKey: Uint8Array
  madeAt: Date
  madeBy: string
  acceptedUntil: Date | null
  revokedAt: Date | null
}

/** Newest first: a handful. */
export async function findIssuerKeys(sql: Queryable): Promise<IssuerKeyRow[]> {
  return await sql<IssuerKeyRow[]>`
    select version, public_key, made_at, made_by, accepted_until, revoked_at from issuer_key order by version desc`
}

/** Rotations and revocations wait for each other here. */
export async function lockIssuerKeys(tx: Transaction): Promise<void> {
  await tx`lock table issuer_key in exclusive mode`
}

type NewKey = Pick<IssuerKeyRow, 'version' | 'publicKey' | 'madeAt' | 'madeBy'>

export async function insertIssuerKey(tx: Transaction, { version, publicKey, madeAt, madeBy }: NewKey): Promise<void> {
  await tx`
    insert into issuer_key (version, public_key, made_at, made_by) values (${version}, ${publicKey}, ${madeAt}, ${madeBy})`
}

export async function retireIssuerKey(tx: Transaction, version: number, acceptedUntil: Date): Promise<void> {
  await tx`update issuer_key set accepted_until = ${acceptedUntil} where version = ${version}`
}

export async function markIssuerKeyRevoked(tx: Transaction, version: number, by: string, now: Date): Promise<void> {
  await tx`update issuer_key set revoked_at = ${now}, revoked_by = ${by} where version = ${version}`
}
