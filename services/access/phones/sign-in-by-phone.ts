// Signing in by phone: a code is sent to the number, and whoever has it opens the account that answers to the number, made at the first
// time. Orders are the account's, so they are found again from any phone or browser.
import { randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction } from '../../../clearing/database.ts'
import type { Parts } from '../../parts.ts'
import { refuse } from '../../refusals.ts'
import { insertSession, recordSignInEvent } from '../access-queries.ts'
import { isLocked, sessionEnd } from '../access-rules.ts'
import { digestToken, sessionKey, type Session } from '../sign-in.ts'
import { codeLifeMs, isCodeLive, lockMs, maySendCode, nextCodeAt, wrongMax } from './phone-code-rules.ts'
import type { PhoneSignIn, SentPhoneCode } from './phone-schemas.ts'
import {
  countWrong,
  findPhoneAccount,
  forgetCode,
  insertPhoneAccount,
  lockCode,
  saveCode,
  useCode
} from './phone-queries.ts'
import type { SmsSender } from './sms-sender.ts'

/** Digests of numbers, and of codes under their number. */
export const phoneDigestKey: KeyReference = {
  purpose: 'session',
  scope: 'phone',
  version: 1,
  index: 0,
  algorithm: 'hmac-sm3'
}

type With = Pick<Parts, 'sql' | 'keys'>

/**
 * The answer is the same whether the number has an account or not. Throws account-locked, phone-code-too-soon, phone-code-too-many, and
 * phone-code-not-sent when the message did not leave.
 */
export async function sendPhoneCode(
  { sql, keys, sms }: With & { sms: SmsSender },
  phone: string,
  now: Date
): Promise<SentPhoneCode> {
  const digest = await digestOf(keys, phone)
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const codeDigest = await digestOf(keys, `${phone}/${code}`)
  await transaction(sql, async (tx) => {
    const verdict = maySendCode(await lockCode(tx, digest), now)
    if (!verdict.may) throw refuse(verdict.because, { againAt: verdict.againAt.toISOString() })
    const { dayBegan, sentInDay } = verdict
    await saveCode(tx, { phone: digest, codeDigest, sentAt: now, dayBegan, sentInDay })
  })
  const minutes = codeLifeMs / 60_000
  const text = `【岭南联网售票】验证码 ${code}，${minutes} 分钟内有效。请勿告诉他人。`
  const message = { key: randomUUID(), phone, text }
  const outcome = await sms.send(message, now).catch(() => 'later' as const)
  if (outcome !== 'sent') {
    const before = new Date(now.getTime() - codeLifeMs)
    await transaction(sql, async (tx) => await forgetCode(tx, digest, before))
    throw refuse('phone-code-not-sent')
  }
  return { expiresAt: new Date(now.getTime() + codeLifeMs), againAt: nextCodeAt(now) }
}

/** Throws sign-in-failed, without saying why, and account-locked. The token leaves here once; we keep its digest. */
export async function signInByPhone(
  { sql, keys }: With,
  { phone, code }: PhoneSignIn,
  address: string,
  now: Date
): Promise<Session & { token: string }> {
  const digest = await digestOf(keys, phone)
  const given = await digestOf(keys, `${phone}/${code}`)
  const id = randomUUID()
  const sealed = await keys.seal(sessionKey, Buffer.from(phone), Buffer.from(id))
  const token = randomBytes(32).toString('base64url')
  const expiresAt = sessionEnd('passenger', now)
  // A wrong answer must be counted, so the unit of work ends well and the refusal comes after it.
  const opened = await transaction(sql, async (tx) => {
    const known = await lockCode(tx, digest)
    const account = await findPhoneAccount(tx, digest)
    const note = { at: now, account: account?.id ?? null, address }
    if (known && isLocked(known, now)) {
      await recordSignInEvent(tx, { ...note, event: 'refused-while-locked' })
      return 'account-locked'
    }
    const right = known?.codeDigest && isCodeLive(known, now) && timingSafeEqual(known.codeDigest, given)
    if (!right) {
      const lockedUntil = known && known.wrong + 1 >= wrongMax ? new Date(now.getTime() + lockMs) : null
      await countWrong(tx, { phone: digest, lockedUntil })
      await recordSignInEvent(tx, { ...note, event: 'wrong-code' })
      if (lockedUntil) await recordSignInEvent(tx, { ...note, event: 'locked' })
      return lockedUntil ? 'account-locked' : 'sign-in-failed'
    }
    await useCode(tx, digest)
    const owner = account ?? { id, name: nameOf(phone, id) }
    if (!account) {
      await insertPhoneAccount(tx, { ...owner, phone: sealed, phoneDigest: digest, createdAt: now })
      await recordSignInEvent(tx, { ...note, account: id, event: 'registered' })
    }
    await insertSession(tx, {
      tokenDigest: digestToken(token),
      account: owner.id,
      openedAt: now,
      seenAt: now,
      expiresAt
    })
    await recordSignInEvent(tx, { ...note, account: owner.id, event: 'signed-in' })
    return owner
  })
  if (typeof opened === 'string') throw refuse(opened)
  return { token, accountId: opened.id, name: opened.name, role: 'passenger', expiresAt }
}

/** Names are unique and are shown: the number with its middle hidden, and a few characters of the account's own. */
function nameOf(phone: string, id: string): string {
  return `${phone.slice(0, 3)}****${phone.slice(-4)} #${id.slice(0, 8)}`
}

async function digestOf(keys: KeyStore, text: string): Promise<Uint8Array> {
  return await keys.keyedDigest(phoneDigestKey, new TextEncoder().encode(text))
}
