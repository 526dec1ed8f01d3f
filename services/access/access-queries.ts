// Accounts, sessions and the audit of sign-ins in SQL.
import { hex } from '../../card-crypto/bytes.ts'
import { violates, type Queryable } from '../../clearing/database.ts'
import { together } from '../../clearing/together.ts'
import { refuse } from '../refusals.ts'
import { failuresMax } from './access-rules.ts'
import type { Role } from './permit-rules.ts'

export interface AccountRow {
  id: string
  name: string
  role: Role
  /** Null of an account that answers to a phone alone. */
  passwordDigest: string | null
  oneTimeSecret: Uint8Array | null
  oneTimeStep: number
  failures: number
  lockedUntil: Date | null
  sample: boolean
}

export interface NewAccount {
  id: string
  name: string
  role: Role
  passwordDigest: string
  oneTimeSecret: Uint8Array | null
  phone: Uint8Array | null
  sample: boolean
  createdAt: Date
}

export type AuditEvent =
  | 'registered'
  | 'signed-in'
  | 'signed-out'
  | 'unknown-name'
  | 'wrong-password'
  | 'wrong-code'
  | 'locked'
  | 'refused-while-locked'

/** Throws the refusal account-name-taken. */
export async function insertAccount(sql: Queryable, account: NewAccount): Promise<void> {
  try {
    await sql`
      insert into sign_in_account (id, name, role, password_digest, one_time_secret, phone, sample, created_at)
      values (${account.id}, ${account.name}, ${account.role}, ${account.passwordDigest}, ${account.oneTimeSecret},
              ${account.phone}, ${account.sample}, ${account.createdAt})`
  } catch (error) {
    if (violates(error, 'sign_in_account_name')) throw refuse('account-name-taken')
    throw error
  }
}

const columns = [
  'id',
  'name',
  'role',
  'password_digest',
  'one_time_secret',
  'one_time_step',
  'failures',
  'locked_until',
  'sample'
]

/** Case does not matter in a name. */
export async function findAccount(sql: Queryable, name: string): Promise<AccountRow | null> {
  const [row] = await sql<AccountRow[]>`select ${sql(columns)} from sign_in_account where lower(name) = lower(${name})`
  return row ?? null
}

/** Each role has one of its own name. */
export async function findSampleAccount(sql: Queryable, name: string): Promise<AccountRow | null> {
  const [row] = await sql<AccountRow[]>`select ${sql(columns)} from sign_in_account where sample and name = ${name}`
  return row ?? null
}

export async function replacePassword(tx: Queryable, account: string, passwordDigest: string): Promise<void> {
  await tx`update sign_in_account set password_digest = ${passwordDigest} where id = ${account}`
}

/** The new count of failures in a row. */
export async function countFailure(sql: Queryable, account: string): Promise<number> {
  const [row] = await sql<{ failures: number }[]>`
    update sign_in_account set failures = failures + 1 where id = ${account} returning failures`
  return row!.failures
}

/** Starts the count again, so that five more failures after the lock has passed lock it again. */
export async function lockAccount(sql: Queryable, account: string, until: Date): Promise<void> {
  await sql`update sign_in_account set failures = 0, locked_until = ${until} where id = ${account}`
}

/** False when another sign-in took this time step, or a lock came, since the account was read. */
export async function clearFailures(sql: Queryable, account: string, step: number, now: Date): Promise<boolean> {
  const { count } = await sql`
    update sign_in_account set failures = 0, locked_until = null, one_time_step = greatest(one_time_step, ${step})
    where id = ${account} and (${step} = 0 or one_time_step < ${step}) and failures < ${failuresMax}
      and (locked_until is null or locked_until <= ${now})`
  return count === 1
}

export async function recordSignInEvent(
  sql: Queryable,
  event: { at: Date; account: string | null; event: AuditEvent; address: string }
): Promise<void> {
  await sql`insert into sign_in_audit ${sql(event)}`
}

export async function recentSignInEvents(sql: Queryable, limit: number) {
  return await sql<{ at: Date; event: AuditEvent; name: string | null; role: Role | null; address: string }[]>`
    select audit.at, audit.event, account.name, account.role, host(audit.address) as address
    from sign_in_audit audit left join sign_in_account account on account.id = audit.account
    order by audit.id desc limit ${limit}`
}

export interface NewSession {
  tokenDigest: Uint8Array
  account: string
  openedAt: Date
  seenAt: Date
  expiresAt: Date
}

export async function insertSession(sql: Queryable, session: NewSession): Promise<void> {
  await sql`insert into sign_in_session ${sql({ ...session })}`
}

export interface SessionRow {
  account: string
  name: string
  role: Role
  seenAt: Date
  expiresAt: Date
}

export async function findSession(sql: Queryable, tokenDigest: Uint8Array): Promise<SessionRow | null> {
  return await sessionsTogether(sql, tokenDigest)
}

/** Asked before every request. */
const sessionsTogether = together(
  async (sql: Queryable, digests: Uint8Array[]): Promise<(SessionRow | null)[]> => {
    const rows = await sql<(SessionRow & { nth: number })[]>`
      select asked.ordinal::integer as nth, session.account, account.name, account.role, session.seen_at, session.expires_at
      from unnest(${digests.map((digest) => hex(digest))}::text[]) with ordinality as asked(digest, ordinal)
      join sign_in_session session on session.token_digest = decode(asked.digest, 'hex')
      join sign_in_account account on account.id = session.account`
    const byPlace = new Map(rows.map(({ nth, ...row }) => [nth - 1, row]))
    return digests.map((_, nth) => byPlace.get(nth) ?? null)
  },
  { most: 100, lanes: 1, same: hex }
)

export async function touchSession(sql: Queryable, tokenDigest: Uint8Array, now: Date): Promise<void> {
  await sql`update sign_in_session set seen_at = ${now} where token_digest = ${tokenDigest}`
}

export async function deleteSession(sql: Queryable, tokenDigest: Uint8Array): Promise<void> {
  await sql`delete from sign_in_session where token_digest = ${tokenDigest}`
}

export async function hasExpiredSessions(sql: Queryable, now: Date): Promise<boolean> {
  return (await sql`select 1 from sign_in_session where expires_at <= ${now} limit 1`).length > 0
}

export async function deleteExpiredSessions(sql: Queryable, now: Date): Promise<void> {
  await sql`delete from sign_in_session where expires_at <= ${now}`
}
