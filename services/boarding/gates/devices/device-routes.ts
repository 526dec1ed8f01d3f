// /v1/gate-devices: letting gates in, seeing how fresh each one's lists and clock are, and shutting one out.
import { Type } from 'typebox'
import { sessionOf } from '../../../access/require-permit.ts'
import { PlaceCode } from '../../../network/network-schemas.ts'
import type { App, Parts } from '../../../parts.ts'
import { problems } from '../../../problem.ts'
import { viewerOf } from '../../../ticketing/show-order.ts'
import { byGate, Enrolment, EnrolmentCode, EnrolmentRequest, GateSource, RevocationRequest } from './device-schemas.ts'
import { enrolDevice, makeEnrolmentCode, takeBackDevice } from './enrol-device.ts'
import { showSources } from './show-sources.ts'

const tags = ['检票口 Gates']

const config = { permit: 'run-gates' } as const

export function deviceRoutes(app: App, parts: Parts): void {
  enrolmentRoutes(app, parts)
  fleetRoutes(app, parts)
}

function enrolmentRoutes(app: App, { sql, keys, clock, config: settings }: Parts): void {
  app.post(
    '/v1/gates/:gate/enrolment-codes',
    {
      config,
      schema: {
        tags,
        summary: '登记码 A code for enrolling a device at a gate: good once, for 15 minutes',
        params: Type.Object(byGate.properties),
        response: { 201: EnrolmentCode, ...problems('gate-not-found') }
      }
    },
    async (request, reply) => {
      const actor = viewerOf(sessionOf(request)).owner
      return reply.code(201).send(await makeEnrolmentCode(sql, request.params.gate, actor, clock()))
    }
  )

  app.post(
    '/v1/gate-devices',
    {
      config: { permit: 'anyone', rateLimit: { max: settings.signInsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: '登记检票设备 Enrol a device: a code and a signing request for a certificate',
        description: '同一登记码与同一密钥重发，得到同一证书。此后的请求以 SM2-GATE 签名，client 为 device。',
        body: EnrolmentRequest,
        response: {
          200: Enrolment,
          ...problems('enrolment-code-wrong', 'signing-request-malformed', 'device-key-enrolled')
        }
      }
    },
    async (request) => await enrolDevice({ sql, keys }, request.body, clock())
  )
}

function fleetRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/gate-devices',
    {
      config: { permit: 'watch-gates' },
      schema: {
        tags,
        summary: '检票设备与名单新鲜度 Devices, and how fresh each one’s lists and clock are',
        querystring: Type.Object({ place: Type.Optional(PlaceCode) }),
        response: { 200: Type.Array(GateSource) }
      }
    },
    async ({ query }) => await showSources(sql, query.place ?? null, clock())
  )

  app.post(
    '/v1/gate-devices/:device/revocation',
    {
      config,
      schema: {
        tags,
        summary: '吊销设备 Shut a device out at once',
        params: Type.Object({ device: Type.String({ format: 'uuid' }) }),
        body: RevocationRequest,
        response: { 204: Type.Null(), ...problems('device-not-found') }
      }
    },
    async (request, reply) => {
      const { reason, note } = request.body
      const actor = viewerOf(sessionOf(request)).owner
      const asked = { id: request.params.device, reason: [reason, note?.trim()].filter(Boolean).join(' '), actor }
      await takeBackDevice(sql, asked, clock())
      return reply.code(204).send(null)
    }
  )
}
