// /v1/card-claims: lost, unreadable and returned cards: what the window asks for, and what a second person agrees to.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { OfCard } from '../loading/load-schemas.ts'
import { listOpenClaims } from './claim-queries.ts'
import { Challenge, ClaimRequest, shownClaim, ShownClaim, VerdictRequest } from './claim-schemas.ts'
import { openClaim } from './open-claim.ts'
import { judgeClaim } from './pay-claim.ts'
import { challengeCard } from './prove-card.ts'

const tags = ['客服 Card service']
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })

export function claimRoutes(app: App, parts: Parts): void {
  askRoutes(app, parts)
  judgeRoutes(app, parts)
}

function askRoutes(app: App, parts: Parts): void {
  const { clock } = parts
  app.post(
    '/v1/cards/challenge',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary:
          '请卡片证明 A number the card puts into a fresh MAC1 as the amount: it shows what it holds, and that it is there',
        body: OfCard,
        response: { 200: Challenge }
      }
    },
    async (request) => await challengeCard(parts, request.body.cardNumber, actorOf(sessionOf(request)), clock())
  )
  app.put(
    '/v1/card-claims/:id',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '挂失、坏卡、退卡 Ask for the money of a card: the card is stopped at once',
        params,
        body: ClaimRequest,
        response: {
          200: ShownClaim,
          ...problems(
            'card-not-found',
            'card-not-active',
            'card-anonymous',
            'card-holder-differs',
            'card-owed-first',
            'claim-open',
            'claim-differs',
            'card-issuer-unknown',
            'card-key-unknown',
            'load-challenge-missing',
            'load-mac-wrong'
          )
        }
      }
    },
    async (request) => {
      const { cardNumber, kind, toCard = null, document = null, card: chip = null } = request.body
      const actor = actorOf(sessionOf(request))
      const order = { id: request.params.id, cardNumber, kind, toCard, document, chip, actor }
      return shownClaim(await openClaim(parts, order, clock()))
    }
  )
}

function judgeRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/card-claims',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '待复核与待到期 Claims for a second person, and those that wait',
        response: { 200: Type.Array(ShownClaim) }
      }
    },
    async () => (await listOpenClaims(sql)).map(shownClaim)
  )
  app.post(
    '/v1/card-claims/:id/verdict',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '复核 The second person agrees or refuses',
        params,
        body: VerdictRequest,
        response: { 200: ShownClaim, ...problems('claim-not-found', 'claim-not-open', 'second-person-needed') }
      }
    },
    async (request) => {
      const { agreed, balance = null, words } = request.body
      const verdict = { agreed, balance, words, actor: actorOf(sessionOf(request)) }
      return shownClaim(await judgeClaim(sql, request.params.id, verdict, clock()))
    }
  )
}

function actorOf({ role, accountId }: ReturnType<typeof sessionOf>): string {
  return `${role}:${accountId}`
}
