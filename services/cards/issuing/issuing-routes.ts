// /v1/card-orders and /v1/cards: ordering and personalising new cards, and what a window does with a card and its holder.
import { createReadStream } from 'node:fs'
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { blockCard, issueCard, issueVirtualCard, nameCard, replaceCard } from './issue-card.ts'
import { listOrders, listProducts } from './issuing-queries.ts'
import { fileOf, orderCards, personalise, reportCards, requireOrder } from './order-cards.ts'
import {
  BlockRequest,
  CardOrderRequest,
  CardProduct,
  IssueRequest,
  NameRequest,
  ReplaceRequest,
  ReportRequest,
  ShownCard,
  shownCard,
  ShownOrder,
  shownOrder,
  shownProduct,
  VirtualIssueRequest
} from './issuing-schemas.ts'

const tags = ['发卡 Card issuing']
const byId = Type.Object({ id: Type.String({ format: 'uuid' }) })
const documentFaults = [
  'document-area',
  'document-birth-date',
  'document-check-digit',
  'document-first-generation',
  'document-for-minors',
  'document-malformed'
] as const

export function issuingRoutes(app: App, parts: Parts): void {
  orderRoutes(app, parts)
  batchRoutes(app, parts)
  issueRoutes(app, parts)
  lifeRoutes(app, parts)
  replaceRoutes(app, parts)
}

function orderRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.get(
    '/v1/card-products',
    {
      config: { permit: 'issue-cards' },
      schema: { tags, summary: '卡产品 Products', response: { 200: Type.Array(CardProduct) } }
    },
    async () => (await listProducts(sql)).map(shownProduct)
  )
  app.get(
    '/v1/card-orders',
    {
      config: { permit: 'run-cards' },
      schema: { tags, summary: '制卡订单 Orders of new cards', response: { 200: Type.Array(ShownOrder) } }
    },
    async () => (await listOrders(sql)).map(shownOrder)
  )
  app.put(
    '/v1/card-orders/:id',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '订卡 Order cards: numbers are given',
        params: byId,
        body: CardOrderRequest,
        response: {
          200: ShownOrder,
          ...problems('participant-not-found', 'card-product-not-found', 'card-issuer-unknown', 'card-order-differs')
        }
      }
    },
    async (request) => {
      const madeBy = `${sessionOf(request).role}:${sessionOf(request).accountId}`
      return shownOrder(await orderCards(parts, { id: request.params.id, ...request.body, madeBy }, clock()))
    }
  )
}

function batchRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.post(
    '/v1/card-orders/:id/personalisation',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '生成制卡文件 Make the personaliser’s file: keys derived in the key store, wrapped',
        params: byId,
        response: { 200: ShownOrder, ...problems('card-order-not-found') }
      }
    },
    async (request) => shownOrder(await personalise(parts, request.params.id, clock()))
  )
  app.get(
    '/v1/card-orders/:id/file',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '下载制卡文件 The personaliser’s file',
        params: byId,
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), ...problems('card-order-not-found', 'card-order-not-made') }
      }
    },
    async (request, reply) => {
      const order = await requireOrder(sql, request.params.id)
      if (order.fileDigest === null) throw refuse('card-order-not-made')
      return await reply.type('application/octet-stream').send(createReadStream(fileOf(parts, order.id)))
    }
  )
  app.post(
    '/v1/card-orders/:id/report',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '制卡回报 The personaliser’s report: good cards go into stock',
        params: byId,
        body: ReportRequest,
        response: { 200: ShownOrder, ...problems('card-order-not-found', 'card-order-not-made') }
      }
    },
    async (request) => shownOrder(await reportCards(parts, request.params.id, request.body.spoilt, clock()))
  )
}

function issueRoutes(app: App, parts: Parts): void {
  app.post(
    '/v1/cards/issue',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '发卡 Hand a card to its holder; anonymous unless named with consent',
        body: IssueRequest,
        response: {
          200: ShownCard,
          ...problems('card-not-found', 'card-not-in-stock', 'card-needs-name', 'card-needs-consent', ...documentFaults)
        }
      }
    },
    async (request) => {
      const { cardNumber: number, holder = null } = request.body
      return shownCard(await issueCard(parts, { number, holder, actor: actorOf(sessionOf(request)) }, parts.clock()))
    }
  )
  app.post(
    '/v1/cards/issue-virtual',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '开通虚拟卡 A card that lives in a phone',
        body: VirtualIssueRequest,
        response: {
          200: ShownCard,
          ...problems(
            'participant-not-found',
            'card-product-not-found',
            'card-issuer-unknown',
            'card-needs-consent',
            ...documentFaults
          )
        }
      }
    },
    async (request) => {
      const { holder = null, ...asked } = request.body
      return shownCard(
        await issueVirtualCard(parts, { ...asked, holder, actor: actorOf(sessionOf(request)) }, parts.clock())
      )
    }
  )
}

function lifeRoutes(app: App, parts: Parts): void {
  const { clock } = parts
  app.post(
    '/v1/cards/holder',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '记名与注销记名 Name a card, or forget its holder',
        body: NameRequest,
        response: {
          200: ShownCard,
          ...problems('card-not-found', 'card-not-active', 'card-needs-name', 'card-needs-consent', ...documentFaults)
        }
      }
    },
    async (request) => {
      const { cardNumber: number, holder } = request.body
      return shownCard(await nameCard(parts, { number, holder, actor: actorOf(sessionOf(request)) }, clock()))
    }
  )
  app.post(
    '/v1/cards/block',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '挂失与解挂 Stop a named card, or let it go on',
        body: BlockRequest,
        response: { 200: ShownCard, ...problems('card-not-found', 'card-not-active', 'card-anonymous') }
      }
    },
    async (request) => {
      const { cardNumber: number, blocked } = request.body
      return shownCard(await blockCard(parts, { number, blocked, actor: actorOf(sessionOf(request)) }, clock()))
    }
  )
}

function replaceRoutes(app: App, parts: Parts): void {
  const { clock } = parts
  app.post(
    '/v1/cards/replace',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags,
        summary: '换卡 Renew or convert: another card takes its place',
        body: ReplaceRequest,
        response: {
          200: ShownCard,
          ...problems(
            'card-not-found',
            'card-not-active',
            'card-not-in-stock',
            'card-needs-name',
            'card-needs-consent',
            ...documentFaults
          )
        }
      }
    },
    async (request) => {
      const { cardNumber: number, by, holder = null } = request.body
      return shownCard(await replaceCard(parts, { number, by, holder, actor: actorOf(sessionOf(request)) }, clock()))
    }
  )
}

function actorOf({ role, accountId }: ReturnType<typeof sessionOf>): string {
  return `${role}:${accountId}`
}
