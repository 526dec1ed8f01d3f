// Passwords are kept as scrypt digests (RFC 7914) that carry their own parameters, so these can be raised later.
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

const now = { N: 2 ** 15, r: 8, p: 1 }
const keyBytes = 32
/** scrypt needs 128 · N · r bytes; Node's own limit is just below what we use. */
const maxmem = 64 * 1024 * 1024

export async function digestPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, now)
  return ['scrypt', now.N, now.r, now.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Takes as long for an account that does not exist (null) as for a wrong password, so names cannot be found out. */
export async function passwordMatches(password: string, digest: string | null): Promise<boolean> {
  const [, N, r, p, salt, key] = (digest ?? nobodysDigest).split('$')
  const expected = Buffer.from(key!, 'base64url')
  const derived = await derive(password, Buffer.from(salt!, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return timingSafeEqual(derived, expected) && digest !== null
}

const nobodysDigest = ['scrypt', now.N, now.r, now.p, 'A'.repeat(22), 'A'.repeat(43)].join('$')

async function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  // NFKC, so that a password typed by a Chinese input method in full-width letters is the same password.
  const text = password.normalize('NFKC')
  return await new Promise((done, failed) =>
    scrypt(text, salt, keyBytes, { ...cost, maxmem }, (error, key) => (error ? failed(error) : done(key)))
  )
}
