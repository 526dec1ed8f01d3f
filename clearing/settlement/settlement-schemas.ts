// A clearing day and what it came to, as flows hand it on and the API shows it.
import { Type } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../business-day.ts'
import type { Fen } from '../money.ts'
import type { Obligation, Position, RatedTotal } from './net-rules.ts'

export const DayState = Type.Union(
  [
    Type.Literal('open'),
    Type.Literal('closing'),
    Type.Literal('closed'),
    Type.Literal('settled'),
    Type.Literal('published'),
    Type.Literal('disputed'),
    Type.Literal('adjusting')
  ],
  { description: '清算日状态：受理中、日切中、已日切、已结算、已发布、有争议、重开调账' }
)
export type DayState = Type.Static<typeof DayState>

const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const ClearingDay = Type.Object(
  {
    day: BusinessDaySchema,
    state: DayState,
    openedAt: Instant,
    closedAt: Type.Union([Instant, Type.Null()]),
    settledAt: Type.Union([Instant, Type.Null()]),
    publishedAt: Type.Union([Instant, Type.Null()])
  },
  { additionalProperties: false }
)
export type ClearingDay = Type.Static<typeof ClearingDay>

export interface Settlement {
  day: BusinessDay
  state: DayState
  settledAt: Date
  /** Accepted files of the day. */
  files: number
  transactions: number
  entries: number
  amount: Fen
  price: Fen
  totals: RatedTotal[]
  positions: Position[]
  obligations: Obligation[]
}
