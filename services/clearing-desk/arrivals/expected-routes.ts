// /v1/clearing/days/:day/expected: whose files are there, late, awaited or missing, and the gaps in their numbers and terminal counters.
import { Type } from 'typebox'
import {
  listCounterGaps,
  listExpected,
  listNumberGaps,
  setExpected
} from '../../../clearing/arrivals/expected-queries.ts'
import { arrivalState } from '../../../clearing/arrivals/expected-rules.ts'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { refuse } from '../../../clearing/refusals.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { dayOf } from '../day-routes.ts'

const tags = ['清分台 Clearing desk']
const gapsShownMax = 200
const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

const Expectation = Type.Object({
  files: Type.Array(
    Type.Object({
      participant: Type.String({ description: '机构代码' }),
      name: Type.String(),
      state: Type.Enum(['arrived', 'late', 'awaited', 'missing'], { description: '已到、迟到、待到、缺失' }),
      due: Instant,
      firstAt: Type.Union([Instant, Type.Null()]),
      files: Type.Integer(),
      chasedAt: Type.Union([Instant, Type.Null()], { description: '催报时间' })
    })
  ),
  numberGaps: Type.Array(
    Type.Object({ code: Type.String(), fileDay: Type.String(), from: Type.Integer(), to: Type.Integer() }),
    { description: '文件序号缺口' }
  ),
  counterGaps: Type.Array(
    Type.Object({
      terminal: Type.String(),
      acquirer: Type.String(),
      first: Type.Integer(),
      last: Type.Integer(),
      seen: Type.Integer()
    }),
    { description: '终端交易序号缺口' }
  )
})

export function expectedRoutes(app: App, parts: Parts): void {
  expectation(app, parts)
  settingExpectations(app, parts)
}

function expectation(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/clearing/days/:day/expected',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags,
        summary: '应到未到与缺号 Files expected, and gaps in numbers and terminal counters',
        params: Type.Object({ day: BusinessDaySchema }),
        response: { 200: Expectation, ...problems('day-malformed') }
      }
    },
    async ({ params }) => {
      const day = dayOf(params)
      const now = clock()
      const files = (await listExpected(sql, day)).map((each) => ({
        participant: each.code,
        name: each.name,
        state: arrivalState(each, now),
        due: each.due,
        firstAt: each.firstAt,
        files: each.files,
        chasedAt: each.chasedAt
      }))
      return {
        files,
        numberGaps: await listNumberGaps(sql, day, gapsShownMax),
        counterGaps: await listCounterGaps(sql, day, gapsShownMax)
      }
    }
  )
}

function settingExpectations(app: App, { sql }: Parts): void {
  const body = Type.Object(
    {
      from: BusinessDaySchema,
      minutesBeforeCut: Type.Union([Type.Integer({ minimum: 0, maximum: 1440 }), Type.Null()], {
        description: '应在日切前多少分钟到达；null 为不再期待'
      })
    },
    { additionalProperties: false }
  )
  app.put(
    '/v1/clearing/expected/:participant',
    {
      config: { permit: 'run-clearing-day' },
      schema: {
        tags,
        summary: '设定应到时间 By when a participant’s files are expected, from a day on',
        params: Type.Object({ participant: Type.String({ pattern: '^\\d{8}$' }) }),
        body,
        response: { 204: Type.Null(), ...problems('participant-not-found', 'day-malformed') }
      }
    },
    async ({ params, body: { from, minutesBeforeCut } }, reply) => {
      const participant = await findParticipant(sql, params.participant)
      if (!participant) throw refuse('participant-not-found', { participant: params.participant })
      const expectation = { participant: participant.id, from: dayOf({ day: from }), minutesBeforeCut }
      await transaction(sql, async (tx) => await setExpected(tx, expectation))
      return reply.code(204).send(null)
    }
  )
}
