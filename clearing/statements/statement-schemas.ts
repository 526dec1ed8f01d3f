// What a publication is made from and what it consists of.
import { Type } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../business-day.ts'
import type { Fen } from '../money.ts'
import type { KeyReference } from '../../card-crypto/key-store.ts'

/** The key every published file is signed with. */
export const statementKey: KeyReference = {
  purpose: 'statement-signature',
  scope: '',
  version: 1,
  index: 1,
  algorithm: 'sm2'
}

/** An accepted file of the day. */
export interface DayFile {
  id: number
  name: string
  format: string
  sender: number | null
  digest: Uint8Array
  size: number
  storedAs: string
  lineCount: number
  acceptedCount: number
  rejectedCount: number
  amount: Fen
}

/** A refused file that the day's LD tells its sender about. */
export interface RefusedFile {
  id: number
  name: string
  sender: number
  code: string
  detail: string
}

/** LD, FB, CL, CR, BP and, of disputes, ED, CM and AD are the interface's own; the others are for people, with the ending of their names. */
export const readableKinds = {
  statement: 'html',
  paper: 'pdf',
  workbook: 'xlsx',
  summary: 'csv',
  transactions: 'csv'
} as const
export type StatementKind = 'LD' | 'FB' | 'CL' | 'CR' | 'BP' | 'ED' | 'CM' | 'AD' | keyof typeof readableKinds

/** The look statements are made in from now on; those of an older one are made again in theirs (migration 0161). */
export const currentStyle = 2

/** A file made but not yet signed and published. */
export interface MadeFile {
  participant: number
  kind: StatementKind
  part: number
  name: string
  size: number
  /** Records without headers; for CSV without the heading; 0 for a page. */
  lines: number
  digest: Uint8Array
}

export interface PublishedFile extends MadeFile {
  storedAs: string
  /** r‖s. */
  signature: Uint8Array
  publishedAt: Date
}

export const PublishedFileSummary = Type.Object(
  {
    participant: Type.String({ description: '机构代码' }),
    kind: Type.String({ description: 'LD、FB、CL、CR、BP、statement、paper、workbook、summary、transactions' }),
    part: Type.Integer(),
    name: Type.String(),
    size: Type.Integer(),
    lines: Type.Integer(),
    digest: Type.String({ description: 'SM3，十六进制' })
  },
  { additionalProperties: false }
)
export type PublishedFileSummary = Type.Static<typeof PublishedFileSummary>

export const Publication = Type.Object(
  {
    day: BusinessDaySchema,
    publishedAt: Type.Unsafe<Date>(Type.String({ format: 'date-time' })),
    files: Type.Array(PublishedFileSummary)
  },
  { additionalProperties: false }
)
export type Publication = Type.Static<typeof Publication>

export interface StatementNumber {
  participant: number
  number: number
  day: BusinessDay
  style: number
}
