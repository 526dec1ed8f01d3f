// /v1/cards/story: all that a window can say of a card: whose it is, what it did, what it holds and why we think so.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { findCard, listEvents } from '../issuing/issuing-queries.ts'
import { ShownCard, shownCard } from '../issuing/issuing-schemas.ts'
import { listLoadsOfCard, listOpenCredits } from '../loading/load-queries.ts'
import { CardLoad, OfCard, shownLoad } from '../loading/load-schemas.ts'
import { listTaps } from './story-queries.ts'
import { storyOf } from './story-rules.ts'

const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const ShownTap = Type.Object({
  at: Instant,
  counter: Type.Integer({ description: '脱机交易序号' }),
  amount: FenSchema,
  price: FenSchema,
  balanceAfter: nullable(Type.Integer()),
  acquirer: Type.String(),
  service: Type.Integer(),
  passage: Type.Integer(),
  terminal: Type.String(),
  file: Type.String(),
  line: Type.Integer(),
  link: Type.Enum(['first', 'continues', 'gap'])
})

const CardStory = Type.Object({
  issuer: Type.String(),
  issuerName: Type.String(),
  card: nullable(ShownCard),
  balance: nullable(
    Type.Object({ fen: Type.Integer(), at: Instant, restsOn: Type.Enum(['tap', 'load']), unbroken: Type.Boolean() })
  ),
  taps: Type.Array(ShownTap),
  loads: Type.Array(CardLoad),
  owed: Type.Array(Type.Object({ load: Type.String(), amount: FenSchema, madeAt: Instant })),
  events: Type.Array(Type.Object({ at: Instant, event: Type.String(), actor: Type.String(), note: Type.String() }))
})

export function storyRoutes(app: App, { sql }: Parts): void {
  app.post(
    '/v1/cards/story',
    {
      config: { permit: 'issue-cards' },
      schema: {
        tags: ['客服 Card service'],
        summary: '卡片记录与余额 A card’s history, its balance and what that rests on',
        body: OfCard,
        response: { 200: CardStory, ...problems('card-issuer-unknown') }
      }
    },
    async (request) => {
      const { cardNumber } = request.body
      const issuer = await findIssuerOf(sql, cardNumber)
      if (!issuer) throw refuse('card-issuer-unknown')
      const card = await findCard(sql, cardNumber)
      const loads = await listLoadsOfCard(sql, cardNumber)
      const loaded = loads.filter(({ state }) => state === 'LOADED')
      const { taps, balance } = storyOf(
        await listTaps(sql, cardNumber),
        loaded.map(({ occurredAt, amount, balanceBefore }) => ({
          at: occurredAt!,
          amount,
          balanceAfter: balanceBefore! + amount
        }))
      )
      const story = {
        card: card ? shownCard(card) : null,
        balance,
        taps: taps.toReversed(),
        loads: loads.map(shownLoad)
      }
      const owed = await listOpenCredits(sql, cardNumber)
      const events = await listEvents(sql, cardNumber)
      return { issuer: issuer.code, issuerName: issuer.name, ...story, owed, events } as never
    }
  )
}
