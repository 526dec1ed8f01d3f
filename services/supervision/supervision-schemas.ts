// Ratings, cases and claims as the API takes and shows them.
import { Type, type Static } from 'typebox'
import { FenSchema } from '../../clearing/money.ts'
import { TicketEvent, TicketNo } from '../ticketing/ticketing-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'
import { caseKinds, caseStates, caseSubjects, ownerSteps, staffSteps } from './case-rules.ts'

const closed = { additionalProperties: false } as const
const Stars = Type.Integer({ minimum: 1, maximum: 5 })
const Words = Type.String({ minLength: 1, maxLength: 2000, description: '密封保存 kept sealed' })
const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const RatingRequest = Type.Object(
  { punctuality: Stars, comfort: Stars, staff: Stars },
  { ...closed, description: '准点、舒适、服务，1–5 星；每张票评价一次' }
)
export type RatingRequest = Static<typeof RatingRequest>

export const RatingSummary = Type.Object({
  carrier: Type.String(),
  carrierName: Type.String(),
  ratings: Type.Integer({ description: '不足 10 份的不公布 fewer than 10 are not shown' }),
  punctuality: Type.Number(),
  comfort: Type.Number(),
  staff: Type.Number()
})
export type RatingSummary = Static<typeof RatingSummary>

export const CaseRequest = Type.Object(
  {
    kind: Type.Enum([...caseKinds], { description: 'complaint 投诉，claim 索赔，enquiry 咨询，suggestion 建议' }),
    subject: Type.Enum([...caseSubjects]),
    ticketNo: Type.Optional(TicketNo),
    words: Words,
    asked: Type.Optional(Type.Unsafe<number>({ ...FenSchema, minimum: 1, description: '索赔金额（分），索赔必填' }))
  },
  closed
)
export type CaseRequest = Static<typeof CaseRequest>

export const StaffStepRequest = Type.Object(
  {
    step: Type.Enum([...staffSteps], { description: 'accept 受理，refuse 不予受理，transfer 转办，answer 答复' }),
    words: Words,
    party: Type.Optional(Type.String({ maxLength: 20, description: '转办对象：承运人或站点代码，转办必填' }))
  },
  closed
)
export type StaffStepRequest = Static<typeof StaffStepRequest>

export const OwnerStepRequest = Type.Object(
  {
    step: Type.Enum([...ownerSteps], { description: 'close 满意办结，reopen 不满意重办，withdraw 撤回' }),
    words: Type.Optional(Words)
  },
  closed
)
export type OwnerStepRequest = Static<typeof OwnerStepRequest>

export const ClaimRequest = Type.Object(
  {
    amount: Type.Unsafe<number>({ ...FenSchema, minimum: 1, description: '赔付金额（分）' }),
    cause: Type.Enum(['overcharge', 'service-failure']),
    words: Words
  },
  closed
)
export type ClaimRequest = Static<typeof ClaimRequest>

export const ServiceCase = Type.Object({
  id: Type.String({ format: 'uuid' }),
  number: Type.String({ description: '受理编号' }),
  kind: Type.Enum([...caseKinds]),
  subject: Type.Enum([...caseSubjects]),
  ticketNo: nullable(TicketNo),
  asked: nullable(FenSchema),
  state: Type.Enum([...caseStates]),
  party: nullable(Type.String()),
  openedAt: Instant,
  acceptBy: Instant,
  answerBy: Instant,
  answeredAt: nullable(Instant),
  late: nullable(Type.Enum(['accept', 'answer'])),
  paid: FenSchema
})
export type ServiceCase = Static<typeof ServiceCase>

export const CaseStory = Type.Object({
  ...ServiceCase.properties,
  events: Type.Array(
    Type.Object({ at: Instant, event: Type.String(), actor: Type.String(), words: nullable(Type.String()) })
  ),
  evidence: nullable(
    Type.Object({
      line: Type.String(),
      carrier: Type.String(),
      departsAt: Instant,
      departureState: Type.String(),
      couponState: Type.String(),
      fare: FenSchema,
      ceiling: nullable(FenSchema),
      history: Type.Array(TicketEvent)
    })
  )
})
export type CaseStory = Static<typeof CaseStory>
