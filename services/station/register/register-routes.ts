// /v1/station/register: vehicles, vessels and crew with the last days of their papers, and the safety inspections (安检).
import { Type } from 'typebox'
import { transaction } from '../../../clearing/database.ts'
import { sessionOf } from '../../access/require-permit.ts'
import { findPlaceId } from '../../network/network-queries.ts'
import { Mode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { byId, PaperKind, RegisterCode, tags } from '../station-schemas.ts'
import {
  enterConveyance,
  enterCrewMember,
  enterPaper,
  findConveyance,
  findConveyances,
  findCrew,
  isSameInspection,
  recordInspection
} from './register-queries.ts'
import { Conveyance, ConveyanceEntry, CrewEntry, CrewMember, InspectionEntry, PaperEntry } from './register-schemas.ts'

const byCode = Type.Object({ code: RegisterCode })
const byPaper = Type.Object({ code: RegisterCode, kind: PaperKind })
const reading = { permit: 'read-station-day' } as const
const keeping = { permit: 'keep-register' } as const

export function registerRoutes(app: App, parts: Parts): void {
  conveyanceRoutes(app, parts)
  crewRoutes(app, parts)
  inspectionRoutes(app, parts)
}

function conveyanceRoutes(app: App, { sql, clock }: Parts): void {
  const url = '/v1/station/register/conveyances'
  const response = { 200: Conveyance, ...problems('conveyance-not-found', 'carrier-not-found') }

  app.get(
    url,
    {
      config: reading,
      schema: {
        tags,
        summary: '车辆与船舶 Vehicles and vessels',
        querystring: Type.Object({ mode: Type.Optional(Mode) }),
        response: { 200: Type.Array(Conveyance) }
      }
    },
    async ({ query }) => await findConveyances(sql, { mode: query.mode ?? null })
  )

  app.put(
    `${url}/:code`,
    {
      config: keeping,
      schema: { tags, summary: '登记车船 Enter one', params: byCode, body: ConveyanceEntry, response }
    },
    async ({ params, body }) => {
      await transaction(sql, async (tx) => await enterConveyance(tx, params.code, body, { now: clock() }))
      return await findConveyance(sql, params.code)
    }
  )

  app.put(
    `${url}/:code/papers/:kind`,
    {
      config: keeping,
      schema: { tags, summary: '登记证照 Enter a paper, or its renewal', params: byPaper, body: PaperEntry, response }
    },
    async (request) => {
      const { code, kind } = request.params
      const { id } = await findConveyance(sql, code)
      const paper = { ...request.body, owner: { conveyance: id }, kind, actor: viewerOf(sessionOf(request)).owner }
      await transaction(sql, async (tx) => await enterPaper(tx, paper, clock()))
      return await findConveyance(sql, code)
    }
  )
}

function crewRoutes(app: App, { sql, clock }: Parts): void {
  const url = '/v1/station/register/crew'
  const response = { 200: CrewMember, ...problems('crew-member-not-found', 'carrier-not-found') }
  const find = async (code: string) => {
    const [member] = await findCrew(sql, { codes: [code] })
    if (!member) throw refuse('crew-member-not-found', { code })
    return member
  }

  app.get(
    url,
    {
      config: reading,
      schema: {
        tags,
        summary: '驾驶员与船员 Drivers and masters',
        querystring: Type.Object({ mode: Type.Optional(Mode) }),
        response: { 200: Type.Array(CrewMember) }
      }
    },
    async ({ query }) => await findCrew(sql, { mode: query.mode ?? null })
  )

  app.put(
    `${url}/:code`,
    {
      config: keeping,
      schema: { tags, summary: '登记驾驶员、船员 Enter one', params: byCode, body: CrewEntry, response }
    },
    async ({ params, body }) => {
      await transaction(sql, async (tx) => await enterCrewMember(tx, params.code, body, { now: clock() }))
      return await find(params.code)
    }
  )

  app.put(
    `${url}/:code/papers/:kind`,
    {
      config: keeping,
      schema: { tags, summary: '登记证照 Enter a paper, or its renewal', params: byPaper, body: PaperEntry, response }
    },
    async (request) => {
      const { code, kind } = request.params
      const { id } = await find(code)
      const paper = { ...request.body, owner: { crewMember: id }, kind, actor: viewerOf(sessionOf(request)).owner }
      await transaction(sql, async (tx) => await enterPaper(tx, paper, clock()))
      return await find(code)
    }
  )
}

function inspectionRoutes(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/station/inspections/:id',
    {
      config: { permit: 'run-station-day' },
      schema: {
        tags,
        summary: '安检 A safety inspection',
        description: '不合格项为空即合格；最近一次为准。',
        params: byId,
        body: InspectionEntry,
        response: {
          200: Conveyance,
          ...problems('conveyance-not-found', 'place-not-found', 'inspection-id-reused')
        }
      }
    },
    async ({ params, body }) => {
      const conveyance = await findConveyance(sql, body.conveyance)
      const place = await findPlaceId(sql, body.place)
      const inspection = { id: params.id, conveyance: conveyance.id, place, entry: body }
      const fresh = await transaction(sql, async (tx) => await recordInspection(tx, inspection, clock()))
      if (!fresh && !(await isSameInspection(sql, inspection))) throw refuse('inspection-id-reused')
      return await findConveyance(sql, body.conveyance)
    }
  )
}
