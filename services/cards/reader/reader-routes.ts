// /v1/card-reader: the sample province's card reader, where a page finds what a window's own driver would give it. Each who signed in has
// a reader of his own; where cards are real this is not there, and the page speaks to the driver.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { rebuildPurse } from '../desk/tell-story.ts'
import { findCard, findProduct } from '../issuing/issuing-queries.ts'
import { CardAnswerBody, FourBytes, OfCard } from '../loading/load-schemas.ts'
import { openCardReader, type CardReader } from './card-reader.ts'

const tags = ['示例读卡器 Sample card reader']
const config = { permit: 'pay-card-load' } as const
const closed = { additionalProperties: false } as const
const away = problems('reader-away', 'reader-empty', 'card-no-answer')

export function readerRoutes(app: App, { sql, config: { sample, dataFolder } }: Parts): void {
  if (!sample) return
  const reader = openCardReader(dataFolder)
  layRoute(app, sql, reader)
  app.post(
    '/v1/card-reader/ask',
    {
      config,
      schema: {
        tags,
        summary: 'INITIALIZE FOR LOAD of the card on the reader',
        body: Type.Object({ amount: Type.Integer({ minimum: 1, maximum: 0x7fff_ffff }) }, closed),
        response: { 200: CardAnswerBody, ...away }
      }
    },
    async (request) => await reader.ask(whoIs(request), request.body.amount)
  )
  app.post(
    '/v1/card-reader/credit',
    {
      config,
      schema: {
        tags,
        summary: 'CREDIT FOR LOAD of the card on the reader; torn out on request, to show what becomes of it',
        body: Type.Object(
          {
            dateTime: Type.String({ pattern: '^[0-9]{14}$' }),
            mac2: FourBytes,
            tear: Type.Union([Type.Enum(['before', 'after']), Type.Null()])
          },
          closed
        ),
        response: { 200: Type.Object({ tac: FourBytes }), ...away }
      }
    },
    async (request) => await reader.credit(whoIs(request), request.body)
  )
}

function layRoute(app: App, sql: Parts['sql'], reader: CardReader): void {
  app.post(
    '/v1/card-reader/lay',
    {
      config,
      schema: {
        tags,
        summary: '放卡 Lay a card onto the reader: as it was left, or as our records have it',
        body: OfCard,
        response: {
          200: Type.Object({ cardNumber: Type.String(), balance: Type.Integer() }),
          ...away,
          ...problems('card-issuer-unknown')
        }
      }
    },
    async (request) => {
      const { cardNumber } = request.body
      const issuer = await findIssuerOf(sql, cardNumber)
      if (!issuer) throw refuse('card-issuer-unknown')
      const card = await findCard(sql, cardNumber)
      const algorithm = card ? (await findProduct(sql, card.product))!.algorithm : ('sm4' as const)
      const { balance, taps } = await rebuildPurse(sql, cardNumber)
      const known = { balance: balance?.fen ?? 0, offlineCounter: (taps.at(-1)?.counter ?? 0) + 1 }
      return await reader.lay(whoIs(request), { cardNumber, issuer: issuer.code, algorithm, ...known })
    }
  )
}

function whoIs(request: Parameters<typeof sessionOf>[0]): string {
  const { role, accountId } = sessionOf(request)
  return `${role}:${accountId}`
}
