// Credentials as they were signed: the static part of a code, kept so that it is signed once.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { CredentialForm } from './ticket-code.ts'

export interface CredentialKey {
  ticketNo: string
  form: CredentialForm
  edition: number
  issuerKey: number
  /** Compressed; null but in form device. */
  deviceKey: Uint8Array | null
}

export async function findCredential(sql: Queryable, key: CredentialKey): Promise<Uint8Array | null> {
  const { ticketNo, form, edition, issuerKey, deviceKey } = key
  const [row] = await sql<{ body: Uint8Array }[]>`
    select body from credential
    where ticket_no = ${ticketNo} and form = ${form} and edition = ${edition} and issuer_key = ${issuerKey}
      and device_key is not distinct from ${deviceKey}::bytea`
  return row?.body ?? null
}

/** What the ticket says may have changed since (its seat, its time): the last one signed stays. */
export async function keepCredential(tx: Transaction, key: CredentialKey, body: Uint8Array, now: Date): Promise<void> {
  const { ticketNo, form, edition, issuerKey, deviceKey } = key
  await tx`
    insert into credential (ticket_no, form, edition, issuer_key, device_key, body, issued_at)
    values (${ticketNo}, ${form}, ${edition}, ${issuerKey}, ${deviceKey}, ${body}, ${now})
    on conflict on constraint credential_once do update set body = excluded.body, issued_at = excluded.issued_at`
}

/** Phones that were given a credential of this edition, this one aside. */
export async function countOtherDevices(
  sql: Queryable,
  { ticketNo, edition, deviceKey }: { ticketNo: string; edition: number; deviceKey: Uint8Array }
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct device_key)::integer as count from credential
    where ticket_no = ${ticketNo} and edition = ${edition} and form = 'device' and device_key <> ${deviceKey}`
  return row!.count
}
