// /v1/places, /v1/lines and /v1/gates: the network as anybody may read it.
import { Type } from 'typebox'
import { transaction } from '../../clearing/database.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { enterGate, findGates, findLines, findPlaces } from './network-queries.ts'
import { Gate, GateEntry, Line, Place, PlaceCode, searchText } from './network-schemas.ts'

const tags = ['线网 Network']
const config = { permit: 'anyone' } as const

export function networkRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/places',
    {
      config,
      schema: {
        tags,
        summary: '查找车站、港口 Find stations and ports',
        querystring: Type.Object({
          q: Type.String({ ...searchText, default: '', description: '名称的一部分、城市或代码；留空列出全部' })
        }),
        response: { 200: Type.Array(Place) }
      }
    },
    async ({ query }) => await findPlaces(sql, query.q.trim())
  )

  app.get(
    '/v1/lines',
    { config, schema: { tags, summary: '线路与停靠点 Lines and their stops', response: { 200: Type.Array(Line) } } },
    async () => await findLines(sql)
  )

  app.get(
    '/v1/gates',
    { config, schema: { tags, summary: '检票口 Gates', response: { 200: Type.Array(Gate) } } },
    async () => await findGates(sql)
  )

  app.put(
    '/v1/places/:code/gates/:number',
    {
      config: { permit: 'run-gates' },
      schema: {
        tags,
        summary: '登记检票口 Enter a door of a place, or what it is called and for now',
        params: Type.Object({ code: PlaceCode, number: Type.Integer({ minimum: 1, maximum: 999 }) }),
        body: GateEntry,
        response: { 200: Gate, ...problems('place-not-found') }
      }
    },
    async ({ params: { code, number }, body }) =>
      await transaction(sql, async (tx) => await enterGate(tx, { place: code, number, ...body }))
  )
}
