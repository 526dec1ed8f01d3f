// Notices go out in batches, no faster than each provider takes them; what it does not take now is tried again, what it refuses is not.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { sessionKey } from '../../access/sign-in.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { Message, MessageOutcome, Messenger } from './messenger.ts'
import {
  claimDueNotices,
  factsKey,
  findNoticeFacts,
  hasDueNotices,
  recordAttempts,
  type DueNotice
} from './notice-queries.ts'
import { noticeWords } from './notice-rules.ts'
import { simulatedMessenger } from './simulated-messenger.ts'

type Sending = { sql: Database; keys: KeyStore; messenger: Messenger }

const batch = 500
const means = ['voice', 'sms', 'app'] as const

export const sendNoticesJob: Job = {
  name: 'send-notices',
  due: async ({ sql }, now) => ((await hasDueNotices(sql, now)) ? ['all'] : []),
  async perform({ sql, keys, clock }) {
    const sending = { sql, keys, messenger: simulatedMessenger(sql) }
    // Round after round while there is something to send: the pace is the provider's, not the worker's.
    while ((await sendNotices(sending, clock())) > 0);
  }
}

/** Returns how many were tried. */
export async function sendNotices(sending: Sending, now: Date): Promise<number> {
  let tried = 0
  for (const each of means) {
    const due = await claimDueNotices(sending.sql, each, batch, now)
    if (due.length > 0) await sendBatch(sending, due, now)
    tried += due.length
  }
  return tried
}

async function sendBatch({ sql, keys, messenger }: Sending, due: readonly DueNotice[], now: Date): Promise<void> {
  const facts = await findNoticeFacts(sql, due)
  const messages = await Promise.all(
    due.map(async (notice): Promise<Message> => {
      const [text] = noticeWords(facts.get(factsKey(notice))!)
      return {
        key: notice.id,
        means: notice.means,
        address: await addressOf(keys, notice),
        text
      }
    })
  )
  const outcomes = await messenger.send(messages, now).catch(() => messages.map((): MessageOutcome => 'later'))
  const attempts = due.map(({ id, attempts: attempt }, at) => ({ id, attempts: attempt, outcome: outcomes[at]! }))
  await transaction(sql, async (tx) => await recordAttempts(tx, attempts, now))
}

async function addressOf(keys: KeyStore, { means: by, account, phone }: DueNotice): Promise<string> {
  if (by === 'app' || phone === null) return account
  return new TextDecoder().decode(await keys.unseal(sessionKey, phone, Buffer.from(account)))
}
