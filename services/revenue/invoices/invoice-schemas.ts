// Invoices as the API takes and shows them.
import { Type } from 'typebox'
import { SignedFenSchema } from '../../../clearing/money.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { invoiceStates } from './invoice-rules.ts'

const Title = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: '购买方名称' })
const TaxNumber = Type.String({ pattern: '^[0-9A-Z]{15,20}$', description: '统一社会信用代码或纳税人识别号' })
const InvoiceNumber = Type.String({ description: '数电票号码（20位）' })

export const InvoiceRequest = Type.Object(
  { title: Title, taxNumber: Type.Optional(TaxNumber) },
  { additionalProperties: false }
)
export type InvoiceRequest = Type.Static<typeof InvoiceRequest>

const Document = Type.Object({
  number: InvoiceNumber,
  colour: Type.Enum(['blue', 'red'], { description: '蓝字、红字' }),
  reverses: Type.Union([InvoiceNumber, Type.Null()], { description: '所冲红的蓝字发票' }),
  title: Title,
  taxNumber: Type.Union([Type.String(), Type.Null()]),
  amount: SignedFenSchema,
  journey: Type.Object({
    day: Type.String(),
    from: Type.String(),
    to: Type.String(),
    vehicle: Type.Enum(['公路客车', '船舶']),
    line: Type.String(),
    seat: Type.Union([Type.Integer(), Type.Null()]),
    cabin: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: '等级：船票的舱位等级；不分等级的为空' })
    )
  }),
  issuedAt: Instant
})

export const Invoice = Type.Object({
  ticketNo: TicketNo,
  state: Type.Enum([...invoiceStates], { description: '未申请、已申请、已开具、红冲中、已红冲、已重开' }),
  title: Type.Union([Title, Type.Null()]),
  taxNumber: Type.Union([Type.String(), Type.Null()]),
  number: Type.Union([InvoiceNumber, Type.Null()]),
  documents: Type.Array(Document)
})
export type Invoice = Type.Static<typeof Invoice>
