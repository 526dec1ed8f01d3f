// /v1/clearing/disputes: the queue of disputes, what the desk does with them for a party, the approval by two persons, and the evidence.
import { Type } from 'typebox'
import { answerDispute } from '../../../clearing/disputes/answer-dispute.ts'
import { approveBooking, proposeBooking } from '../../../clearing/disputes/book-dispute.ts'
import { disputeKinds, disputeReasons, type DisputeKind } from '../../../clearing/disputes/dispute-codes.ts'
import { findDispute, listDisputes, listEvents } from '../../../clearing/disputes/dispute-queries.ts'
import { Dispute } from '../../../clearing/disputes/dispute-schemas.ts'
import { bundleEvidence } from '../../../clearing/disputes/evidence.ts'
import { raiseDispute } from '../../../clearing/disputes/raise-dispute.ts'
import { refuse } from '../../../clearing/refusals.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'

const tags = ['清分台 Clearing desk']
const read = { permit: 'read-clearing' } as const
const run = { permit: 'run-clearing-day' } as const
const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const code = Type.String({ pattern: '^\\d{8}$', description: '机构代码' })

export function disputeRoutes(app: App, parts: Parts): void {
  reading(app, parts)
  raising(app, parts)
  answering(app, parts)
  booking(app, parts)
}

const Event = Type.Object({
  at: Type.Unsafe<Date>(Type.String({ format: 'date-time' })),
  event: Type.String(),
  by: Type.String(),
  detail: Type.String()
})

function reading(app: App, { sql, context }: Parts): void {
  const querystring = Type.Object({
    state: Type.Optional(Dispute.properties.state),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 })
  })
  app.get(
    '/v1/clearing/disputes',
    {
      config: read,
      schema: { tags, summary: '差错队列 Disputes, by deadline', querystring, response: { 200: Type.Array(Dispute) } }
    },
    async ({ query }) => await listDisputes(sql, query)
  )

  const Whole = Type.Object({ dispute: Dispute, events: Type.Array(Event) })
  app.get(
    '/v1/clearing/disputes/:id',
    {
      config: read,
      schema: {
        tags,
        summary: '一笔差错及其经过 One dispute and what happened to it',
        params,
        response: { 200: Whole, ...problems('dispute-not-found') }
      }
    },
    async ({ params: { id } }) => {
      const dispute = await findDispute(sql, id)
      if (!dispute) throw refuse('dispute-not-found', { id })
      return { dispute, events: await listEvents(sql, id) }
    }
  )

  app.get(
    '/v1/clearing/disputes/:id/evidence',
    {
      config: read,
      schema: {
        tags,
        summary: '证据包（ZIP，含签名） The evidence, signed',
        params,
        response: { ...problems('dispute-not-found') }
      }
    },
    async ({ params: { id } }, reply) => {
      const { name, bytes } = await bundleEvidence(context, id)
      return reply.type('application/zip').header('content-disposition', `attachment; filename=${name}`).send(bytes)
    }
  )
}

function raising(app: App, { sql, clock }: Parts): void {
  const body = Type.Object(
    {
      transaction: Type.String({ pattern: '^\\d{1,9}:\\d{1,9}$', description: '交易号 文件编号:行号' }),
      kind: Type.Enum(Object.keys(disputeKinds) as DisputeKind[], {
        description: Object.entries(disputeKinds)
          .map(([kind, { chinese }]) => `${kind} ${chinese}`)
          .join('；')
      }),
      reason: Type.Enum(Object.keys(disputeReasons), {
        description: Object.entries(disputeReasons)
          .map(([reason, [chinese]]) => `${reason} ${chinese}（本地定义）`)
          .join('；')
      }),
      adjustedAmount: Type.Integer({ minimum: 0, maximum: 100_000, description: '调整后金额（分）' }),
      raisedBy: code
    },
    { additionalProperties: false }
  )
  app.post(
    '/v1/clearing/disputes',
    {
      config: run,
      schema: {
        tags,
        summary: '代机构发起差错 Raise a dispute for a party',
        body,
        response: {
          201: Dispute,
          ...problems('dispute-refused', 'transaction-not-found', 'participant-not-found', 'agreement-missing')
        }
      }
    },
    async ({ body }, reply) => reply.code(201).send(await raiseDispute({ sql }, body, clock()))
  )
}

function answering(app: App, { sql, clock }: Parts): void {
  const body = Type.Object({ answer: Type.Enum(['agreed', 'declined']), by: code }, { additionalProperties: false })
  app.post(
    '/v1/clearing/disputes/:id/answer',
    {
      config: run,
      schema: {
        tags,
        summary: '代机构应答 Answer a dispute for the other party',
        params,
        body,
        response: {
          200: Dispute,
          ...problems('dispute-not-found', 'dispute-refused', 'dispute-decided', 'participant-not-found')
        }
      }
    },
    async ({ params: { id }, body }) => await answerDispute({ sql }, id, { ...body, now: clock() })
  )
}

/** Who proposes and who approves are two accounts. */
function booking(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/clearing/disputes/:id/propose',
    {
      config: run,
      schema: {
        tags,
        summary: '经办：提请记账 Propose to book an agreed dispute',
        params,
        response: { 200: Dispute, ...problems('dispute-not-found', 'dispute-decided') }
      }
    },
    async (request) => {
      const maker = sessionOf(request).accountId
      return await proposeBooking({ sql }, request.params.id, { maker, now: clock() })
    }
  )

  app.post(
    '/v1/clearing/disputes/:id/approve',
    {
      config: run,
      schema: {
        tags,
        summary: '复核：批准记账 Approve it, as another person',
        params,
        response: {
          200: Dispute,
          ...problems('dispute-not-found', 'dispute-decided', 'second-person-needed', 'agreement-missing')
        }
      }
    },
    async (request) => {
      const checker = sessionOf(request).accountId
      return await approveBooking({ sql }, request.params.id, { checker, now: clock() })
    }
  )
}
