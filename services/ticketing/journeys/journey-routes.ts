// GET /v1/journeys: from anywhere to anywhere by bus and ferry, with changes; and the open way back given its departure.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { identityLimits } from '../../identity/identity-limits.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { showTicket, viewerOf } from '../show-order.ts'
import { Ticket, TicketNo } from '../ticketing-schemas.ts'
import { ConfirmRequest, Journey, JourneySearch } from './journey-schemas.ts'
import { confirmDeparture } from './open-leg.ts'
import { searchJourneys } from './search-journeys.ts'

const confirmProblems = [
  'departure-cancelled',
  'departure-not-found',
  ...identityLimits,
  'leg-not-open',
  'no-places-left',
  'open-leg-over',
  'product-mismatch',
  'sale-closed',
  'sale-not-open',
  'seat-taken',
  'ticket-not-found'
] as const

export function journeyRoutes(app: App, { sql, keys, clock }: Parts): void {
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

  app.get(
    '/v1/journeys',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '查询联程 Journeys with one or two changes',
        description: '汽车与船班的换乘方案，换乘时间不少于规定的最短衔接时间；只列还有余票的班次。',
        querystring: JourneySearch,
        response: { 200: Type.Array(Journey) }
      }
    },
    async ({ query: { from, to, day } }) =>
      await searchJourneys(sql, { from: from.trim(), to: to.trim(), day }, clock())
  )
}
