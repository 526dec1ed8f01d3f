// Re-issues of lost tickets as the API takes and shows them.
import { Type } from 'typebox'
import { DocumentSchema } from '../../../identity/identity-schemas.ts'
import { TicketNo } from '../../../ticketing/ticketing-schemas.ts'

const reasons = Type.Enum(['lost', 'stolen', 'unreadable'], {
  description: 'lost 遗失，stolen 被盗，unreadable 无法识读'
})

export const ReissueRequest = Type.Object(
  { ticketNo: TicketNo, document: DocumentSchema, reason: reasons },
  { additionalProperties: false, description: '须当面核对购票证件' }
)
export type ReissueRequest = Type.Static<typeof ReissueRequest>

export const Reissue = Type.Object({
  id: Type.String({ format: 'uuid' }),
  ticketNo: TicketNo,
  edition: Type.Integer({ description: '第几次补办；此前的乘车码与凭条一律作废' }),
  reason: reasons,
  reissuedAt: Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
})
export type Reissue = Type.Static<typeof Reissue>
