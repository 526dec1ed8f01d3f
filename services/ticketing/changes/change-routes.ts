// Changes: what one would cost now, and making it under an order id of the caller's own. What is due is paid like any order.
import { Type } from 'typebox'
import { holdsPermit } from '../../access/permit-rules.ts'
import { sessionOf } from '../../access/require-permit.ts'
import { identityLimits } from '../../identity/identity-limits.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { payRefunds } from '../pay-order.ts'
import { viewerOf } from '../show-order.ts'
import { Change, ChangeQuote, ChangeQuoteRequest, ChangeRequest } from './change-schemas.ts'
import { changeTickets, quoteChange, showChange } from './change-tickets.ts'

const tags = ['改签 Changes']
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定，也是新票的订单号' }) })

const changeProblems = [
  'cabin-not-offered',
  'cabin-required',
  'change-closed',
  'change-lower-price',
  'change-one-leg',
  'change-other-line',
  'change-other-price',
  'change-other-stops',
  'change-same-departure',
  'change-with-vehicle',
  'changed-before',
  'child-needs-adult',
  'connection-too-short',
  'departure-cancelled',
  'departure-not-found',
  'no-interchange',
  'not-permitted',
  'sale-after-report',
  'sale-closed',
  'sale-not-open',
  'ticket-not-changeable',
  'new-energy-sale-not-open',
  'ticket-not-found',
  'too-many-free-children',
  'too-many-passengers',
  'vehicle-not-carried',
  'vehicle-sale-closed'
] as const

export function changeRoutes(app: App, parts: Parts): void {
  quoteRoutes(app, parts)
  makingRoutes(app, parts)
}

function quoteRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.post(
    '/v1/change-quotes',
    {
      config: { permit: 'change-ticket' },
      schema: {
        tags,
        summary: '改签试算 What a change would cost now',
        body: ChangeQuoteRequest,
        response: { 200: ChangeQuote, ...problems(...changeProblems) }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      assertMayOverrule(session, request.body)
      return await quoteChange({ sql, keys }, request.body, viewerOf(session), clock())
    }
  )
}

function makingRoutes(app: App, { sql, keys, clock }: Parts): void {
  const paying = { sql, gateways: openGateways(sql) }

  app.put(
    '/v1/changes/:id',
    {
      config: { permit: 'change-ticket' },
      schema: {
        tags,
        summary: '改签 Change tickets of one order and leg, all or none',
        description:
          '应补款时为您保留新座位，按 /v1/orders/{id}/payments 支付后改签生效，此前原票有效；不须补款时当即生效。',
        params: byId,
        body: ChangeRequest,
        response: {
          200: Change,
          ...problems(
            ...changeProblems,
            ...identityLimits,
            'cabin-full',
            'dangerous-goods-not-carried',
            'deck-full',
            'new-energy-quota-full',
            'change-amount-changed',
            'document-required',
            'fare-not-entitled',
            'no-places-left',
            'order-id-reused',
            'place-not-found'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      assertMayOverrule(session, request.body)
      if (request.body.counter && !holdsPermit(session.role, 'sell-at-counter'))
        throw refuse('not-permitted', { permit: 'sell-at-counter' })
      const placement = { id: request.params.id, request: request.body }
      const now = clock()
      const change = await changeTickets({ sql, keys }, placement, viewerOf(session), now)
      if (change.due < 0) await payRefunds(paying, now, change.id)
      return change
    }
  )

  app.get(
    '/v1/changes/:id',
    {
      config: { permit: 'change-ticket' },
      schema: {
        tags,
        summary: '改签单 A change',
        params: byId,
        response: { 200: Change, ...problems('change-not-found') }
      }
    },
    async (request) => await showChange(sql, request.params.id, viewerOf(sessionOf(request)))
  )
}

type Session = ReturnType<typeof sessionOf>

/** Setting the terms aside is the clerk's to answer for. */
export function assertMayOverrule({ role }: Pick<Session, 'role'>, body: { overrule?: unknown }): void {
  if (body.overrule !== undefined && !holdsPermit(role, 'overrule-terms'))
    throw refuse('not-permitted', { permit: 'overrule-terms' })
}
