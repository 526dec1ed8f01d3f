// Shifts of the counter as the API takes and shows them.
import { Type } from 'typebox'
import { FenSchema, SignedFenSchema, type Fen } from '../../clearing/money.ts'
import { PlaceCode } from '../network/network-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'

const closed = { additionalProperties: false } as const
const Window = Type.Integer({ minimum: 1, maximum: 99, description: '窗口号' })

/** A drawer holds less than a hundred million yuan. */
const Cash = (description: string) =>
  Type.Unsafe<Fen>(Type.Integer({ minimum: 0, maximum: 10_000_000_000, description }))

export const ShiftRequest = Type.Object(
  { place: PlaceCode, window: Window, openingCash: Cash('开班时钱箱内的备用金（分）') },
  closed
)
export type ShiftRequest = Type.Static<typeof ShiftRequest>

const Means = Type.String({
  pattern: '^[a-z-]{2,20}$',
  description: 'wechat、alipay、unionpay 扫付款码，shown-code 出示收款码'
})

export const ClosingRequest = Type.Object(
  {
    countedCash: Cash('交班时清点的现金（分），含备用金'),
    note: Type.String({ maxLength: 200, pattern: '^\\P{Cc}*$', description: '备注，如长短款原因' }),
    terminals: Type.Optional(
      Type.Array(
        Type.Object(
          { means: Means, counted: Type.Unsafe<Fen>({ ...SignedFenSchema, description: '终端结算单金额' }) },
          closed
        ),
        { maxItems: 10, description: '非现金：各终端、钱包的结算单合计（分）' }
      )
    )
  },
  closed
)
export type ClosingRequest = Type.Static<typeof ClosingRequest>

const MovementTotal = Type.Object({
  kind: Type.Enum(['sale', 'refund'], { description: 'sale 售票，refund 退票、废票' }),
  gateway: Type.String({ description: '支付方式；none 为零元' }),
  reason: Type.String({ description: '退票原因；售票为空' }),
  tickets: Type.Integer(),
  amount: FenSchema
})

export const Shift = Type.Object({
  id: Type.String({ format: 'uuid' }),
  place: PlaceCode,
  placeName: Type.String(),
  window: Window,
  openedAt: Instant,
  openingCash: FenSchema,
  totals: Type.Array(MovementTotal, { description: '售票与退票，按支付方式和原因' }),
  expectedCash: Type.Unsafe<Fen>({ ...SignedFenSchema, description: '应有现金（分）' }),
  closing: Type.Union([
    Type.Object({
      closedAt: Instant,
      countedCash: FenSchema,
      difference: Type.Unsafe<Fen>({
        ...SignedFenSchema,
        description: '长款为正，短款为负（分）'
      }),
      note: Type.String(),
      terminals: Type.Array(
        Type.Object({
          means: Means,
          expected: Type.Unsafe<Fen>(SignedFenSchema),
          counted: Type.Unsafe<Fen>(SignedFenSchema),
          difference: Type.Unsafe<Fen>({ ...SignedFenSchema, description: '终端多为正，少为负（分）' })
        }),
        { description: '交班时核对过的终端' }
      )
    }),
    Type.Null()
  ])
})
export type Shift = Type.Static<typeof Shift>
