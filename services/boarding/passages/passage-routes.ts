// GET /v1/orders/:id/passages: where a journey's tickets were shown, door by door.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { showOrder, viewerOf } from '../../ticketing/show-order.ts'
import { findPassagesOfOrder } from './passage-queries.ts'
import { Passage } from './passage-schemas.ts'

export function passageRoutes(app: App, { sql, keys }: Parts): void {
  app.get(
    '/v1/orders/:id/passages',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags: ['检票 Boarding'],
        summary: '通行记录 Every door the tickets of a journey were shown at (一码通行)',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: Type.Array(Passage), ...problems('order-not-found') }
      }
    },
    async (request) => {
      const { id } = request.params
      await showOrder({ sql, keys }, id, viewerOf(sessionOf(request)))
      return await findPassagesOfOrder(sql, id)
    }
  )
}
