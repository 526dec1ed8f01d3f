// /v1/ride-codes and /v1/rides: codes for phones, and rides taken on them.
import { Type } from 'typebox'
import { fen, FenSchema } from '../../../clearing/money.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { CardNumber } from '../loading/load-schemas.ts'
import { authorisePhone, requireAccount, takeRide } from './take-ride.ts'

const tags = ['乘车码 Ride codes']
const closed = { additionalProperties: false } as const
const Amount = Type.Unsafe<number>({ ...FenSchema, minimum: 1, maximum: 100_000 })

export function rideRoutes(app: App, parts: Parts): void {
  codeRoutes(app, parts)
  app.put(
    '/v1/rides/:id',
    {
      config: { permit: 'take-rides' },
      schema: {
        tags,
        summary: '乘车码扣费记录 A ride on a code, checked as a terminal does; paid afterwards',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: Type.Object(
          {
            code: Type.String({ minLength: 400, maxLength: 600 }),
            acquirer: Type.String({ pattern: '^[0-9]{8}$' }),
            terminal: Type.String({ pattern: '^[0-9]{12}$' }),
            amount: Amount,
            at: Instant
          },
          closed
        ),
        response: {
          200: Type.Object({ amount: FenSchema }),
          ...problems(
            'participant-not-found',
            'ride-code-refused',
            'ride-account-not-found',
            'ride-account-suspended',
            'ride-amount-too-high',
            'ride-debt-too-high',
            'ride-differs'
          )
        }
      }
    },
    async (request) => {
      const { acquirer: code, at, ...ride } = request.body
      const acquirer = await findParticipant(parts.sql, code)
      if (acquirer?.role !== 'acquirer') throw refuseClearing('participant-not-found')
      const taken = { ...ride, id: request.params.id, acquirer: acquirer.id, at: new Date(at) }
      const { amount } = await takeRide(parts, taken, parts.clock())
      return { amount: fen(amount) }
    }
  )
}

function codeRoutes(app: App, parts: Parts): void {
  app.post(
    '/v1/ride-codes/authorisation',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '乘车码授权 The issuer’s half of a phone’s codes, for some days',
        body: Type.Object(
          { cardNumber: CardNumber, publicKey: Type.String({ pattern: '^[0-9A-F]{128}$', description: 'SM2 x‖y' }) },
          closed
        ),
        response: {
          200: Type.Object({ half: Type.String({ description: 'Base64' }), authorisedUntil: Instant }),
          ...problems('card-not-found', 'card-not-active', 'card-product-not-found', 'ride-account-suspended')
        }
      }
    },
    async (request) => await authorisePhone(parts, request.body, parts.clock())
  )
  app.post(
    '/v1/ride-codes/account',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '乘车码账户 What is owed for rides',
        body: Type.Object({ cardNumber: CardNumber }, closed),
        response: {
          200: Type.Object({ state: Type.Enum(['open', 'suspended']), debtFen: FenSchema, debtLimitFen: FenSchema }),
          ...problems('ride-account-not-found')
        }
      }
    },
    async (request) => {
      const { state, debtFen, debtLimitFen } = await requireAccount(parts.sql, request.body.cardNumber)
      return { state, debtFen: fen(debtFen), debtLimitFen: fen(debtLimitFen) }
    }
  )
}
