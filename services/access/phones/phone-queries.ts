// Codes sent to phones, and the accounts that answer to a number, in SQL. One attempt on a number at a time.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { CodeState } from './phone-code-rules.ts'

export interface CodeRow extends CodeState {
  codeDigest: Uint8Array | null
  wrong: number
}

/** Whoever asks about this number waits here, known or not. */
export async function lockCode(tx: Transaction, phone: Uint8Array): Promise<CodeRow | null> {
  await tx`select pg_advisory_xact_lock(hashtextextended(encode(${phone}::bytea, 'hex'), 7236131))`
  const [row] = await tx<CodeRow[]>`
    select code_digest, sent_at, day_began, sent_in_day, wrong, locked_until from phone_code where phone_digest = ${phone}`
  return row ?? null
}

export interface NewCode {
  phone: Uint8Array
  codeDigest: Uint8Array
  sentAt: Date
  dayBegan: Date
  sentInDay: number
}

/** Wrong answers count on: another code is no new set of guesses. */
export async function saveCode(tx: Transaction, code: NewCode): Promise<void> {
  const { phone, codeDigest, sentAt, dayBegan, sentInDay } = code
  await tx`
    insert into phone_code (phone_digest, code_digest, sent_at, day_began, sent_in_day)
    values (${phone}, ${codeDigest}, ${sentAt}, ${dayBegan}, ${sentInDay})
    on conflict (phone_digest) do update set code_digest = excluded.code_digest, sent_at = excluded.sent_at,
      day_began = excluded.day_began, sent_in_day = excluded.sent_in_day`
}

/** It never left: it may be asked for again at once. */
export async function forgetCode(tx: Transaction, phone: Uint8Array, before: Date): Promise<void> {
  await tx`update phone_code set code_digest = null, sent_at = ${before} where phone_digest = ${phone}`
}

export async function useCode(tx: Transaction, phone: Uint8Array): Promise<void> {
  await tx`update phone_code set code_digest = null, wrong = 0, locked_until = null where phone_digest = ${phone}`
}

export async function countWrong(
  tx: Transaction,
  { phone, lockedUntil }: { phone: Uint8Array; lockedUntil: Date | null }
): Promise<void> {
  await tx`
    update phone_code set wrong = case when ${lockedUntil}::timestamptz is null then wrong + 1 else 0 end,
      locked_until = ${lockedUntil}, code_digest = case when ${lockedUntil}::timestamptz is null then code_digest end
    where phone_digest = ${phone}`
}

export async function findPhoneAccount(
  sql: Queryable,
  phone: Uint8Array
): Promise<{ id: string; name: string } | null> {
  const [row] = await sql<{ id: string; name: string }[]>`
    select id, name from sign_in_account where phone_digest = ${phone}`
  return row ?? null
}

export interface PhoneAccount {
  id: string
  name: string
  phone: Uint8Array
  phoneDigest: Uint8Array
  createdAt: Date
}

export async function insertPhoneAccount(tx: Transaction, account: PhoneAccount): Promise<void> {
  const { id, name, phone, phoneDigest, createdAt } = account
  await tx`
    insert into sign_in_account (id, name, role, phone, phone_digest, sample, created_at)
    values (${id}, ${name}, 'passenger', ${phone}, ${phoneDigest}, false, ${createdAt})`
}
