// One account per role for the sample province, and a second operator for what takes two persons, with passwords made on the spot: told to the person who started the platform,
// kept by him, never in the repository.
import { randomInt, randomUUID } from 'node:crypto'
import { transaction } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { findSampleAccount, insertAccount, replacePassword } from './access-queries.ts'
import { needsOneTimeCode } from './access-rules.ts'
import { newOneTimeSecret, shownCode } from './one-time-code.ts'
import { digestPassword, passwordMatches } from './password.ts'
import { roles, type Role } from './permit-rules.ts'
import { oneTimeSecretOf, sessionKey } from './sign-in.ts'

export interface SampleCredential {
  role: Role
  name: string
  password: string
}

export function newSampleCredentials(): SampleCredential[] {
  const accounts = [...roles.map((role) => ({ role, name: role })), secondOperator]
  return accounts.map((account) => ({ ...account, password: newPassword() }))
}

/** Approves what the first one has proposed. */
const secondOperator = { role: 'operator', name: 'operator2' } as const

/** Makes the accounts that are missing and gives the others these passwords. */
export async function saveSampleAccounts(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  credentials: readonly SampleCredential[],
  now: Date
): Promise<void> {
  for (const { role, name, password } of credentials) {
    const before = await findSampleAccount(sql, name)
    if (before && (await passwordMatches(password, before.passwordDigest))) continue
    const passwordDigest = await digestPassword(password)
    if (before) {
      await transaction(sql, async (tx) => await replacePassword(tx, before.id, passwordDigest))
      continue
    }
    const id = randomUUID()
    const oneTimeSecret = needsOneTimeCode(role)
      ? await keys.seal(sessionKey, newOneTimeSecret(), Buffer.from(id))
      : null
    const account = { id, role, name, passwordDigest, oneTimeSecret, phone: null, sample: true, createdAt: now }
    await transaction(sql, async (tx) => await insertAccount(tx, account))
  }
}

/** What an authenticator would show for a sample account; null for a role without a second factor. */
export async function sampleOneTimeCode(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  name: string,
  now: Date
): Promise<string | null> {
  const account = await findSampleAccount(sql, name)
  return account?.oneTimeSecret ? shownCode(await oneTimeSecretOf(keys, account), now) : null
}

/** Three groups of four from letters and digits nobody mistakes for another: about 59 bits. */
function newPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return [group(), group(), group()].join('-')
}
