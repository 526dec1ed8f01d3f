// The passengers of the offline days: tickets of nobody, sold before the gates go on their own, each with what is to become of it.
import { randomUUID } from 'node:crypto'
import { hex } from '../../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../../clearing/database.ts'
import { mod11CheckCharacter } from '../../../identity/check-digits.ts'
import type { IdentityDocument } from '../../../identity/document-rules.ts'
import { digestDocument, sealIdentity } from '../../../identity/seal-identity.ts'
import { layTickets, type StageDeparture } from './offline-days-queries.ts'

export interface Passenger {
  ticketNo: string
  document: IdentityDocument
  departure: StageDeparture
  byCode: boolean
  fate: Fate
  boardsAt: Date
}
export type Fate =
  'travels' | 'twice' | 'refunded-before' | 'refunded-after' | 'changed' | 'voided' | 'suspended' | 'reissued'

export interface SellingOptions {
  parts: { sql: Database; keys: KeyStore }
  begins: Date
  scans: number
  /** Of the tickets, those shown by a code; the others by the document. */
  codeShare: number
  say: (progress: string) => void
}

const minuteMs = 60_000

/** Two scans a ticket: at the hall and at a gate. */
export async function sellTickets(options: SellingOptions, stage: readonly StageDeparture[]): Promise<Passenger[]> {
  const { parts, scans, codeShare, begins, say } = options
  const count = Math.max(1, Math.floor(scans / 2))
  const passengers: Passenger[] = []
  const batchMax = 2000
  for (let first = 0; first < count; first += batchMax) {
    const batch = await Promise.all(
      Array.from({ length: Math.min(batchMax, count - first) }, async (_, index) => {
        const serial = first + index
        const departure = stage[serial % stage.length]!
        const document: IdentityDocument = { kind: '01', number: residentNumber(serial) }
        const orderId = randomUUID()
        const identity = await sealIdentity(parts.keys, { name: '模拟旅客', document }, `${orderId}:0`)
        const ticketNo = `44010010101Z${String(serial).padStart(8, '0')}`
        const digest = hex(await digestDocument(parts.keys, document))
        const boardsAt = new Date(departure.notAfter.getTime() - (2 + Math.random() * 18) * minuteMs)
        const byCode = Math.random() < codeShare
        passengers.push({ ticketNo, document, departure, byCode, fate: fateOf(serial), boardsAt })
        const { departure: id, position, toPosition } = departure
        return { orderId, ticketNo, departure: id, position, toPosition, digest, identity: hex(identity) }
      })
    )
    await transaction(parts.sql, async (tx) => await layTickets(tx, batch, begins))
    if ((first / batchMax) % 25 === 24) say(`${first + batch.length} tickets sold`)
  }
  return passengers
}

/** Of a hundred tickets one is refunded, one changed or ended otherwise, one used twice. */
function fateOf(serial: number): Fate {
  const fates: Record<number, Fate> = {
    3: 'refunded-before',
    13: 'refunded-after',
    23: 'changed',
    33: 'voided',
    43: 'suspended',
    53: 'reissued',
    63: 'twice'
  }
  return fates[serial % 100] ?? 'travels'
}

/** Of nobody: born in 1990 or later, check character included (GB 11643). */
function residentNumber(serial: number): string {
  const born = new Date(Date.UTC(1990, 0, 1 + (Math.floor(serial / 1000) % 6000))).toISOString().slice(0, 10)
  const area = 440_100 + Math.floor(serial / 6_000_000)
  const first17 = `${area}${born.replaceAll('-', '')}${String(serial % 1000).padStart(3, '0')}`
  return first17 + mod11CheckCharacter(first17)
}
