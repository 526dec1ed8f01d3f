// The log of what was pushed, and sending it again: a channel's own under /v1/webhooks, any channel's for the operator under
// /v1/channels.
import { Type } from 'typebox'
import { transaction } from '../../../clearing/database.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { channelCodeOf } from '../authenticate-client.ts'
import { ChannelCode } from '../channel-schemas.ts'
import { listDeliveries, listWebhooks, replayDeliveries } from './webhook-queries.ts'
import { Delivery, ReplayRequest, Webhook } from './webhook-schemas.ts'

const tags = ['推送 Webhooks']
const own = { permit: 'keep-webhooks' } as const
const any = { permit: 'run-channels' } as const
const id = Type.String({ format: 'uuid' })
const byId = Type.Object({ id })
const byChannel = Type.Object({ code: ChannelCode, id })
const querystring = Type.Object({
  state: Type.Optional(Type.Enum(['waiting', 'delivered', 'given-up'])),
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 })
})
const log = { 200: Type.Array(Delivery), ...problems('webhook-not-found') }
const replayed = { 202: Type.Object({ replayed: Type.Integer() }), ...problems('webhook-not-found') }
const logWords = '推送记录 What was sent, the latest first; before=id for the next page'
const replayWords = '重发 Send again: one ticket’s messages, or all from an event on'

interface Page {
  state?: 'waiting' | 'delivered' | 'given-up'
  before?: number
  limit: number
}

export function webhookLogRoutes(app: App, parts: Parts): void {
  const { sql } = parts
  app.get(
    '/v1/webhooks/:id/deliveries',
    { config: own, schema: { tags, summary: logWords, params: byId, querystring, response: log } },
    async (request) => await readLog(sql, { channel: channelCodeOf(request), id: request.params.id }, request.query)
  )
  app.post(
    '/v1/webhooks/:id/replays',
    { config: own, schema: { tags, summary: replayWords, params: byId, body: ReplayRequest, response: replayed } },
    async (request, reply) => {
      const about = { channel: channelCodeOf(request), id: request.params.id }
      return reply.code(202).send(await replay(parts, about, request.body))
    }
  )
  app.get(
    '/v1/channels/:code/webhooks',
    {
      config: any,
      schema: {
        tags,
        summary: '渠道的推送订阅 The webhooks of a channel',
        params: Type.Object({ code: ChannelCode }),
        response: { 200: Type.Array(Webhook) }
      }
    },
    async ({ params }) => await listWebhooks(sql, params.code)
  )
  app.get(
    '/v1/channels/:code/webhooks/:id/deliveries',
    { config: any, schema: { tags, summary: logWords, params: byChannel, querystring, response: log } },
    async ({ params, query }) => await readLog(sql, { channel: params.code, id: params.id }, query)
  )
  app.post(
    '/v1/channels/:code/webhooks/:id/replays',
    { config: any, schema: { tags, summary: replayWords, params: byChannel, body: ReplayRequest, response: replayed } },
    async ({ params, body }, reply) =>
      reply.code(202).send(await replay(parts, { channel: params.code, id: params.id }, body))
  )
}

interface About {
  channel: string
  id: string
}

async function readLog(sql: Parts['sql'], { channel, id: asked }: About, page: Page): Promise<Delivery[]> {
  const { id: webhook } = await requireWebhook(sql, channel, asked)
  const { state = null, before = null, limit } = page
  return await listDeliveries(sql, { webhook, state, before, limit })
}

async function replay(
  { sql, clock, queue }: Parts,
  { channel, id: asked }: About,
  { ticketNo, fromEvent = 0 }: Type.Static<typeof ReplayRequest>
): Promise<{ replayed: number }> {
  const { id: webhook } = await requireWebhook(sql, channel, asked)
  const again = { webhook, ticketNo: ticketNo ?? null, fromEvent }
  const count = await transaction(sql, async (tx) => await replayDeliveries(tx, again, clock()))
  queue.hint('push-webhook', webhook)
  return { replayed: count }
}

/** Throws the refusal webhook-not-found. */
export async function requireWebhook(sql: Parts['sql'], channel: string, asked: string): Promise<Webhook> {
  const webhook = (await listWebhooks(sql, channel)).find((each) => each.id === asked)
  if (!webhook) throw refuse('webhook-not-found')
  return webhook
}
