// /v1/my-cards: a holder's own page: his cards, what they did, stopping a lost one and moving its money, a doubt about a line, and what
// we hold of him; and the window's part of the last.
import { Type } from 'typebox'
import { raiseDispute } from '../../../clearing/disputes/raise-dispute.ts'
import { transaction } from '../../../clearing/database.ts'
import { sessionOf } from '../../access/require-permit.ts'
import { digestDocument } from '../../identity/seal-identity.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { shownClaim, ShownClaim } from '../claims/claim-schemas.ts'
import { openClaim } from '../claims/open-claim.ts'
import { listTaps } from '../desk/story-queries.ts'
import { tellStory, withoutNames } from '../desk/tell-story.ts'
import { blockCard } from '../issuing/issue-card.ts'
import { findHolderDigest, insertEvent } from '../issuing/issuing-queries.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { OfCard } from '../loading/load-schemas.ts'
import { copyForHolder, forgetHolder } from './forget-holder.ts'
import { dropKept, listKept } from './holder-queries.ts'
import {
  DisputeRequest,
  ForgottenCards,
  HolderCopy,
  MoveRequest,
  OfHolder,
  OpenedDispute,
  OwnCard,
  ShowRequest,
  StopRequest
} from './holder-schemas.ts'
import { requireKept, showCard } from './show-card.ts'

const tags = ['客服 Card service']
const config = { permit: 'keep-own-cards' } as const
const None = Type.Null()

export function holderRoutes(app: App, parts: Parts): void {
  ownCardRoutes(app, parts)
  lostRoutes(app, parts)
  doubtRoutes(app, parts)
  ownDataRoutes(app, parts)
  windowRoutes(app, parts)
}

function ownCardRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.get(
    '/v1/my-cards',
    { config, schema: { tags, summary: '我的卡 My cards and their stories', response: { 200: Type.Array(OwnCard) } } },
    async (request) => {
      const kept = await listKept(sql, accountOf(request), clock())
      return (await Promise.all(
        kept.map(async (each) => ({ ...each, story: withoutNames(await tellStory(sql, each.cardNumber, clock())) }))
      )) as never
    }
  )
  app.post(
    '/v1/my-cards',
    {
      config,
      schema: {
        tags,
        summary: '添加我的卡 Show that a card is mine: by the document it is named with, or by the card itself',
        body: ShowRequest,
        response: {
          204: None,
          ...problems(
            'card-holder-differs',
            'card-proof-missing',
            'card-proof-too-many',
            'card-issuer-unknown',
            'card-key-unknown',
            'load-challenge-missing',
            'load-mac-wrong'
          )
        }
      }
    },
    async (request, reply) => {
      const { cardNumber, document = null, card: chip = null } = request.body
      await showCard(parts, { account: accountOf(request), cardNumber, document, chip }, clock())
      return await reply.code(204).send(null)
    }
  )
  app.post(
    '/v1/my-cards/drop',
    { config, schema: { tags, summary: '移除 My page shows it no more', body: OfCard, response: { 204: None } } },
    async (request, reply) => {
      await transaction(sql, async (tx) => await dropKept(tx, accountOf(request), request.body.cardNumber))
      return await reply.code(204).send(null)
    }
  )
}

function lostRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.post(
    '/v1/my-cards/stop',
    {
      config,
      schema: {
        tags,
        summary: '挂失与解挂 Stop a lost card, or let it go on',
        body: StopRequest,
        response: {
          204: None,
          ...problems('card-not-yours', 'card-not-found', 'card-not-active', 'card-anonymous')
        }
      }
    },
    async (request, reply) => {
      const { cardNumber: number, stopped: blocked } = request.body
      const account = accountOf(request)
      await requireKept(sql, { account, cardNumber: number }, { now: clock() })
      await blockCard(parts, { number, blocked, actor: account }, clock())
      return await reply.code(204).send(null)
    }
  )
  app.put(
    '/v1/my-cards/claims/:id',
    {
      config,
      schema: {
        tags,
        summary: '余额转移 Move a lost card’s balance to another of mine',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: MoveRequest,
        response: {
          200: ShownClaim,
          ...problems(
            'card-not-yours',
            'card-not-found',
            'card-not-active',
            'card-anonymous',
            'card-holder-differs',
            'claim-open',
            'claim-differs'
          )
        }
      }
    },
    async (request) => {
      const account = accountOf(request)
      for (const cardNumber of [request.body.cardNumber, request.body.toCard])
        await requireKept(sql, { account, cardNumber }, { now: clock() })
      const order = { ...request.body, id: request.params.id, kind: 'lost' as const, chip: null, actor: account }
      return shownClaim(await openClaim(parts, order, clock()))
    }
  )
}

function doubtRoutes(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/my-cards/disputes',
    {
      config,
      schema: {
        tags,
        summary: '对一笔交易有疑问 Doubt a line: the issuer asks whoever took it',
        body: DisputeRequest,
        response: {
          200: OpenedDispute,
          ...problems('card-not-yours', 'transaction-not-found', 'dispute-refused', 'participant-not-found')
        }
      }
    },
    async (request) => {
      const { cardNumber, transaction: id, reason } = request.body
      const [now, account] = [clock(), accountOf(request)]
      await requireKept(sql, { account, cardNumber }, { now })
      const tap = (await listTaps(sql, cardNumber, 500)).find((each) => each.id === id)
      if (!tap) throw refuse('card-not-yours')
      const raisedBy = (await findIssuerOf(sql, cardNumber))!.code
      const asked = { transaction: id, kind: 'query', reason, adjustedAmount: tap.amount, raisedBy } as const
      const dispute = await raiseDispute({ sql }, asked, now)
      if (await findHolderDigest(sql, cardNumber))
        await transaction(sql, async (tx) => {
          await insertEvent(tx, cardNumber, { event: 'disputed', actor: account, note: `${id} ${reason}` }, now)
        })
      return { id: dispute.id, answerDue: dispute.answerDue }
    }
  )
}

function ownDataRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  const digestOf = async (account: string, cardNumber: string): Promise<Uint8Array> => {
    await requireKept(sql, { account, cardNumber }, { now: clock(), asHolder: true })
    const digest = await findHolderDigest(sql, cardNumber)
    if (digest === null) throw refuse('card-not-yours')
    return digest
  }
  app.post(
    '/v1/my-cards/copy',
    {
      config,
      schema: {
        tags,
        summary: '我的数据副本 A copy of all we hold of me',
        body: OfCard,
        response: { 200: HolderCopy, ...problems('card-not-yours') }
      }
    },
    async (request) =>
      (await copyForHolder(parts, await digestOf(accountOf(request), request.body.cardNumber), clock())) as never
  )
  app.post(
    '/v1/my-cards/forget',
    {
      config,
      schema: {
        tags,
        summary: '删除我的数据 Forget me: my cards go on without a name',
        body: OfCard,
        response: { 200: ForgottenCards, ...problems('card-not-yours') }
      }
    },
    async (request) => {
      const account = accountOf(request)
      return await forgetHolder(parts, await digestOf(account, request.body.cardNumber), account, clock())
    }
  )
}

/** The clerk has seen the document. */
function windowRoutes(app: App, parts: Parts): void {
  const { keys, clock } = parts
  app.post(
    '/v1/cards/holder-copy',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '持卡人数据副本 A copy for a named holder',
        body: OfHolder,
        response: { 200: HolderCopy }
      }
    },
    async (request) => (await copyForHolder(parts, await digestDocument(keys, request.body.document), clock())) as never
  )
  app.post(
    '/v1/cards/holder-forget',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '删除持卡人数据 Forget a named holder',
        body: OfHolder,
        response: { 200: ForgottenCards }
      }
    },
    async (request) =>
      await forgetHolder(parts, await digestDocument(keys, request.body.document), accountOf(request), clock())
  )
}

function accountOf(request: Parameters<typeof sessionOf>[0]): string {
  const { role, accountId } = sessionOf(request)
  return `${role}:${accountId}`
}
