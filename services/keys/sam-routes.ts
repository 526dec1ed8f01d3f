// The register of security modules over HTTP (/v1/sams).
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Queryable } from '../../clearing/database.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { viewerOf } from '../ticketing/show-order.ts'
import { findSamAgain, moveSam, registerSam, reportLoss, type SamActor } from './keep-sams.ts'
import { findSams, findSamStory } from './sam-queries.ts'
import { Sam, SamEntry, SamFinding, SamLoss, SamMove, SamNumber, SamStory } from './sam-schemas.ts'

const tags = ['密管 Keys']
const config = { permit: 'keep-sams' } as const
const params = Type.Object({ number: SamNumber })
const unfit = problems('sam-not-found', 'sam-step-unfit')

export function samRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts

  app.get(
    '/v1/sams',
    {
      config,
      schema: { tags, summary: '安全模块与母卡 Security modules and mother cards', response: { 200: Type.Array(Sam) } }
    },
    async () => await findSams(sql)
  )

  app.get(
    '/v1/sams/:number',
    {
      config,
      schema: {
        tags,
        summary: '一个安全模块的经过 One of them: where it was, and what was held back',
        params,
        response: { 200: SamStory, ...problems('sam-not-found') }
      }
    },
    async (request) => await oneSam(sql, request.params.number)
  )

  app.put(
    '/v1/sams/:number',
    {
      config,
      schema: { tags, summary: '登记 Register', params, body: SamEntry, response: { 200: SamStory, ...unfit } }
    },
    async (request) => {
      await registerSam(sql, actorOf(request), request.body, clock())
      return await oneSam(sql, request.params.number)
    }
  )
  stepRoutes(app, parts)
}

/** Each is one person's, at once. */
function stepRoutes(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/sams/:number/moves',
    { config, schema: { tags, summary: '移交 Move', params, body: SamMove, response: { 200: SamStory, ...unfit } } },
    async (request) => {
      await moveSam(sql, actorOf(request), request.body, clock())
      return await oneSam(sql, request.params.number)
    }
  )

  app.put(
    '/v1/sams/:number/loss',
    {
      config,
      schema: {
        tags,
        summary: '挂失 Report it lost: its transactions since are held back from settlement',
        params,
        body: SamLoss,
        response: { 200: SamStory, ...unfit }
      }
    },
    async (request) => {
      await reportLoss(sql, actorOf(request), request.body, clock())
      return await oneSam(sql, request.params.number)
    }
  )

  app.put(
    '/v1/sams/:number/finding',
    {
      config,
      schema: { tags, summary: '寻回 Found again', params, body: SamFinding, response: { 200: SamStory, ...unfit } }
    },
    async (request) => {
      await findSamAgain(sql, actorOf(request), request.body, clock())
      return await oneSam(sql, request.params.number)
    }
  )
}

async function oneSam(sql: Queryable, number: string) {
  const [sam] = await findSams(sql, number)
  if (!sam) throw refuse('sam-not-found', { number })
  return { ...sam, ...(await findSamStory(sql, number)) }
}

function actorOf(request: FastifyRequest): SamActor {
  const { number } = request.params as { number: string }
  return { number, actor: viewerOf(sessionOf(request)).owner }
}
