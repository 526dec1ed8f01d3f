// /v1/station/reports: 报班, and who could be reported.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { AtPlace, byId, tags } from '../station-schemas.ts'
import { reportDeparture, showCandidates, takeBackReport } from './report-departure.ts'
import { Candidates, Report, ReportRequest } from './report-schemas.ts'

export function reportRoutes(app: App, parts: Parts): void {
  candidateRoute(app, parts)
  reportRoute(app, parts)
  takeBackRoute(app, parts)
}

function candidateRoute(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/station/departures/:id/places/:place/candidates',
    {
      config: { permit: 'read-station-day' },
      schema: {
        tags,
        summary: '可报班的车船与人员 Who and what could be reported',
        params: AtPlace,
        response: { 200: Candidates, ...problems('departure-not-found') }
      }
    },
    async ({ params: { id: departure, place } }) => await showCandidates(sql, { departure, place }, clock())
  )
}

function reportRoute(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/station/reports/:id',
    {
      config: { permit: 'run-station-day' },
      schema: {
        tags,
        summary: '报班 Report a vehicle or vessel with its crew',
        description: '证照、保险、驾驶员与安检不合规则的不予报班。同一班次再次报班即换车。',
        params: byId,
        body: ReportRequest,
        response: {
          200: Report,
          ...problems(
            'conveyance-elsewhere',
            'conveyance-not-fit',
            'conveyance-not-found',
            'crew-elsewhere',
            'crew-member-not-found',
            'crew-not-fit',
            'crew-too-few',
            'departure-not-found',
            'inspection-not-valid',
            'more-sold-than-places',
            'papers-not-valid',
            'report-at-origin',
            'report-closed',
            'report-id-reused',
            'report-too-early',
            'report-too-late'
          )
        }
      }
    },
    async (request) => {
      const { owner: actor } = viewerOf(sessionOf(request))
      return await reportDeparture(sql, { id: request.params.id, request: request.body, actor }, clock())
    }
  )
}

function takeBackRoute(app: App, { sql, clock }: Parts): void {
  app.delete(
    '/v1/station/reports/:id',
    {
      config: { permit: 'run-station-day' },
      schema: {
        tags,
        summary: '取消报班 Take a report back before check-in begins',
        params: byId,
        querystring: Type.Object({ place: PlaceCode }),
        response: { 204: Type.Null(), ...problems('departure-not-found', 'report-closed', 'report-not-found') }
      }
    },
    async ({ params, query }, reply) => {
      await takeBackReport(sql, params.id, query.place, clock())
      return reply.code(204).send(null)
    }
  )
}
