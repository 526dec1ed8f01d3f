// Subscriptions, the deliveries their events become, and the log of both. Rows are claimed under a lease, so that whoever dies with a
// message in hand is taken over, and the events of one ticket go out in their order.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Delivery, Webhook } from './webhook-schemas.ts'
import type { WebhookEvent } from './webhook-rules.ts'

/** False when the id is another channel's. A new subscription begins with what happens from now on; one that had ended goes on. */
export async function saveWebhook(
  tx: Transaction,
  webhook: { id: string; channel: string; url: string; events: WebhookEvent[] },
  now: Date
): Promise<boolean> {
  const { count } = await tx`
    insert into webhook (id, channel, url, events, created_at)
    select ${webhook.id}, id, ${webhook.url}, ${webhook.events}, ${now} from channel where code = ${webhook.channel}
    on conflict (id) do update set url = excluded.url, events = excluded.events, state = 'active'
    where webhook.channel = excluded.channel`
  return count === 1
}

/** False when there is none of this id. */
export async function setWebhookState(
  tx: Transaction,
  { id, channel, state }: { id: string; channel: string; state: Webhook['state'] }
): Promise<boolean> {
  const { count } = await tx`
    update webhook set state = ${state} from channel
    where webhook.id = ${id} and channel.id = webhook.channel and channel.code = ${channel}`
  return count === 1
}

export async function listWebhooks(sql: Queryable, channel: string): Promise<Webhook[]> {
  return await sql<Webhook[]>`
    select webhook.id, url, events, webhook.state, created_at,
      (select count(*)::integer from webhook_delivery where webhook = webhook.id and state = 'waiting') as waiting
    from webhook join channel on channel.id = webhook.channel
    where channel.code = ${channel} order by created_at, webhook.id`
}

/** The latest first; `before` an id for the next page. */
export async function listDeliveries(
  sql: Queryable,
  { webhook, state, before, limit }: { webhook: string; state: string | null; before: number | null; limit: number }
): Promise<Delivery[]> {
  return await sql<Delivery[]>`
    select delivery.id, delivery.event, delivery.ticket_no, event.event as ticket_event, delivery.state, attempts,
      next_attempt_at, delivered_at, answer
    from webhook_delivery as delivery join ticket_event as event on event.id = delivery.event
    where webhook = ${webhook} and (${state}::text is null or delivery.state = ${state})
      and (${before}::integer is null or delivery.id < ${before})
    order by delivery.id desc limit ${limit}`
}

/** Sends again what was sent or given up: one ticket's messages, or all from an event on. Returns how many. */
export async function replayDeliveries(
  tx: Transaction,
  { webhook, ticketNo, fromEvent }: { webhook: string; ticketNo: string | null; fromEvent: number },
  now: Date
): Promise<number> {
  const { count } = await tx`
    update webhook_delivery set state = 'waiting', attempts = 0, next_attempt_at = ${now}
    where webhook = ${webhook} and state <> 'waiting' and event >= ${fromEvent}
      and (${ticketNo}::text is null or ticket_no = ${ticketNo})`
  return count
}

/** Active subscriptions with events to read or messages to send. */
export async function listDueWebhooks(sql: Queryable, now: Date): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from webhook
    where state = 'active' and (
      exists (select from webhook_delivery where webhook = webhook.id and state = 'waiting' and next_attempt_at <= ${now})
      or exists (select from ticket_event
        where (unit, id) > (read_unit, read_event) and unit < pg_snapshot_xmin(pg_current_snapshot())))
    order by id`
  return rows.map(({ id }) => id)
}

/** Turns the next events of the subscription's channel into deliveries. Returns how many events it passed over or took. */
export async function readEvents(
  tx: Transaction,
  { id, ticketEvents, batch }: { id: string; ticketEvents: string[]; batch: number },
  now: Date
): Promise<number> {
  const [webhook] = await tx<{ owner: string; readUnit: string; readEvent: number }[]>`
    select 'channel:' || channel.code as owner, read_unit, read_event
    from webhook join channel on channel.id = webhook.channel
    where webhook.id = ${id} and webhook.state = 'active' for update of webhook`
  if (!webhook) return 0
  const [read] = await tx<{ read: number }[]>`
    with passed as materialized (
      select unit, id, ticket_no, event from ticket_event
      where (unit, id) > (${webhook.readUnit}::xid8, ${webhook.readEvent}) and unit < pg_snapshot_xmin(pg_current_snapshot())
      order by unit, id limit ${batch}),
    taken as (
      insert into webhook_delivery (webhook, event, ticket_no, next_attempt_at)
      select ${id}, passed.id, passed.ticket_no, ${now}
      from passed
      join coupon on coupon.ticket_no = passed.ticket_no
      join ticket_order as placed on placed.id = coupon.order_id
      where passed.event = any(${ticketEvents}) and placed.owner = ${webhook.owner}
      order by passed.id
      on conflict do nothing),
    moved as (
      update webhook set read_unit = last.unit, read_event = last.id
      from (select unit, id from passed order by unit desc, id desc limit 1) as last
      where webhook.id = ${id})
    select count(*)::integer as read from passed`
  return read!.read
}

export interface ClaimedDelivery {
  id: number
  event: number
  attempts: number
  url: string
  ticketNo: string
  orderId: string
  ticketEvent: string
  state: string
  at: Date
}

/** Takes messages that are due, of each ticket only the oldest one waiting, and keeps others off them until the lease ends. */
export async function claimDeliveries(
  tx: Transaction,
  { webhook, leaseSeconds, batch }: { webhook: string; leaseSeconds: number; batch: number },
  now: Date
): Promise<ClaimedDelivery[]> {
  return await tx<ClaimedDelivery[]>`
    with due as (
      select delivery.id from webhook_delivery as delivery
      where webhook = ${webhook} and state = 'waiting' and next_attempt_at <= ${now} and not exists (
        select from webhook_delivery as earlier
        where earlier.webhook = delivery.webhook and earlier.ticket_no = delivery.ticket_no and earlier.state = 'waiting'
          and earlier.event < delivery.event)
      order by next_attempt_at, id limit ${batch} for update skip locked)
    update webhook_delivery as delivery
    set attempts = attempts + 1, next_attempt_at = ${now}::timestamptz + ${leaseSeconds} * interval '1 second'
    from due, webhook, ticket_event as event, coupon
    where delivery.id = due.id and webhook.id = delivery.webhook and webhook.state = 'active' and event.id = delivery.event
      and coupon.ticket_no = delivery.ticket_no
    returning delivery.id, delivery.event, delivery.attempts, webhook.url, delivery.ticket_no, coupon.order_id,
      event.event as ticket_event, event.state, event.at`
}

export async function markDelivered(tx: Transaction, id: number, answer: string, now: Date): Promise<void> {
  await tx`update webhook_delivery set state = 'delivered', delivered_at = ${now}, answer = ${answer} where id = ${id}`
}

export async function markFailed(
  tx: Transaction,
  { id, answer, again }: { id: number; answer: string; again: Date | null }
): Promise<void> {
  await tx`
    update webhook_delivery
    set answer = ${answer}, state = case when ${again}::timestamptz is null then 'given-up' else state end,
      next_attempt_at = coalesce(${again}::timestamptz, next_attempt_at)
    where id = ${id}`
}

/** The receiver is gone: nothing more is sent until the channel subscribes again. */
export async function endWebhook(tx: Transaction, id: string, answer: string): Promise<void> {
  await tx`update webhook set state = 'ended' where id = ${id}`
  await tx`update webhook_delivery set state = 'given-up', answer = ${answer} where webhook = ${id} and state = 'waiting'`
}

export async function findWebhookEvents(sql: Queryable, id: string): Promise<WebhookEvent[] | null> {
  const [row] = await sql<{ events: WebhookEvent[] }[]>`
    select events from webhook where id = ${id} and state = 'active'`
  return row?.events ?? null
}
