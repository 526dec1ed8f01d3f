// /v1/clearing/files and arrivals: card files sent to us, what became of them and of every line that was refused.
import type { FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { refuse as refuseFile } from '../../clearing/refusals.ts'
import { hex } from '../../card-crypto/bytes.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { findArrival, listArrivals, type Arrival } from './arrival-queries.ts'
import { countRejectsByCode, listDeskFiles, listRejectedLines } from './clearing-desk-queries.ts'
import { DeskFile, RejectCount, RejectedLine, ShownArrival } from './clearing-desk-schemas.ts'
import { withText } from './day-routes.ts'
import { receiveArrival, uploadBytesMax } from './receive-arrival.ts'

const tags = ['清分台 Clearing desk']
const config = { permit: 'read-clearing' } as const
const byId = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100 })

export function fileRoutes(app: App, parts: Parts): void {
  filesTakenIn(app, parts)
  arrivals(app, parts)
  void app.register(async (scope) => uploadRoute(scope as unknown as App, parts))
}

function filesTakenIn(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/files',
    {
      config,
      schema: {
        tags,
        summary: '卡交易文件 Card files, the latest first; before=id for the next page',
        querystring: Type.Object({
          state: Type.Optional(Type.Enum(['loading', 'accepted', 'refused'])),
          before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
          limit: Limit
        }),
        response: { 200: Type.Array(DeskFile) }
      }
    },
    async ({ query }) => await listDeskFiles(sql, query)
  )

  app.get(
    '/v1/clearing/files/:id',
    {
      config,
      schema: {
        tags,
        summary: '一份文件 One file, with its rejects by reason',
        params: byId,
        response: {
          200: Type.Object({ ...DeskFile.properties, rejects: Type.Array(RejectCount) }),
          ...problems('file-not-found')
        }
      }
    },
    async ({ params }) => {
      const [file] = await listDeskFiles(sql, { id: params.id, limit: 1 })
      if (!file) throw refuseFile('file-not-found')
      return { ...file, rejects: (await countRejectsByCode(sql, { file: file.id })).map(withText) }
    }
  )

  app.get(
    '/v1/clearing/files/:id/rejects',
    {
      config,
      schema: {
        tags,
        summary: '被拒绝的行 Rejected lines; after=line number for the next page',
        params: byId,
        querystring: Type.Object({
          code: Type.Optional(Type.String({ pattern: '^\\d{6}$' })),
          after: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0 }),
          limit: Limit
        }),
        response: { 200: Type.Array(RejectedLine) }
      }
    },
    async ({ params, query: { code = null, after, limit } }) =>
      await listRejectedLines(sql, { file: params.id, code, after, limit })
  )
}

function arrivals(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/arrivals',
    {
      config,
      schema: {
        tags,
        summary: '来件 Files that arrived, the latest first',
        querystring: Type.Object({ limit: Limit }),
        response: { 200: Type.Array(ShownArrival) }
      }
    },
    async ({ query }) => (await listArrivals(sql, query.limit)).map(shown)
  )

  app.get(
    '/v1/clearing/arrivals/:id',
    {
      config,
      schema: {
        tags,
        summary: '一份来件 What became of an arrival',
        params: byId,
        response: { 200: ShownArrival, ...problems('arrival-not-found') }
      }
    },
    async ({ params }) => {
      const arrival = await findArrival(sql, params.id)
      if (!arrival) throw refuse('arrival-not-found')
      return shown(arrival)
    }
  )
}

/** In a scope of its own, where a body is never parsed and never held in memory, whatever its type. */
function uploadRoute(app: App, parts: Parts): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, body, done) => done(null, body))
  app.post(
    '/v1/clearing/files',
    {
      config: { permit: 'send-card-file' },
      bodyLimit: uploadBytesMax,
      schema: {
        tags,
        summary: '送交卡交易文件 Send a card file; the body is the file as it is',
        consumes: ['application/octet-stream', 'text/csv', 'text/plain'],
        querystring: Type.Object({
          name: Type.String({
            minLength: 1,
            maxLength: 120,
            pattern: '^[^./\\\\\\u0000-\\u001f][^/\\\\\\u0000-\\u001f]*$'
          }),
          format: Type.Optional(Type.Enum(['cttic', 'shenzhen-open-data']))
        }),
        headers: Type.Object({
          'content-digest': Type.Optional(
            Type.String({ maxLength: 400, description: 'RFC 9530：sm3=:…:（也可 sha-256=:…:），不符则拒收' })
          ),
          'x-sm2-signature': Type.Optional(
            Type.String({ maxLength: 200, description: 'SM2 分离签名，Base64（DER 或 64 字节 r‖s）' })
          )
        }),
        response: {
          202: ShownArrival,
          ...problems('digest-differs', 'file-name-waiting', 'upload-too-large', 'upload-broken')
        }
      }
    },
    async (request, reply) => {
      const { name, format = null } = request.query
      const signature = request.headers['x-sm2-signature']
      const upload = {
        name,
        format,
        contentDigest: request.headers['content-digest'] ?? null,
        signature: signature === undefined ? null : Buffer.from(signature, 'base64'),
        receivedBy: sessionOf(request).accountId
      }
      const arrival = await receiveArrival(parts, upload, bodyOf(request), parts.clock())
      parts.queue.hint('take-arrivals', 'waiting')
      return reply.code(202).header('location', `/v1/clearing/arrivals/${arrival.id}`).send(shown(arrival))
    }
  )
}

/** A request without a body reaches no parser; it is an empty file. */
function bodyOf(request: Pick<FastifyRequest, 'body' | 'raw'>): Readable {
  return (request.body as Readable | undefined) ?? request.raw
}

function shown(arrival: Arrival) {
  const { id, name, source, size, digest, state, fileId, code, receivedAt, finishedAt } = arrival
  return { id, name, source, size, digest: digest && hex(digest), state, fileId, code, receivedAt, finishedAt }
}
