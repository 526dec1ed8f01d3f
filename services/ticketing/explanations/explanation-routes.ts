// GET /v1/fares/explanations: what somebody pays on a departure, and why.
import { Explanation, ExplanationQuery } from '../../fares/fare-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { explainFare } from './explain-fare.ts'

export function explanationRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/fares/explanations',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['票价与规定 Fares and policies'],
        summary: '票价说明 Explain my fare, step by step',
        querystring: ExplanationQuery,
        response: {
          200: Explanation,
          ...problems('age-unproven', 'cabin-not-offered', 'cabin-required', 'departure-not-found')
        }
      }
    },
    async ({ query }) => await explainFare(sql, query)
  )
}
