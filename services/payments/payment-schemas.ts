// What the payer sees of the simulated cashier, and what he may choose there.
import { Type } from 'typebox'
import { FenSchema } from '../../clearing/money.ts'

export const cashierChoices = ['success', 'failure', 'time-out', 'late-success'] as const
export type CashierChoice = (typeof cashierChoices)[number]

export const CashierCharge = Type.Object({
  key: Type.String(),
  amount: FenSchema,
  payUntil: Type.Unsafe<Date>(Type.String({ format: 'date-time' })),
  choice: Type.Union([Type.Enum([...cashierChoices]), Type.Null()])
})
export type CashierCharge = Type.Static<typeof CashierCharge>

export const CashierDecision = Type.Object(
  {
    choice: Type.Enum([...cashierChoices], {
      description:
        'success 付款成功；failure 付款失败；time-out 已扣款但结果迟迟不回；late-success 占座超时后才扣款成功'
    })
  },
  { additionalProperties: false }
)
