// Signing in: name and password, for staff also a one-time code; every attempt is written down, five failures in a row
// lock the account. Which of the three was wrong is never said.
import { createHash, randomBytes } from 'node:crypto'
import type { KeyReference, KeyStore } from '../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import {
  clearFailures,
  countFailure,
  deleteSession,
  findAccount,
  insertSession,
  lockAccount,
  recordSignInEvent,
  type AccountRow,
  type AuditEvent
} from './access-queries.ts'
import { isLocked, lockAfter, needsOneTimeCode, sessionEnd } from './access-rules.ts'
import type { SignIn } from './access-schemas.ts'
import { acceptedStep, type OneTimeSecret } from './one-time-code.ts'
import { passwordMatches } from './password.ts'
import type { Actor, Permit } from './permit-rules.ts'

export interface Session {
  /** Of a channel: its code. */
  accountId: string
  name: string
  role: Actor
  /** What a channel's program may use of its role's permits; a person may use all. */
  scopes?: readonly Permit[]
  /** Of a channel: what it is, as its service fee goes. */
  channelKind?: 'window' | 'kiosk' | 'web' | 'phone' | 'agent' | 'platform'
  expiresAt: Date
}

/** Seals the secrets behind one-time codes. */
export const sessionKey: KeyReference = { purpose: 'session', scope: '', version: 1, index: 0, algorithm: 'sm4' }

/** Throws the refusals sign-in-failed and account-locked. The token leaves here once; we keep its digest. */
export async function signIn(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  attempt: SignIn,
  address: string,
  now: Date
): Promise<Session & { token: string }> {
  const account = await findAccount(sql, attempt.name)
  const note = { at: now, account: account?.id ?? null, address }
  const passwordGood = await passwordMatches(attempt.password, account?.passwordDigest ?? null)
  if (!account) return await fail(sql, { ...note, event: 'unknown-name' })
  if (isLocked(account, now)) return await fail(sql, { ...note, event: 'refused-while-locked' })
  if (!passwordGood) return await fail(sql, { ...note, event: 'wrong-password' })
  const step = await oneTimeStep(keys, account, attempt.oneTimeCode, now)
  if (step === null) return await fail(sql, { ...note, event: 'wrong-code' })

  const token = randomBytes(32).toString('base64url')
  const expiresAt = sessionEnd(account.role, now)
  const opened = await transaction(sql, async (tx) => {
    if (!(await clearFailures(tx, account.id, step, now))) return false
    const tokenDigest = digestToken(token)
    await insertSession(tx, { tokenDigest, account: account.id, openedAt: now, seenAt: now, expiresAt })
    await recordSignInEvent(tx, { ...note, event: 'signed-in' })
    return true
  })
  if (!opened) return await fail(sql, { ...note, event: 'wrong-code' })
  return { token, accountId: account.id, name: account.name, role: account.role, expiresAt }
}

export async function signOut(
  sql: Database,
  token: string,
  { accountId, address }: { accountId: string; address: string },
  now: Date
): Promise<void> {
  await transaction(sql, async (tx) => {
    await deleteSession(tx, digestToken(token))
    await recordSignInEvent(tx, { at: now, account: accountId, event: 'signed-out', address })
  })
}

export function digestToken(token: string): Uint8Array {
  return createHash('sm3').update(token).digest()
}

export async function oneTimeSecretOf(keys: KeyStore, account: AccountRow): Promise<OneTimeSecret> {
  if (!account.oneTimeSecret) throw new Error(`account ${account.id} has no one-time secret`)
  const secret = await keys.unseal(sessionKey, account.oneTimeSecret, Buffer.from(account.id))
  return { secret, lastStep: account.oneTimeStep, sample: account.sample }
}

/** The step to remember, 0 for a role without a second factor, null when the code is not good. */
async function oneTimeStep(keys: KeyStore, account: AccountRow, code: string | undefined, now: Date) {
  if (!needsOneTimeCode(account.role)) return 0
  if (code === undefined) return null
  return acceptedStep(await oneTimeSecretOf(keys, account), code, now)
}

interface Failure {
  at: Date
  account: string | null
  event: AuditEvent
  address: string
}

async function fail(sql: Database, failure: Failure): Promise<never> {
  const locked = await transaction(sql, async (tx) => {
    await recordSignInEvent(tx, failure)
    if (failure.event === 'refused-while-locked') return true
    if (failure.account === null) return false
    const until = lockAfter(await countFailure(tx, failure.account), failure.at)
    if (until === null) return false
    await lockAccount(tx, failure.account, until)
    await recordSignInEvent(tx, { ...failure, event: 'locked' })
    return true
  })
  throw refuse(locked ? 'account-locked' : 'sign-in-failed')
}
