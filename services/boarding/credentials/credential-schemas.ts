// Ticket codes as the API hands them out.
import { Type } from 'typebox'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'

export const forms = ['phone', 'slip'] as const
export type CodeForm = (typeof forms)[number]
export const CodeFormQuery = Type.Object({
  form: Type.Enum([...forms], { default: 'phone', description: 'phone 动态码；slip 纸质凭条，检票须同时出示证件' })
})

export const TicketCodeAnswer = Type.Object({
  ticketNo: TicketNo,
  form: Type.Enum([...forms]),
  payload: Type.String({ description: '二维码内容' }),
  refreshSeconds: Type.Union([Type.Integer(), Type.Null()], { description: '多少秒后应重新获取；凭条不刷新' }),
  notBefore: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '开始检票' })),
  notAfter: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '停止检票' }))
})
export type TicketCodeAnswer = Type.Static<typeof TicketCodeAnswer>

const closed = { additionalProperties: false } as const
const base64 = (pattern: string, description: string) => Type.String({ pattern, description })

export const DeviceRequest = Type.Object(
  {
    publicKey: base64('^[A-Za-z0-9+/]{86}==$', '手机的 SM2 公钥 x‖y，base64'),
    proof: base64('^[A-Za-z0-9+/]{86}==$', '手机以该私钥对 device-key/票号 的 SM2 签名 r‖s，base64')
  },
  closed
)
export type DeviceRequest = Type.Static<typeof DeviceRequest>

export const DeviceCredential = Type.Object({
  ticketNo: TicketNo,
  staticPart: Type.String({
    description: '码的固定部分，base64；手机在其后接时刻与自己的签名（credentials/ticket-code.ts）'
  }),
  refreshSeconds: Type.Integer({ description: '手机多少秒重签一次' }),
  notBefore: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '开始检票' })),
  notAfter: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '停止检票' }))
})
export type DeviceCredential = Type.Static<typeof DeviceCredential>

const endings = Type.Enum(['phone-lost', 'shared', 'fraud'], {
  description: 'phone-lost 手机遗失，shared 码已外泄，fraud 冒用'
})
export const EndingRequest = Type.Object({ ticketNo: TicketNo, reason: endings }, closed)
export type EndingRequest = Type.Static<typeof EndingRequest>

export const CredentialEnding = Type.Object({
  id: Type.String({ format: 'uuid' }),
  ticketNo: TicketNo,
  reason: endings,
  edition: Type.Integer({ description: '此后签发的码的版次；更早的一律作废' }),
  endedAt: Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
})
export type CredentialEnding = Type.Static<typeof CredentialEnding>
