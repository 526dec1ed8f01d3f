// GET /v1/journeys: from anywhere to anywhere by bus and ferry, with changes; and the open way back given its departure.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { identityLimits } from '../../identity/identity-limits.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { headersOf, matchesEntityTag, openDepartureSearch } from '../../timetable/departure-search.ts'
import { showTicket, viewerOf } from '../show-order.ts'
import { Ticket, TicketNo } from '../ticketing-schemas.ts'
import { findProductsToShow } from './journey-queries.ts'
import { ConfirmRequest, Journey, JourneyQuery, JourneySearch, ProductInForce } from './journey-schemas.ts'
import { BookedJourney } from './booked-journey-schemas.ts'
import { openPartners } from '../partner-legs/open-partners.ts'
import { searchPartnerJourneys } from '../partner-legs/search-partner-journeys.ts'
import { confirmDeparture } from './open-leg.ts'
import { showJourney } from './show-journey.ts'
import { searchJourneys } from './search-journeys.ts'

const confirmProblems = [
  'cabin-full',
  'cabin-not-offered',
  'cabin-required',
  'departure-cancelled',
  'departure-not-found',
  ...identityLimits,
  'leg-not-open',
  'no-places-left',
  'open-leg-costs-more',
  'open-leg-over',
  'product-mismatch',
  'sale-after-report',
  'sale-closed',
  'sale-not-open',
  'seat-taken',
  'ticket-not-found'
] as const

export function journeyRoutes(app: App, parts: Parts): void {
  confirmingRoute(app, parts)
  searchingRoutes(app, parts)
  bookedRoute(app, parts)
}

function confirmingRoute(app: App, { sql, keys, clock }: Parts): void {
  app.put(
    '/v1/tickets/:ticketNo/departure',
    {
      config: { permit: 'change-ticket' },
      schema: {
        tags: ['客票 Tickets'],
        summary: '返程确认班次 Give the open way back its departure',
        params: Type.Object({ ticketNo: TicketNo }),
        body: ConfirmRequest,
        response: { 200: Ticket, ...problems(...confirmProblems) }
      }
    },
    async (request) => {
      const viewer = viewerOf(sessionOf(request))
      const { ticketNo } = request.params
      await confirmDeparture(sql, { ticketNo, ...request.body }, viewer, clock())
      return await showTicket({ sql, keys }, ticketNo, viewer)
    }
  )
}

function searchingRoutes(app: App, { sql, clock, config }: Parts): void {
  const partners = openPartners(sql, config)
  const search = openDepartureSearch(async (question, now) => await searchJourneys(sql, question, now))

  app.get(
    '/v1/products',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '联程、往返产品 Through and return products in force on a day',
        querystring: Type.Pick(JourneySearch, ['day']),
        response: { 200: Type.Array(ProductInForce) }
      }
    },
    async ({ query: { day } }) => await findProductsToShow(sql, day)
  )

  app.get(
    '/v1/journeys',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '查询联程 Journeys with one or two changes',
        description:
          '汽车与船班的换乘方案，换乘时间不少于规定的最短衔接时间；只列还有余票的班次。结果来自缓存，同班次查询；合作方的班次每次现查。',
        querystring: JourneyQuery,
        headers: Type.Object({ 'if-none-match': Type.Optional(Type.String({ maxLength: 400 })) }),
        response: { 200: Type.Array(Journey), 304: Type.Null({ description: '与所持结果相同' }) }
      }
    },
    async ({ query: { from, to, day, partners: asked }, headers }, reply) => {
      const question = { from: from.trim(), to: to.trim(), day }
      const now = clock()
      // Where no partner goes the answer is the cached one, however it was asked for.
      const theirs = asked ? await searchPartnerJourneys({ sql, partners }, question, now) : []
      if (theirs.length > 0) return [...(await searchJourneys(sql, question, now)), ...theirs]
      const own = await search.answer(question, now)
      void reply.headers(headersOf(own, now))
      if (matchesEntityTag(headers['if-none-match'], own.entityTag)) return reply.code(304).send(null)
      void reply.type('application/json; charset=utf-8')
      return reply.send(own.body as never)
    }
  )
}

function bookedRoute(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/journeys/:journeyNumber',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags: ['客票 Tickets'],
        summary: '联程行程 A booked journey: its legs, its tickets, its connections',
        description: '凭一个联程号看全程；任一程的乘车码在各程检票口均有效。',
        params: Type.Object({ journeyNumber: Type.String({ pattern: '^J[0-9]{15}$' }) }),
        response: { 200: BookedJourney, ...problems('journey-not-found') }
      }
    },
    async (request) =>
      await showJourney({ sql, keys }, request.params.journeyNumber, viewerOf(sessionOf(request)), clock())
  )
}
