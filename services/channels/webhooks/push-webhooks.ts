// Tells channels what became of their tickets: events are read in order, become deliveries, and each is sent until it is answered.
// At least once, and the events of one ticket one after the other; the order between tickets is nobody's.
import { transaction } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { Parts } from '../../parts.ts'
import { sendWebhook } from './send-webhook.ts'
import {
  claimDeliveries,
  endWebhook,
  findWebhookEvents,
  listDueWebhooks,
  markDelivered,
  markFailed,
  readEvents,
  type ClaimedDelivery
} from './webhook-queries.ts'
import { retryDelaySeconds, ticketEventsOf, verdictOf, webhookEventOf } from './webhook-rules.ts'
import type { WebhookMessage } from './webhook-schemas.ts'

type Pushing = Pick<Parts, 'sql' | 'keys' | 'config' | 'clock'>

const eventsAtOnce = 2_000
const messagesAtOnce = 16
/** Longer than a message can take, so that nothing in hand is taken over. */
const leaseSeconds = 30
/** A slow receiver must not hold the worker for ever; its next messages come with a later round. */
const claimsMax = 50

export const pushWebhooksJob: Job = {
  name: 'push-webhook',
  due: async ({ sql }, now) => await listDueWebhooks(sql, now),
  perform: async (parts, id) => await pushWebhook(parts, id)
}

/** Reads what happened and sends what is due, for one subscription. `timeoutMs` is the time one receiver has to answer. */
export async function pushWebhook(parts: Pushing, id: string, timeoutMs = 10_000): Promise<void> {
  const { sql, clock } = parts
  const events = await findWebhookEvents(sql, id)
  if (!events) return
  const reading = { id, ticketEvents: ticketEventsOf(events), batch: eventsAtOnce }
  while ((await transaction(sql, async (tx) => await readEvents(tx, reading, clock()))) === eventsAtOnce);
  for (let claims = 0; claims < claimsMax; claims++) {
    const claim = { webhook: id, leaseSeconds, batch: messagesAtOnce }
    const claimed = await transaction(sql, async (tx) => await claimDeliveries(tx, claim, clock()))
    if (claimed.length === 0) return
    await Promise.all(claimed.map(async (delivery) => await deliver(parts, { webhook: id, delivery, timeoutMs })))
  }
}

async function deliver(
  { sql, keys, config, clock }: Pushing,
  { webhook, delivery, timeoutMs }: { webhook: string; delivery: ClaimedDelivery; timeoutMs: number }
): Promise<void> {
  const message = { id: delivery.event, url: delivery.url, body: JSON.stringify(messageOf(delivery)) }
  const { status, answer } = await sendWebhook(message, { keys, sample: config.sample, timeoutMs }, clock())
  const { id, attempts } = delivery
  const now = clock()
  await transaction(sql, async (tx) => {
    switch (verdictOf(status, attempts)) {
      case 'delivered':
        return await markDelivered(tx, id, answer, now)
      case 'gone':
        return await endWebhook(tx, webhook, answer)
      case 'given-up':
        return await markFailed(tx, { id, answer, again: null })
      case 'again': {
        const again = new Date(now.getTime() + retryDelaySeconds(attempts) * 1000)
        return await markFailed(tx, { id, answer, again })
      }
    }
  })
}

function messageOf({ event, at, ticketNo, orderId, ticketEvent, state }: ClaimedDelivery): WebhookMessage {
  const type = webhookEventOf(ticketEvent)
  return { id: event, type, at, ticketNo, orderId, event: ticketEvent, state: state as WebhookMessage['state'] }
}
