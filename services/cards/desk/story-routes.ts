// /v1/cards/story: all that a window can say of a card: whose it is, what it did, what it holds and why we think so.
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { OfCard } from '../loading/load-schemas.ts'
import { CardStory } from './story-schemas.ts'
import { tellStory } from './tell-story.ts'

export function storyRoutes(app: App, { sql, clock }: Parts): void {
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
    async (request) => (await tellStory(sql, request.body.cardNumber, clock())) as never
  )
}
