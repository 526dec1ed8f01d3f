// /v1/station/departures/{id}/places/{place}: bay, check-in, dispatch, manifest and counts; and /v1/station/admissions.
import { Type } from 'typebox'
import { hex } from '../../../card-crypto/bytes.ts'
import { sessionOf } from '../../access/require-permit.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { AtPlace, byId, tags } from '../station-schemas.ts'
import { admitPassenger } from './admit-passenger.ts'
import { assignGateAndBay, dispatchDeparture, manifestKey, openCheckIn, readManifest } from './dispatch-departure.ts'
import {
  Admission,
  AdmissionRequest,
  BayRequest,
  CountExchange,
  Dispatch,
  ManifestKey,
  PlaceState,
  SettlementRequest
} from './dispatch-schemas.ts'
import { chaseDifference } from './exchange-counts.ts'
import { findExchanges } from './exchange-queries.ts'

const running = { permit: 'run-station-day' } as const
const at = '/v1/station/departures/:id/places/:place'

export function dispatchRoutes(app: App, parts: Parts): void {
  openingRoutes(app, parts)
  leavingRoute(app, parts)
  admissionRoute(app, parts)
  manifestRoutes(app, parts)
  countRoutes(app, parts)
}

function openingRoutes(app: App, { sql, clock }: Parts): void {
  app.put(
    `${at}/bay`,
    {
      config: running,
      schema: {
        tags,
        summary: '分配检票口与发车位 Assign gate and bay',
        params: AtPlace,
        body: BayRequest,
        response: { 200: PlaceState, ...problems('bay-taken', 'departure-not-found', 'gate-not-found') }
      }
    },
    async (request) => {
      const { id: departure, place } = request.params
      const { owner: actor } = viewerOf(sessionOf(request))
      return await assignGateAndBay(sql, { departure, place, actor }, request.body)
    }
  )

  app.put(
    `${at}/check-in`,
    {
      config: running,
      schema: {
        tags,
        summary: '开检 Open check-in',
        params: AtPlace,
        response: {
          200: PlaceState,
          ...problems('check-in-too-early', 'departure-not-found', 'departure-not-here', 'departure-not-reported')
        }
      }
    },
    async (request) => {
      const { id: departure, place } = request.params
      return await openCheckIn(sql, { departure, place, actor: viewerOf(sessionOf(request)).owner }, clock())
    }
  )
}

function leavingRoute(app: App, { sql, keys, clock }: Parts): void {
  app.put(
    `${at}/dispatch`,
    {
      config: running,
      schema: {
        tags,
        summary: '发班、开航 Dispatch',
        description: '已检客票成为已乘，未检的记漏乘；乘客清单签名存档；随后与港口、承运人核对人数。重复发班等同一次。',
        params: AtPlace,
        response: {
          200: Dispatch,
          ...problems(
            'conveyance-not-fit',
            'crew-not-fit',
            'crew-too-few',
            'departure-not-found',
            'departure-not-here',
            'departure-not-reported',
            'dispatch-too-early',
            'inspection-not-valid',
            'papers-not-valid',
            'too-many-aboard'
          )
        }
      }
    },
    async (request) => {
      const { id: departure, place } = request.params
      const act = { departure, place, actor: viewerOf(sessionOf(request)).owner }
      return await dispatchDeparture({ sql, keys }, act, clock())
    }
  )
}

function admissionRoute(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/station/admissions/:id',
    {
      config: running,
      schema: {
        tags,
        summary: '补检、混检 Let a late passenger, or one of another departure of the line, aboard',
        params: byId,
        body: AdmissionRequest,
        response: {
          200: Admission,
          ...problems(
            'admission-id-reused',
            'admission-not-mixed',
            'admission-other-day',
            'admission-other-line',
            'admission-too-late',
            'departure-not-found',
            'departure-not-here',
            'no-places-left',
            'ticket-not-admissible',
            'ticket-not-found'
          )
        }
      }
    },
    async (request) => {
      const { owner: actor } = viewerOf(sessionOf(request))
      return await admitPassenger(sql, { id: request.params.id, request: request.body, actor }, clock())
    }
  )
}

function manifestRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    `${at}/manifest`,
    {
      config: { permit: 'read-manifest' },
      schema: {
        tags,
        summary: '乘客清单、舱单 The signed manifest',
        description: '所签名的原文；读取记入审计。',
        params: AtPlace,
        produces: ['text/csv'],
        response: { 200: Type.String(), ...problems('departure-not-found', 'dispatch-not-found') }
      }
    },
    async (request, reply) => {
      const { id: departure, place } = request.params
      const act = { departure, place, actor: viewerOf(sessionOf(request)).owner }
      const text = await readManifest({ sql, keys }, act, clock())
      const name = `attachment; filename="manifest-${departure}.csv"`
      return reply.type('text/csv; charset=utf-8').header('content-disposition', name).send(text)
    }
  )

  app.get(
    '/v1/station/manifest-key',
    {
      config: { permit: 'anyone' },
      schema: { tags, summary: '舱单验签公钥 The key manifests are signed with', response: { 200: ManifestKey } }
    },
    async () => ({ publicKey: hex(await keys.publicKey(manifestKey)) })
  )
}

function countRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/station/counts',
    {
      config: { permit: 'read-station-day' },
      schema: {
        tags,
        summary: '人数核对 Counts exchanged with port and carrier: of a departure, or all that differ at the place',
        querystring: Type.Object({ place: PlaceCode, departure: Type.Optional(Id) }),
        response: { 200: Type.Array(CountExchange) }
      }
    },
    async ({ query }) => await findExchanges(sql, query)
  )

  app.post(
    `${at}/counts/:party`,
    {
      config: running,
      schema: {
        tags,
        summary: '追查人数差异 Chase a difference: have them count again, or say what it was',
        params: Type.Object({ ...AtPlace.properties, party: Type.Enum(['port', 'carrier']) }),
        body: SettlementRequest,
        response: { 200: Type.Array(CountExchange), ...problems('count-not-differing') }
      }
    },
    async (request) => {
      const { id: departure, place, party } = request.params
      const { owner: actor } = viewerOf(sessionOf(request))
      await chaseDifference(sql, { departure, place, party, actor }, request.body, clock())
      return await findExchanges(sql, { place, departure })
    }
  )
}
