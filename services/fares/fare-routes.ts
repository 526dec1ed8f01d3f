// Fares of a line, and publishing them and their price ceilings.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import type { Session } from '../access/sign-in.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { findFares } from './fare-queries.ts'
import { CeilingRequest, Fare, FareRequest } from './fare-schemas.ts'
import { publishCeilings, publishFares } from './publish-fares.ts'

const tags = ['票价与规定 Fares and policies']
const byLine = Type.Object({ code: Type.String({ maxLength: 40, description: '线路代码' }) })
const publishingProblems = ['fare-exists', 'fare-too-early', 'line-not-found', 'stretch-not-found'] as const
const actorOf = ({ role, accountId }: Session): string => `${role}:${accountId}`

export function fareRoutes(app: App, parts: Parts): void {
  readingRoutes(app, parts)
  publishingRoutes(app, parts)
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/lines/:code/fares',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '线路票价 Fares of a line, the latest first',
        params: byLine,
        response: { 200: Type.Array(Fare) }
      }
    },
    async ({ params }) => await findFares(sql, params.code)
  )
}

function publishingRoutes(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/lines/:code/fares',
    {
      config: { permit: 'publish-fares' },
      schema: {
        tags,
        summary: '发布票价 Publish fares of a line from a day of travel on',
        params: byLine,
        body: FareRequest,
        response: {
          201: Type.Array(Fare),
          ...problems(...publishingProblems, 'cabin-unknown', 'fare-above-ceiling', 'fare-request-unclear')
        }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      const publication = { line: params.code, request: body, by: actorOf(sessionOf(request)) }
      await publishFares(sql, publication, clock())
      return reply.code(201).send(await findFares(sql, params.code))
    }
  )

  app.post(
    '/v1/lines/:code/fare-ceilings',
    {
      config: { permit: 'publish-fares' },
      schema: {
        tags,
        summary: '发布上限票价 Publish price ceilings of a line',
        params: byLine,
        body: CeilingRequest,
        response: { 201: Type.Array(Fare), ...problems(...publishingProblems, 'ceiling-below-fare') }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      const publication = { line: params.code, request: body, by: actorOf(sessionOf(request)) }
      await publishCeilings(sql, publication, clock())
      return reply.code(201).send(await findFares(sql, params.code))
    }
  )
}
