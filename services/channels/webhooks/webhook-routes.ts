// /v1/webhooks: a channel's subscriptions, and the key that proves a message is ours.
import { Type } from 'typebox'
import { sm2PublicKeyToPem } from '../../../card-crypto/sm2-keys.ts'
import { transaction } from '../../../clearing/database.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { channelCodeOf } from '../authenticate-client.ts'
import { webhookKey } from './send-webhook.ts'
import { mayBeTarget } from './target-rules.ts'
import { listWebhooks, saveWebhook, setWebhookState } from './webhook-queries.ts'
import { requireWebhook } from './webhook-log-routes.ts'
import { Webhook, WebhookMessage, WebhookRequest } from './webhook-schemas.ts'

const tags = ['推送 Webhooks']
const config = { permit: 'keep-webhooks' } as const
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })

export function webhookRoutes(app: App, parts: Parts): void {
  subscriptionRoutes(app, parts)
  keyRoute(app, parts)
}

function subscriptionRoutes(app: App, { sql, clock, config: { sample } }: Parts): void {
  app.get(
    '/v1/webhooks',
    { config, schema: { tags, summary: '我的推送订阅 My webhooks', response: { 200: Type.Array(Webhook) } } },
    async (request) => await listWebhooks(sql, channelCodeOf(request))
  )

  app.put(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: '订阅推送 Subscribe, or change or resume a subscription',
        description: messageText,
        params: byId,
        body: WebhookRequest,
        response: { 200: Webhook, ...problems('webhook-not-found', 'webhook-target') }
      }
    },
    async (request) => {
      const channel = channelCodeOf(request)
      const { id } = request.params
      if (!mayBeTarget(request.body.url, { sample })) throw refuse('webhook-target')
      const saved = await transaction(
        sql,
        async (tx) => await saveWebhook(tx, { id, channel, ...request.body }, clock())
      )
      if (!saved) throw refuse('webhook-not-found')
      return await requireWebhook(sql, channel, id)
    }
  )

  app.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: '取消推送 End a subscription; its log stays',
        params: byId,
        response: { 200: Webhook, ...problems('webhook-not-found') }
      }
    },
    async (request) => {
      const channel = channelCodeOf(request)
      const { id } = await requireWebhook(sql, channel, request.params.id)
      await transaction(sql, async (tx) => await setWebhookState(tx, { id, channel, state: 'ended' }))
      return await requireWebhook(sql, channel, id)
    }
  )
}

function keyRoute(app: App, { keys }: Parts): void {
  app.get(
    '/v1/webhook-key',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '推送签名公钥 The key that proves a message is ours',
        response: { 200: Type.Object({ publicKey: Type.String({ description: 'SM2，PEM' }), message: WebhookMessage }) }
      }
    },
    async () => ({ publicKey: sm2PublicKeyToPem(await keys.publicKey(webhookKey)), message: exampleMessage })
  )
}

const exampleMessage: WebhookMessage = {
  id: 4217,
  type: 'sold',
  at: new Date('2026-12-01T06:00:00+08:00'),
  ticketNo: '44010003207B00004217',
  orderId: '00000000-0000-4000-8000-000000000000',
  event: 'issue',
  state: 'ISSUED'
}

const messageText = `每个事件以 POST 送达，直至 2xx；410 即终止订阅；不跟随重定向；同一客票的事件按序送达，至少一次，以 webhook-id 去重。
签名：webhook-signature = "sm2," + base64(SM2/SM3 对 "webhook-id.webhook-timestamp.正文")，公钥见 GET /v1/webhook-key。`
