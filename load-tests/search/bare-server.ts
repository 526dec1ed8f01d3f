// The measure for `npm run load -- search`: a Fastify with one route that answers so many bytes, and nothing else.
import fastify from 'fastify'

const body = Buffer.alloc(Number(process.argv[2]), 'x')
const app = fastify()
app.get('/v1/departures', (_request, reply) => reply.type('application/json; charset=utf-8').send(body))
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.(app.server.address())
process.once('disconnect', () => process.exit(0))
