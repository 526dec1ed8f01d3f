// The port to the tax platform, and its simulator. Every call carries our key and may be repeated: a key makes one document.
import type { Fen } from '../../../clearing/money.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { askSimulatedDocument } from './invoice-queries.ts'

export interface InvoiceOrder {
  key: string
  title: string
  taxNumber: string | null
  amount: Fen
  /** The blue invoice a red one takes back. */
  reverses: string | null
  journey: Journey
}

/** 特定业务“旅客运输服务” (I7); the passenger is added from the sealed coupon by an adapter that sends to a real platform. */
export interface Journey {
  day: string
  from: string
  to: string
  vehicle: '公路客车' | '船舶'
  line: string
  seat: number | null
  /** 等级, where the ticket was sold by class. */
  cabin?: string | null
}

export interface TaxPlatform {
  /** null: not made yet, ask again. */
  make(order: InvoiceOrder, now: Date): Promise<{ number: string; issuedAt: Date } | null>
}

/** Takes its time: the first question about a key is answered with nothing, the next with the document. */
export function simulatedTaxPlatform(sql: Queryable): TaxPlatform {
  return { make: async ({ key }, now) => await askSimulatedDocument(sql, key, now) }
}
