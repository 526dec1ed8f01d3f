// /v1/waitlist: joining under an id of the caller's own, prepaying, watching one's turn, and leaving.
import { Type } from 'typebox'
import { holdsPermit } from '../../access/permit-rules.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { payOrder, payRefunds } from '../pay-order.ts'
import { viewerOf } from '../show-order.ts'
import { joinWaitlist, leaveWaitlist, showEntry } from './join-waitlist.ts'
import { findEntriesOf } from './waitlist-queries.ts'
import { WaitlistEntry, WaitlistPayment, WaitlistRequest } from './waitlist-schemas.ts'
import { PaymentRequest } from '../ticketing-schemas.ts'

const tags = ['候补 Waitlist']
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })

const joinProblems = [
  'age-unproven',
  'cabin-not-offered',
  'cabin-required',
  'child-needs-adult',
  'departure-cancelled',
  'departure-not-found',
  'document-area',
  'document-birth-date',
  'document-check-digit',
  'document-first-generation',
  'document-kind-mismatch',
  'document-malformed',
  'document-required',
  'fare-not-entitled',
  'identity-mismatch',
  'identity-unverified',
  'order-id-reused',
  'quota-spent',
  'sale-after-report',
  'sale-closed',
  'sale-not-open',
  'too-many-free-children',
  'too-many-passengers',
  'waitlist-closed',
  'waitlist-nothing-fits',
  'waitlist-unclear'
] as const

export function waitlistRoutes(app: App, parts: Parts): void {
  joiningRoutes(app, parts)
  payingRoute(app, parts)
  readingRoutes(app, parts)
}

function joiningRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.put(
    '/v1/waitlist/:id',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '候补 Join the waitlist under an id of your own',
        description: '预付最贵一班的票价后开始排队；有票即按付款先后自动兑现，多余款项退还；到截止时间未兑现全额退款。',
        params: byId,
        body: WaitlistRequest,
        response: { 200: WaitlistEntry, ...problems(...joinProblems) }
      }
    },
    async (request) => {
      const { id } = request.params
      return await joinWaitlist(parts, { id, request: request.body }, viewerOf(sessionOf(request)), clock())
    }
  )

  app.delete(
    '/v1/waitlist/:id',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '取消候补 Leave the waitlist; the prepayment goes back whole',
        params: byId,
        response: { 200: WaitlistEntry, ...problems('waitlist-entry-not-found', 'waitlist-over') }
      }
    },
    async (request) => {
      const { id } = request.params
      const entry = await leaveWaitlist(sql, id, viewerOf(sessionOf(request)), clock())
      await payRefunds({ sql, gateways: openGateways(sql) }, clock(), id)
      return entry
    }
  )
}

function payingRoute(app: App, { sql, clock, config }: Parts): void {
  app.post(
    '/v1/waitlist/:id/payments',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '预付 Prepay, and take one’s place in the line',
        params: byId,
        body: PaymentRequest,
        response: {
          200: WaitlistPayment,
          ...problems(
            'credit-only',
            'credit-spent',
            'credit-suspended',
            'not-permitted',
            'order-not-payable',
            'sample-mode-only',
            'shift-required',
            'waitlist-entry-not-found'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      const { gateway } = request.body
      if (gateway === 'simulated-cashier' && !config.sample) throw refuse('sample-mode-only')
      if (gateway === 'cash' && !holdsPermit(session.role, 'sell-at-counter'))
        throw refuse('not-permitted', { permit: 'sell-at-counter' })
      if (holdsPermit(session.role, 'sell-on-credit') !== (gateway === 'credit')) throw refuse('credit-only')
      const viewer = viewerOf(session)
      const { id: orderId } = await showEntry(sql, request.params.id, viewer)
      const paying = { sql, gateways: openGateways(sql) }
      const answer = await payOrder(paying, { orderId, gateway, actor: viewer.owner }, clock())
      return { ...answer, entry: await showEntry(sql, orderId, viewer) }
    }
  )
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/waitlist',
    {
      config: { permit: 'read-own-orders' },
      schema: { tags, summary: '我的候补 My latest entries', response: { 200: Type.Array(WaitlistEntry) } }
    },
    async (request) => await findEntriesOf(sql, viewerOf(sessionOf(request)).owner)
  )

  app.get(
    '/v1/waitlist/:id',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags,
        summary: '候补单 An entry',
        params: byId,
        response: { 200: WaitlistEntry, ...problems('waitlist-entry-not-found') }
      }
    },
    async (request) => await showEntry(sql, request.params.id, viewerOf(sessionOf(request)))
  )
}
