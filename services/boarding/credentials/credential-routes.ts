// Credentials apart from their tickets: a phone's own key, and the ending of what was issued.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { CredentialEnding, DeviceCredential, DeviceRequest, EndingRequest } from './credential-schemas.ts'
import { endCredentials } from './reissues/end-credentials.ts'
import { registerDevice } from './register-device.ts'

const tags = ['检票 Boarding']

export function credentialRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.put(
    '/v1/tickets/:ticketNo/device',
    {
      config: { permit: 'show-ticket-code' },
      schema: {
        tags,
        summary: '绑定手机密钥 Let a phone make the codes of a ticket with a key of its own',
        description: '此后手机无网络也能每 30 秒自签新码；检票口离线即可验证。',
        params: Type.Object({ ticketNo: TicketNo }),
        body: DeviceRequest,
        response: {
          200: DeviceCredential,
          ...problems('ticket-not-found', 'ticket-without-code', 'device-proof-invalid', 'devices-too-many')
        }
      }
    },
    async (request) => {
      const asked = { ticketNo: request.params.ticketNo, request: request.body }
      return await registerDevice({ sql, keys }, asked, viewerOf(sessionOf(request)), clock())
    }
  )

  app.put(
    '/v1/credential-endings/:id',
    {
      config: { permit: 'end-credentials' },
      schema: {
        tags,
        summary: '作废乘车码 End every code and slip of a ticket issued so far; the ticket stays as it is',
        params: Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) }),
        body: EndingRequest,
        response: {
          200: CredentialEnding,
          ...problems('reissue-id-reused', 'ticket-not-found', 'ticket-not-reissuable')
        }
      }
    },
    async (request) => {
      const asked = { id: request.params.id, request: request.body }
      return await endCredentials(sql, asked, viewerOf(sessionOf(request)), clock())
    }
  )
}
