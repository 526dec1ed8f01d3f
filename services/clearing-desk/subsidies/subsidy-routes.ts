// /v1/clearing/days/:day/discounts and /v1/clearing/claims: who owes whom for what was taken off, and the claims with their evidence.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { rawToDer } from '../../../card-crypto/sm2-der.ts'
import { BusinessDaySchema, type BusinessDay } from '../../../clearing/business-day.ts'
import { FenSchema, SignedFenSchema } from '../../../clearing/money.ts'
import { refuse } from '../../../clearing/refusals.ts'
import { findClaim, listClaims, type SubsidyClaim } from '../../../clearing/subsidies/claim-queries.ts'
import { issueClaims, recordClaimPayment } from '../../../clearing/subsidies/issue-claims.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { Instant } from '../clearing-desk-schemas.ts'
import { dayOf } from '../day-routes.ts'
import { listDeskLegs, listDeskRides } from './subsidy-queries.ts'

const tags = ['清分台 Clearing desk']
const read = { permit: 'read-clearing' } as const
const run = { permit: 'run-clearing-day' } as const
const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Month = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', description: '乘车月份 YYYY-MM' })
const ridesShown = 60

const Leg = Type.Object({
  month: BusinessDaySchema,
  scheme: Type.String(),
  bearer: Type.Enum(['operator', 'issuer', 'government', 'overcharge'], {
    description: '承担方：运营、发卡、政府；overcharge 为多收，由运营方经发卡机构退还持卡人'
  }),
  payer: Type.String(),
  payerName: Type.String(),
  payee: Type.String(),
  payeeName: Type.String(),
  rides: Type.Integer(),
  amount: SignedFenSchema
})
const Ride = Type.Object({
  id: Type.String({ description: '文件编号:行号' }),
  scheme: Type.String(),
  riderClass: Type.String(),
  price: FenSchema,
  due: FenSchema,
  charged: FenSchema,
  tier: Type.Integer(),
  ridesBefore: Type.Integer(),
  paidBefore: FenSchema,
  takenBack: Type.Boolean({ description: '冲回' })
})
const Claim = Type.Object({
  id: Type.Integer(),
  bearer: Type.String({ description: '承担方代码' }),
  bearerName: Type.String(),
  role: Type.Enum(['issuer', 'authority']),
  month: Month,
  number: Type.Integer({ description: '1 为当月申报，其后为补充' }),
  rides: Type.Integer(),
  amount: SignedFenSchema,
  day: Type.Unsafe<BusinessDay>({ ...BusinessDaySchema, description: '申报所在清算日；发卡机构由该日结算扣付' }),
  issuedAt: Instant,
  paidAt: Type.Union([Instant, Type.Null()]),
  file: Type.Union([
    Type.Object({ name: Type.String(), size: Type.Integer(), lines: Type.Integer(), digest: Type.String() }),
    Type.Null()
  ])
})

export function subsidyRoutes(app: App, parts: Parts): void {
  discountRoutes(app, parts)
  claimRoutes(app, parts)
  claimFiles(app, parts)
}

function discountRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/days/:day/discounts',
    {
      config: read,
      schema: {
        tags,
        summary: '优惠由谁承担 Who bears the discounts of the day’s rides, and rides to look into',
        params: Type.Object({ day: BusinessDaySchema }),
        response: {
          200: Type.Object({ legs: Type.Array(Leg), rides: Type.Array(Ride) }),
          ...problems('day-malformed')
        }
      }
    },
    async ({ params }) => {
      const day = dayOf(params)
      return { legs: await listDeskLegs(sql, day), rides: await listDeskRides(sql, day, ridesShown) }
    }
  )
}

function claimRoutes(app: App, { sql, context, clock }: Parts): void {
  app.get(
    '/v1/clearing/claims',
    {
      config: read,
      schema: {
        tags,
        summary: '补贴申报 Subsidy claims, the latest month first',
        querystring: Type.Object({ month: Type.Optional(Month) }),
        response: { 200: Type.Array(Claim) }
      }
    },
    async ({ query }) => (await listClaims(sql, query.month ? firstOf(query.month) : null)).map(shown)
  )

  app.post(
    '/v1/clearing/claims',
    {
      config: run,
      schema: {
        tags,
        summary: '申报一月补贴 Claim what is unclaimed of a month; claiming again claims what came late',
        body: Type.Object({ month: Month }, { additionalProperties: false }),
        response: {
          200: Type.Array(Claim),
          ...problems('month-not-over', 'statement-bytes-differ', 'statement-sums-differ')
        }
      }
    },
    async ({ body }) => (await issueClaims(context, firstOf(body.month), clock())).map(shown)
  )

  app.post(
    '/v1/clearing/claims/:id/payment',
    {
      config: run,
      schema: {
        tags,
        summary: '登记政府已付 Book that an authority has paid the operators by its claim',
        params,
        response: { 200: Claim, ...problems('subsidy-claim-not-found', 'subsidy-claim-paid') }
      }
    },
    async ({ params }) => shown(await recordClaimPayment(context, params.id, clock()))
  )
}

function claimFiles(app: App, { sql, context }: Parts): void {
  const find = async (id: number): Promise<SubsidyClaim> => {
    const claim = await findClaim(sql, id)
    if (!claim?.storedAs) throw refuse('subsidy-claim-not-found', { id })
    return claim
  }
  app.get(
    '/v1/clearing/claims/:id/file',
    { config: read, schema: { tags, summary: '下载申报明细 Every ride behind a claim', params, response: missing } },
    async ({ params }, reply) => {
      const claim = await find(params.id)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(claim.name!)}`)
        .header('content-digest', `sm3=:${Buffer.from(claim.digest!).toString('base64')}:`)
        .send(createReadStream(join(context.folders.published, claim.storedAs!)))
    }
  )
  app.get(
    '/v1/clearing/claims/:id/signature',
    {
      config: read,
      schema: { tags, summary: '下载申报的分离签名（SM2，DER） Its detached signature', params, response: missing }
    },
    async ({ params }, reply) => {
      const claim = await find(params.id)
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(`${claim.name}.sig`)}`)
        .send(Buffer.from(rawToDer(claim.signature!)))
    }
  )
}

const missing = problems('subsidy-claim-not-found')

function firstOf(month: string): BusinessDay {
  return `${month}-01` as BusinessDay
}

function shown(claim: SubsidyClaim) {
  const { id, code, bearerName, role, month, number, rides, amount, day, issuedAt, paidAt } = claim
  const file = claim.name && {
    name: claim.name,
    size: Number(claim.size),
    lines: claim.lines!,
    digest: Buffer.from(claim.digest!).toString('hex')
  }
  return {
    id,
    bearer: code,
    bearerName,
    role,
    month: month.slice(0, 7),
    number,
    rides,
    amount,
    day,
    issuedAt,
    paidAt,
    file: file || null
  }
}
