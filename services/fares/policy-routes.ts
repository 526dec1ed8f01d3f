// /v1/policies: publishing versions, listing them, and what holds for one stop of one line on one day, with the version each knob is from.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { Mode, PlaceCode } from '../network/network-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { findPolicySheets, findPolicyStops, findPolicyVersions } from './policy-queries.ts'
import { resolvePolicy } from './policy-rules.ts'
import { PolicyAnswer, PolicyRequest, PolicyScope, PolicyVersion } from './policy-schemas.ts'
import { publishPolicy } from './publish-policy.ts'

const tags = ['票价与规定 Fares and policies']

export function policyRoutes(app: App, parts: Parts): void {
  publishingRoutes(app, parts)
  readingRoutes(app, parts)
}

function publishingRoutes(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/policies',
    {
      config: { permit: 'publish-fares' },
      schema: {
        tags,
        summary: '发布规定 Publish a version of the terms of sale, effective from a day of travel',
        body: PolicyRequest,
        response: {
          201: PolicyVersion,
          ...problems('policy-empty', 'policy-incomplete', 'policy-scope-unknown', 'policy-span', 'policy-too-early')
        }
      }
    },
    async (request, reply) => {
      const { role, accountId } = sessionOf(request)
      return reply.code(201).send(await publishPolicy(sql, request.body, `${role}:${accountId}`, clock()))
    }
  )
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/policies',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '规定版本 Published versions, the latest first',
        querystring: Type.Partial(PolicyScope),
        response: { 200: Type.Array(PolicyVersion) }
      }
    },
    async (request) => await findPolicyVersions(sql, request.query)
  )

  app.get(
    '/v1/policies/in-force',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '适用规定 What holds for a stop of a line on a day',
        querystring: Type.Object({
          mode: Mode,
          line: Type.Optional(Type.String({ maxLength: 40 })),
          place: Type.Optional(PlaceCode),
          day: BusinessDaySchema
        }),
        response: { 200: PolicyAnswer, ...problems('policy-not-found') }
      }
    },
    async ({ query: { mode, line, place, day } }) => {
      const stop = (await findPolicyStops(sql)).find(
        (stop) => stop.line === line && (place === undefined || stop.place === place)
      )
      if (line !== undefined && !stop) throw refuse('policy-not-found')
      const about = { mode, ...(stop ? { line: stop.line, carrier: stop.carrier } : {}), ...(place ? { place } : {}) }
      const answer = resolvePolicy(await findPolicySheets(sql), about, day)
      if (!answer) throw refuse('policy-not-found')
      return answer
    }
  )
}
