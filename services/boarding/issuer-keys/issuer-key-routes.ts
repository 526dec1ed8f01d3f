// The keys that sign tickets (/v1/issuer-keys): seen, rotated, revoked. Gates get them with their lists.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { findIssuerKeys, type IssuerKeyRow } from './issuer-key-queries.ts'
import { revokeIssuerKey, rotateIssuerKey } from './rotate-issuer-key.ts'

const tags = ['检票 Boarding']
const config = { permit: 'run-issuer-keys' } as const
const version = Type.Integer({ minimum: 1, maximum: 255 })

const IssuerKeyAnswer = Type.Object({
  version,
  publicKey: Type.String({ description: 'SM2 公钥 x‖y，base64' }),
  madeAt: Instant,
  madeBy: Type.String(),
  acceptedUntil: Type.Union([Instant, Type.Null()], { description: '此前仍认其签名；正在签发的为空' }),
  revokedAt: Type.Union([Instant, Type.Null()])
})

export function issuerKeyRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/issuer-keys',
    {
      config,
      schema: {
        tags,
        summary: '车票签发密钥 The keys that sign tickets',
        response: { 200: Type.Array(IssuerKeyAnswer) }
      }
    },
    async () => shown(await findIssuerKeys(sql))
  )

  app.post(
    '/v1/issuer-keys',
    {
      config,
      schema: {
        tags,
        summary: '轮换签发密钥 Let a new key sign; the one before is accepted for a while',
        body: Type.Object(
          {
            overlapDays: Type.Integer({
              minimum: 1,
              maximum: 366,
              default: 45,
              description: '旧钥继续认可的天数，不短于预售期'
            })
          },
          { additionalProperties: false }
        ),
        response: { 201: Type.Array(IssuerKeyAnswer), ...problems('issuer-keys-two') }
      }
    },
    async (request, reply) => {
      const asked = { overlapDays: request.body.overlapDays, by: viewerOf(sessionOf(request)).owner }
      return reply.code(201).send(shown(await rotateIssuerKey({ sql, keys }, asked, clock())))
    }
  )

  app.put(
    '/v1/issuer-keys/:version/revocation',
    {
      config,
      schema: {
        tags,
        summary: '吊销签发密钥 Accept nothing signed with a key any more, at once',
        params: Type.Object({ version }),
        response: { 200: Type.Array(IssuerKeyAnswer), ...problems('issuer-key-not-found') }
      }
    },
    async (request) => {
      const asked = { version: request.params.version, by: viewerOf(sessionOf(request)).owner }
      return shown(await revokeIssuerKey({ sql, keys }, asked, clock()))
    }
  )
}

function shown(all: readonly IssuerKeyRow[]) {
  return all.map(({ publicKey, ...key }) => ({ ...key, publicKey: Buffer.from(publicKey).toString('base64') }))
}
