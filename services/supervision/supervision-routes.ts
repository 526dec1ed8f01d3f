// /v1/ratings and /v1/service-cases: what passengers say of a journey, and what becomes of it.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { viewerOf } from '../ticketing/show-order.ts'
import { TicketNo } from '../ticketing/ticketing-schemas.ts'
import { stepCase, stepOwnCase } from './handle-case.ts'
import { openCase } from './open-case.ts'
import { rateJourney } from './rate-journey.ts'
import { settleClaim } from './settle-claim.ts'
import { caseOf, showCase } from './show-case.ts'
import { listCasesOf, listOpenCases, sumRatings } from './supervision-queries.ts'
import {
  CaseRequest,
  CaseStory,
  ClaimRequest,
  OwnerStepRequest,
  RatingRequest,
  RatingSummary,
  ServiceCase,
  StaffStepRequest
} from './supervision-schemas.ts'

const tags = ['服务监督 Supervision']
const byId = Type.Object({ id: Type.String({ format: 'uuid' }) })
/** Fewer ratings than this could be told back to a passenger. */
const leastRatings = 10

export function supervisionRoutes(app: App, parts: Parts): void {
  ratingRoutes(app, parts)
  ownCaseRoutes(app, parts)
  caseDeskRoutes(app, parts)
  claimRoutes(app, parts)
}

function ratingRoutes(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/tickets/:ticketNo/rating',
    {
      config: { permit: 'speak-of-journey' },
      schema: {
        tags,
        summary: '评价行程 Rate a journey, once',
        params: Type.Object({ ticketNo: TicketNo }),
        body: RatingRequest,
        response: {
          201: Type.Null({ description: '已评价 rated' }),
          ...problems('ticket-not-found', 'journey-not-ratable', 'already-rated')
        }
      }
    },
    async (request, reply) => {
      const rating = { ticketNo: request.params.ticketNo, rating: request.body }
      await rateJourney(sql, rating, viewerOf(sessionOf(request)), clock())
      return reply.code(201).send(null)
    }
  )

  app.get(
    '/v1/ratings',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '承运人评价 Ratings by carrier; groups of fewer than ten are not shown',
        querystring: Type.Object({ from: Type.String({ format: 'date' }), to: Type.String({ format: 'date' }) }),
        response: { 200: Type.Array(RatingSummary) }
      }
    },
    async ({ query }) => await sumRatings(sql, { ...query, least: leastRatings })
  )
}

function ownCaseRoutes(app: App, { sql, keys, clock }: Parts): void {
  const config = { permit: 'speak-of-journey' } as const
  app.put(
    '/v1/service-cases/:id',
    {
      config,
      schema: {
        tags,
        summary: '投诉、索赔、咨询、建议 Open a case under an id of your choice',
        params: byId,
        body: CaseRequest,
        response: { 200: CaseStory, ...problems('ticket-not-found', 'claim-incomplete', 'case-id-reused') }
      }
    },
    async (request) => {
      const viewer = viewerOf(sessionOf(request))
      await openCase({ sql, keys }, { id: request.params.id, request: request.body }, viewer, clock())
      return await showCase({ sql, keys }, request.params.id, viewer, clock())
    }
  )

  app.get(
    '/v1/service-cases',
    { config, schema: { tags, summary: '我的工单 My own cases', response: { 200: Type.Array(ServiceCase) } } },
    async (request) => {
      const rows = await listCasesOf(sql, viewerOf(sessionOf(request)).owner)
      return rows.map((row) => caseOf(row, clock()))
    }
  )

  app.get(
    '/v1/service-cases/:id',
    {
      config,
      schema: {
        tags,
        summary: '工单及证据 A case, its history and the evidence',
        params: byId,
        response: { 200: CaseStory, ...problems('case-not-found') }
      }
    },
    async (request) => await showCase({ sql, keys }, request.params.id, viewerOf(sessionOf(request)), clock())
  )

  app.post(
    '/v1/service-cases/:id/steps',
    {
      config,
      schema: {
        tags,
        summary: '办结、重办或撤回 Close, reopen or withdraw an own case',
        params: byId,
        body: OwnerStepRequest,
        response: { 200: CaseStory, ...problems('case-not-found', 'case-step-not-possible') }
      }
    },
    async (request) => {
      const viewer = viewerOf(sessionOf(request))
      await stepOwnCase({ sql, keys }, { ...request.params, ...request.body }, viewer, clock())
      return await showCase({ sql, keys }, request.params.id, viewer, clock())
    }
  )
}

function caseDeskRoutes(app: App, { sql, keys, clock }: Parts): void {
  const config = { permit: 'handle-cases' } as const
  app.get(
    '/v1/case-desk',
    {
      config,
      schema: {
        tags,
        summary: '待办工单 Open cases, the one due soonest first',
        response: { 200: Type.Array(ServiceCase) }
      }
    },
    async () => (await listOpenCases(sql, 500)).map((row) => caseOf(row, clock()))
  )

  app.get(
    '/v1/case-desk/:id',
    {
      config,
      schema: {
        tags,
        summary: '工单 A case, for whoever handles it',
        params: byId,
        response: { 200: CaseStory, ...problems('case-not-found') }
      }
    },
    async (request) => await showCase({ sql, keys }, request.params.id, staffViewer(request), clock())
  )

  app.post(
    '/v1/case-desk/:id/steps',
    {
      config,
      schema: {
        tags,
        summary: '受理、转办、答复 Accept, refuse, hand over or answer',
        params: byId,
        body: StaffStepRequest,
        response: { 200: CaseStory, ...problems('case-not-found', 'case-step-not-possible', 'transfer-party-required') }
      }
    },
    async (request) => {
      const viewer = staffViewer(request)
      await stepCase({ sql, keys }, { ...request.params, ...request.body }, viewer.owner, clock())
      return await showCase({ sql, keys }, request.params.id, viewer, clock())
    }
  )
}

function claimRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.put(
    '/v1/case-desk/:id/claims/:claim',
    {
      config: { permit: 'settle-claims' },
      schema: {
        tags,
        summary: '赔付 Give money back on a ticket whose journey is over; never more than was paid',
        params: Type.Object({ ...byId.properties, claim: Type.String({ format: 'uuid' }) }),
        body: ClaimRequest,
        response: {
          200: CaseStory,
          ...problems('case-not-found', 'case-not-claim', 'journey-not-over', 'claim-too-high', 'claim-id-reused')
        }
      }
    },
    async (request) => {
      const { id, claim } = request.params
      const viewer = staffViewer(request)
      await settleClaim({ sql, keys }, { caseId: id, id: claim, request: request.body }, viewer.owner, clock())
      return await showCase({ sql, keys }, id, viewer, clock())
    }
  )
}

const staffViewer = (request: Parameters<typeof sessionOf>[0]) => ({ ...viewerOf(sessionOf(request)), seesAll: true })
