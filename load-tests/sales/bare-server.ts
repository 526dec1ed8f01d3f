// The measure for `npm run load -- sales`: Fastify and one statement that takes a place, writes an order and a ticket, and nothing else:
// no identity, no rules, no payment.
import fastify from 'fastify'
import { connect } from '../../clearing/database.ts'

const sql = connect(process.argv[2]!, { max: 16 })
const app = fastify()
app.post('/sales', async (request, reply) => {
  const { trip } = request.body as { trip: number }
  const sold = await sql`
    with place as (update bare_trip set free = free - 1 where id = ${trip} and free > 0 returning id, free),
    placed as (insert into bare_order (trip) select id from place returning id)
    insert into bare_ticket (bare_order, seat) select placed.id, place.free from placed, place returning id`
  return await reply.code(sold.length === 1 ? 200 : 409).send({ ticket: sold[0]?.['id'] ?? null })
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.(app.server.address())
process.once('disconnect', () => process.exit(0))
