// /v1/portal: a participant's own clearing: its days and positions, the lines behind them and the way back to file, byte and signature, its
// files and rejects, its statements with receipts, its disputes. Every answer comes out of a unit of work that sees its rows alone.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { rawToDer } from '../../../card-crypto/sm2-der.ts'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { describeError } from '../../../clearing/card-files/error-codes.ts'
import { transaction, type Transaction } from '../../../clearing/database.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import { explainTransaction } from '../../../clearing/settlement/explain-transaction.ts'
import type { TransactionStory } from '../../../clearing/settlement/transaction-story.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { dayOf } from '../day-routes.ts'
import { Story } from '../transaction-routes.ts'
import { markReceived } from '../transfers/transfer-queries.ts'
import { asOwnParticipant } from './as-participant.ts'
import {
  findSelf,
  listOwnDays,
  listOwnDisputes,
  listOwnFiles,
  listOwnLines,
  listOwnPublished,
  listOwnRejects,
  listOwnTotals,
  seesLine,
  type OwnPublished
} from './portal-queries.ts'
import { OwnDay, OwnDispute, OwnFile, OwnLine, OwnReject, OwnStatement, OwnTotal, Self } from './portal-schemas.ts'

const tags = ['机构门户 Participant portal']
const config = { permit: 'read-own-clearing' } as const
const byId = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Limit = Type.Integer({ minimum: 1, maximum: 500, default: 100 })
const number = { minimum: 0, maximum: 2_147_483_647, default: 0 }

type Own = <Result>(request: FastifyRequest, work: (tx: Transaction) => Promise<Result>) => Promise<Result>

export function portalRoutes(app: App, parts: Parts): void {
  const own: Own = async (request, work) => await asOwnParticipant(parts.sql, sessionOf(request).accountId, work)
  days(app, own)
  oneDay(app, own)
  files(app, own)
  statements(app, parts, own)
  story(app, parts, own)
}

function days(app: App, own: Own): void {
  app.get(
    '/v1/portal/self',
    {
      config,
      schema: { tags, summary: '本机构 Who we are', response: { 200: Self, ...problems('account-of-nobody') } }
    },
    async (request) => (await own(request, findSelf))!
  )
  app.get(
    '/v1/portal/days',
    {
      config,
      schema: {
        tags,
        summary: '清算日与轧差额 Our days and positions',
        querystring: Type.Object({ limit: Limit }),
        response: { 200: Type.Array(OwnDay), ...problems('account-of-nobody') }
      }
    },
    async (request) => await own(request, async (tx) => await listOwnDays(tx, request.query.limit))
  )
}

/** What is behind a position: totals, statements, and each total's lines. */
function oneDay(app: App, own: Own): void {
  app.get(
    '/v1/portal/days/:day',
    {
      config,
      schema: {
        tags,
        summary: '一个清算日 One of our days: what it came to, and its statements',
        params: Type.Object({ day: BusinessDaySchema }),
        response: {
          200: Type.Object({ totals: Type.Array(OwnTotal), statements: Type.Array(OwnStatement) }),
          ...problems('account-of-nobody', 'day-malformed')
        }
      }
    },
    async (request) =>
      await own(request, async (tx) => {
        const day = dayOf(request.params)
        const published = await listOwnPublished(tx, { day })
        return { totals: await listOwnTotals(tx, day), statements: published.map(shown) }
      })
  )
  app.get(
    '/v1/portal/days/:day/lines',
    {
      config,
      schema: {
        tags,
        summary: '一项合计的逐笔 The lines behind one total; after=FILE:LINE for the next page',
        params: Type.Object({ day: BusinessDaySchema }),
        querystring: Type.Object({
          acquirer: Type.String({ pattern: '^\\d{8}$' }),
          issuer: Type.String({ pattern: '^\\d{8}$' }),
          service: Type.Integer({ minimum: 0, maximum: 99 }),
          after: Type.String({ pattern: '^\\d{1,9}:\\d{1,9}$', default: '0:0' }),
          limit: Limit
        }),
        response: { 200: Type.Array(OwnLine), ...problems('account-of-nobody', 'day-malformed') }
      }
    },
    async (request) => {
      const { after, ...of } = request.query
      const [file, line] = after.split(':').map(Number) as [number, number]
      return await own(request, async (tx) => await listOwnLines(tx, dayOf(request.params), { ...of, file, line }))
    }
  )
}

function files(app: App, own: Own): void {
  app.get(
    '/v1/portal/files',
    {
      config,
      schema: {
        tags,
        summary: '送交的文件 The files we sent',
        querystring: Type.Object({ limit: Limit }),
        response: { 200: Type.Array(OwnFile), ...problems('account-of-nobody') }
      }
    },
    async (request) => await own(request, async (tx) => await listOwnFiles(tx, request.query.limit))
  )
  app.get(
    '/v1/portal/files/:id/rejects',
    {
      config,
      schema: {
        tags,
        summary: '被拒绝的行 Its rejected lines; after=line number for the next page',
        params: byId,
        querystring: Type.Object({ after: Type.Integer(number), limit: Limit }),
        response: { 200: Type.Array(OwnReject), ...problems('account-of-nobody') }
      }
    },
    async (request) => {
      const of = { file: request.params.id, ...request.query }
      const rejects = await own(request, async (tx) => await listOwnRejects(tx, of))
      return rejects.map((each) => ({ ...each, reason: describeError(each.code)?.chinese ?? '' }))
    }
  )
  app.get(
    '/v1/portal/disputes',
    {
      config,
      schema: {
        tags,
        summary: '差错 Our disputes',
        querystring: Type.Object({ limit: Limit }),
        response: { 200: Type.Array(OwnDispute), ...problems('account-of-nobody') }
      }
    },
    async (request) => await own(request, async (tx) => await listOwnDisputes(tx, request.query.limit))
  )
}

/** A download that was sent is received: the time of the first stays. */
function statements(app: App, { sql, context, clock }: Parts, own: Own): void {
  const find = async (request: FastifyRequest, id: number): Promise<OwnPublished> => {
    const [file] = await own(request, async (tx) => await listOwnPublished(tx, { id }))
    if (!file) throw refuse('published-file-not-found')
    return file
  }
  const missing = problems('account-of-nobody', 'published-file-not-found')
  app.get(
    '/v1/portal/statements/:id',
    { config, schema: { tags, summary: '下载结算文件 Download a statement', params: byId, response: { ...missing } } },
    async (request, reply) => {
      const file = await find(request, request.params.id)
      await transaction(sql, async (tx) => await markReceived(tx, file.id, { way: 'portal', now: clock() }))
      return reply
        .type('application/octet-stream')
        .header('content-length', file.size)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
        .header('content-digest', `sm3=:${Buffer.from(file.digest, 'hex').toString('base64')}:`)
        .send(createReadStream(join(context.folders.published, file.storedAs)))
    }
  )
  app.get(
    '/v1/portal/statements/:id/signature',
    {
      config,
      schema: { tags, summary: '分离签名（SM2，DER） Its detached signature', params: byId, response: { ...missing } }
    },
    async (request, reply) => {
      const file = await find(request, request.params.id)
      return reply.type('application/octet-stream').send(Buffer.from(rawToDer(file.signature)))
    }
  )
}

function story(app: App, { context }: Parts, own: Own): void {
  app.get(
    '/v1/portal/transactions/:id',
    {
      config,
      schema: {
        tags,
        summary: '一笔交易的来历 One line: its file, byte offset, signature, checks, fee and statements of ours',
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,9}:\\d{1,9}$', description: '文件编号:行号' }) }),
        response: {
          200: Story,
          ...problems('account-of-nobody', 'transaction-not-found')
        }
      }
    },
    async (request) => {
      const { id } = request.params
      const [file, line] = id.split(':').map(Number) as [number, number]
      const self = await own(request, async (tx) => ((await seesLine(tx, file, line)) ? await findSelf(tx) : undefined))
      if (!self) throw refuseClearing('transaction-not-found', { id })
      return ofOurs(await explainTransaction(context, id), self.code)
    }
  )
}

/** What the day came to for the other party is not ours to see. */
function ofOurs(story: TransactionStory, code: string): TransactionStory {
  if (!story.day) return story
  const ours = ({ participant }: { participant: string }): boolean => participant === code
  const { positions, statements } = story.day
  return { ...story, day: { ...story.day, positions: positions.filter(ours), statements: statements.filter(ours) } }
}

function shown({ storedAs: _storedAs, signature: _signature, ...file }: OwnPublished) {
  return file
}
