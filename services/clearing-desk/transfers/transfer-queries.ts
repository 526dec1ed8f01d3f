// SQL of the members' file transfer: who may call, what waits for them, and what they have.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'

export interface TransferMember {
  id: number
  code: string
  role: 'issuer' | 'acquirer'
}

/** An active member that calls from one of its own addresses. */
export async function findTransferMember(
  sql: Queryable,
  organisation: string,
  address: string
): Promise<TransferMember | undefined> {
  const [row] = await sql<TransferMember[]>`
    select participant.id, participant.code, participant.role
    from transfer_member as member join participant on participant.id = member.participant
    where participant.code = ${organisation} and participant.state = 'active' and participant.role in ('issuer', 'acquirer')
      and ${address} = any(member.addresses)`
  return row
}

export async function allowTransfers(
  tx: Transaction,
  participant: number,
  addresses: readonly string[]
): Promise<void> {
  await tx`
    insert into transfer_member (participant, addresses) values (${participant}, ${[...addresses]})
    on conflict (participant) do update set addresses = excluded.addresses`
}

export interface WaitingFile {
  id: number
  name: string
  storedAs: string
}

/** Published files of a day, its adjustments included, that the interface has a name for. */
export async function listFilesFor(sql: Queryable, participant: number, day: BusinessDay): Promise<WaitingFile[]> {
  return await sql<WaitingFile[]>`
    select id, name, stored_as from published_file
    where participant = ${participant} and day = ${day} and kind in ('LD', 'FB', 'CL', 'CR', 'BP', 'AD', 'ED', 'CM')
    order by id`
}

export async function markReceived(
  tx: Transaction,
  file: number,
  { way, now }: { way: 'transfer' | 'portal'; now: Date }
): Promise<void> {
  await tx`
    insert into published_file_receipt (file_id, way, received_at) values (${file}, ${way}, ${now}) on conflict do nothing`
}

/** Names this member has sent that wait or were taken in. */
export async function isNameTaken(sql: Queryable, name: string): Promise<boolean> {
  const rows = await sql`
    select from card_file where name = ${name} and state <> 'refused'
    union all select from file_arrival where name = ${name} and state = 'waiting' limit 1`
  return rows.length > 0
}
