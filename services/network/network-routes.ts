// /v1/places, /v1/lines and /v1/gates: the network as anybody may read it.
import { Type } from 'typebox'
import type { App, Parts } from '../parts.ts'
import { findGates, findLines, findPlaces } from './network-queries.ts'
import { Gate, Line, Place, searchText } from './network-schemas.ts'

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
}
