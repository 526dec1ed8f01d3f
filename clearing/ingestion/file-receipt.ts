// What the sender of a file is told, as often as it asks.
import { Type } from 'typebox'
import { hex } from '../../card-crypto/bytes.ts'
import { BusinessDaySchema } from '../business-day.ts'
import type { Queryable } from '../database.ts'
import { FenSchema } from '../money.ts'
import { countRejects, type CardFile } from './file-queries.ts'

export const FileReceipt = Type.Object(
  {
    id: Type.Integer({ description: '文件编号；交易号为 文件编号:行号' }),
    name: Type.String(),
    format: Type.String({ description: 'cttic 或 shenzhen-open-data' }),
    sender: Type.Union([Type.String(), Type.Null()], { description: '发送机构代码' }),
    digest: Type.String({ description: 'SM3 摘要，64 位十六进制' }),
    size: Type.Integer({ description: '字节数' }),
    signatureState: Type.Union([Type.Literal('absent'), Type.Literal('valid'), Type.Literal('invalid')]),
    state: Type.Union([Type.Literal('loading'), Type.Literal('accepted'), Type.Literal('refused')]),
    code: Type.String({ description: '文件级错误代码，000000 为接收' }),
    detail: Type.String(),
    lines: Type.Integer({ description: '记录行数' }),
    accepted: Type.Integer(),
    rejected: Type.Integer(),
    amount: FenSchema,
    rejects: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer() }), {
      description: '被拒记录按错误代码计数'
    }),
    receivedAt: Type.String({ format: 'date-time' }),
    acceptedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    clearingDay: Type.Union([BusinessDaySchema, Type.Null()]),
    adjustment: Type.Union([Type.Object({ day: BusinessDaySchema, number: Type.Integer() }), Type.Null()], {
      description: '迟到文件所归入的调账'
    }),
    repeated: Type.Boolean({ description: '该文件此前已处理，此为首次的回执' })
  },
  { additionalProperties: false }
)
export type FileReceipt = Type.Static<typeof FileReceipt>

export async function receiptOf(sql: Queryable, file: CardFile, repeated: boolean): Promise<FileReceipt> {
  return {
    id: file.id,
    name: file.name,
    format: file.format,
    sender: file.sender,
    digest: hex(file.digest),
    size: file.size,
    signatureState: file.signatureState,
    state: file.state,
    code: file.code,
    detail: file.detail,
    lines: file.lineCount,
    accepted: file.acceptedCount,
    rejected: file.rejectedCount,
    amount: file.amount,
    rejects: await countRejects(sql, file.id),
    receivedAt: file.receivedAt.toISOString(),
    acceptedAt: file.acceptedAt?.toISOString() ?? null,
    clearingDay: file.clearingDay,
    adjustment: file.adjustment,
    repeated
  }
}
