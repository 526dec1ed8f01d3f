// A channel's API clients, kept by the operator; the door where a client changes its secret for a token.
import { Type } from 'typebox'
import { transaction } from '../../clearing/database.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { ChannelCode, Client, ClientRequest, NewClient, Token, TokenRequest } from './channel-schemas.ts'
import { listClients, revokeClient } from './client-queries.ts'
import { openToken, registerClient } from './register-client.ts'

const tags = ['渠道 Channels']
const config = { permit: 'run-channels' } as const

export function clientRoutes(app: App, parts: Parts): void {
  clientBookRoutes(app, parts)
  tokenRoute(app, parts)
}

function clientBookRoutes(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/channels/:code/clients',
    {
      config,
      schema: {
        tags,
        summary: '登记接口客户端 Register a client; its secret is shown once',
        params: Type.Object({ code: ChannelCode }),
        body: ClientRequest,
        response: {
          201: NewClient,
          ...problems('channel-not-found', 'client-credential-required', 'public-key-malformed')
        }
      }
    },
    async ({ params, body }, reply) =>
      reply.code(201).send(await registerClient(sql, { channel: params.code, request: body }, clock()))
  )

  app.get(
    '/v1/channels/:code/clients',
    {
      config,
      schema: {
        tags,
        summary: '渠道的接口客户端 The clients of a channel',
        params: Type.Object({ code: ChannelCode }),
        response: { 200: Type.Array(Client) }
      }
    },
    async ({ params }) => await listClients(sql, params.code)
  )

  app.delete(
    '/v1/clients/:id',
    {
      config,
      schema: {
        tags,
        summary: '吊销接口客户端 Revoke a client, its tokens included',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null(), ...problems('client-not-found') }
      }
    },
    async ({ params }, reply) => {
      const revoked = await transaction(sql, async (tx) => await revokeClient(tx, params.id, clock()))
      if (!revoked) throw refuse('client-not-found')
      return reply.code(204).send(null)
    }
  )
}

function tokenRoute(app: App, { sql, clock, config: settings }: Parts): void {
  app.post(
    '/v1/client-tokens',
    {
      config: { permit: 'anyone', rateLimit: { max: settings.signInsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: '换取令牌 A token for a client secret, good for an hour',
        description: '持有 SM2 公钥的客户端也可不取令牌，对每个请求签名（Authorization: SM2-SIGN …）。',
        body: TokenRequest,
        response: { 201: Token, ...problems('sign-in-failed') }
      }
    },
    async ({ body }, reply) => reply.code(201).send(await openToken(sql, body, clock()))
  )
}
