// A passenger opens an account for himself: a name and a password. A phone number is taken only if he gives one.
import { randomUUID } from 'node:crypto'
import { transaction } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { insertAccount, recordSignInEvent } from './access-queries.ts'
import type { Account, Registration } from './access-schemas.ts'
import { digestPassword } from './password.ts'
import { sessionKey } from './sign-in.ts'

/** Throws the refusal account-name-taken. */
export async function registerPassenger(
  { sql, keys }: Pick<Parts, 'sql' | 'keys'>,
  registration: Registration,
  address: string,
  now: Date
): Promise<Account> {
  const { name, password, phone } = registration
  const id = randomUUID()
  const sealedPhone = phone === undefined ? null : await keys.seal(sessionKey, Buffer.from(phone), Buffer.from(id))
  const passwordDigest = await digestPassword(password)
  await transaction(sql, async (tx) => {
    await insertAccount(tx, {
      id,
      name,
      role: 'passenger',
      passwordDigest,
      oneTimeSecret: null,
      phone: sealedPhone,
      sample: false,
      createdAt: now
    })
    await recordSignInEvent(tx, { at: now, account: id, event: 'registered', address })
  })
  return { id, name, role: 'passenger' }
}
