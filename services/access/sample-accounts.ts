// One account per role for the sample province, with passwords made on the spot: told to the person who started the platform,
// kept by him, never in the repository.
import { randomInt, randomUUID } from 'node:crypto'
import { transaction } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { findSampleAccount, insertAccount } from './access-queries.ts'
import { needsOneTimeCode } from './access-rules.ts'
import { newOneTimeSecret, shownCode } from './one-time-code.ts'
import { digestPassword } from './password.ts'
import { roles, type Role } from './permit-rules.ts'
import { oneTimeSecretOf, sessionKey } from './sign-in.ts'

export interface SampleCredential {
  role: Role
  name: string
  password: string
}

/** Makes the accounts that are missing; running it twice makes none twice, but then nobody knows the first's password. */
export async function seedSampleAccounts(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  now: Date
): Promise<SampleCredential[]> {
  const made: SampleCredential[] = []
  for (const role of roles) {
    if (await findSampleAccount(sql, role)) continue
    const credential = { role, name: role, password: newPassword() }
    const id = randomUUID()
    const passwordDigest = await digestPassword(credential.password)
    const oneTimeSecret = needsOneTimeCode(role)
      ? await keys.seal(sessionKey, newOneTimeSecret(), Buffer.from(id))
      : null
    const account = { id, role, name: role, passwordDigest, oneTimeSecret, phone: null, sample: true, createdAt: now }
    await transaction(sql, async (tx) => await insertAccount(tx, account))
    made.push(credential)
  }
  return made
}

/** What an authenticator would show for the sample account of a role; null for a role without a second factor. */
export async function sampleOneTimeCode(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  role: Role,
  now: Date
): Promise<string | null> {
  const account = await findSampleAccount(sql, role)
  return account?.oneTimeSecret ? shownCode(await oneTimeSecretOf(keys, account), now) : null
}

/** Three groups of four from letters and digits nobody mistakes for another: about 59 bits. */
function newPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return [group(), group(), group()].join('-')
}
