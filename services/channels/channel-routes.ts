// /v1/channels for the operator, /v1/channel for the channel itself.
import { Type } from 'typebox'
import { transaction, violates } from '../../clearing/database.ts'
import { fen, FenSchema } from '../../clearing/money.ts'
import type { App, Parts } from '../parts.ts'
import { payIn } from '../payments/channel-credit-queries.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { channelCodeOf } from './authenticate-client.ts'
import { findChannel, findChannelId, findTopUp, listChannels, listMovements, saveChannel } from './channel-queries.ts'
import { Channel, ChannelCode, ChannelTerms, Movement } from './channel-schemas.ts'

const tags = ['渠道 Channels']
const byCode = Type.Object({ code: ChannelCode })
const config = { permit: 'run-channels' } as const

export function channelRoutes(app: App, parts: Parts): void {
  termsRoutes(app, parts)
  topUpRoute(app, parts)
  ownRoutes(app, parts)
}

function termsRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/channels',
    { config, schema: { tags, summary: '全部渠道 All channels', response: { 200: Type.Array(Channel) } } },
    async () => await listChannels(sql, clock())
  )

  app.put(
    '/v1/channels/:code',
    {
      config,
      schema: {
        tags,
        summary: '设立或修改渠道 Open a channel or change its terms',
        description: '新条款自保存起生效；已售车票的佣金与服务费不变。信用额度不能低于已用额度。',
        params: byCode,
        body: ChannelTerms,
        response: { 200: Channel, ...problems('channel-not-found', 'credit-spent') }
      }
    },
    async ({ params: { code }, body }) => {
      try {
        await transaction(sql, async (tx) => await saveChannel(tx, code, body))
      } catch (error) {
        if (violates(error, 'channel_credit_limit')) throw refuse('credit-spent')
        throw error
      }
      return await requireChannel({ sql, clock }, code)
    }
  )
}

function topUpRoute(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/channels/:code/top-ups/:id',
    {
      config,
      schema: {
        tags,
        summary: '渠道充值 Money a channel paid in',
        params: Type.Object({ code: ChannelCode, id: Type.String({ format: 'uuid' }) }),
        body: Type.Object(
          { amount: Type.Unsafe<number>({ ...FenSchema, minimum: 1 }) },
          { additionalProperties: false }
        ),
        response: { 200: Channel, ...problems('channel-not-found', 'top-up-id-reused') }
      }
    },
    async ({ params: { code, id }, body: { amount } }) => {
      const channel = await findChannelId(sql, code)
      if (channel === null) throw refuse('channel-not-found')
      if (!(await payIn(sql, { channel, id, amount: fen(amount) }, clock()))) {
        const before = await findTopUp(sql, id)
        if (before?.channel !== channel || before.amount !== amount) throw refuse('top-up-id-reused')
      }
      return await requireChannel({ sql, clock }, code)
    }
  )
}

function ownRoutes(app: App, { sql, clock }: Parts): void {
  const config = { permit: 'read-channel-account' } as const
  app.get(
    '/v1/channel',
    {
      config,
      schema: {
        tags,
        summary: '本渠道的条款与余额 My terms and balance',
        response: { 200: Channel, ...problems('channel-not-found') }
      }
    },
    async (request) => await requireChannel({ sql, clock }, channelCodeOf(request))
  )

  app.get(
    '/v1/channel/movements',
    {
      config,
      schema: {
        tags,
        summary: '本渠道账户明细 My account, the latest first; before=id for the next page',
        querystring: Type.Object({
          before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
          limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 })
        }),
        response: { 200: Type.Array(Movement) }
      }
    },
    async (request) => {
      const { before = null, limit } = request.query
      return await listMovements(sql, { code: channelCodeOf(request), before, limit })
    }
  )
}

async function requireChannel({ sql, clock }: Pick<Parts, 'sql' | 'clock'>, code: string): Promise<Channel> {
  const channel = await findChannel(sql, code, clock())
  if (!channel) throw refuse('channel-not-found')
  return channel
}
