// The record of custody: each entry carries the digest of the one before and is signed, so that one who has a copy sees what is missing.
import { fromHex, hex } from '../bytes.ts'
import { sm2Verify } from '../sm2.ts'
import { sm3 } from '../sm3.ts'
import type { CustodyRecord } from './custody-schemas.ts'

type Unsigned = Omit<CustodyRecord, 'signature'>

export async function nextRecord(
  before: CustodyRecord | undefined,
  { at, event, facts }: Pick<CustodyRecord, 'at' | 'event' | 'facts'>,
  sign: (message: Uint8Array) => Promise<Uint8Array>
): Promise<CustodyRecord> {
  const unsigned = { number: (before?.number ?? 0) + 1, at, event, facts, previous: before ? digestOf(before) : '' }
  return { ...unsigned, signature: hex(await sign(messageOf(unsigned))) }
}

/** The number of the first record that does not follow or is not signed; null when all is well. */
export function firstFalseRecord(records: readonly CustodyRecord[], publicKey: Uint8Array): number | null {
  for (const [index, record] of records.entries()) {
    const before = records[index - 1]
    const follows =
      record.number === index + 1 &&
      record.previous === (before ? digestOf(before) : '') &&
      sm2Verify(publicKey, messageOf(record), fromHex(record.signature))
    if (!follows) return index + 1
  }
  return null
}

function messageOf({ number, at, event, facts, previous }: Unsigned): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([number, at, event, facts, previous]))
}

function digestOf(record: CustodyRecord): string {
  return hex(sm3(new TextEncoder().encode(JSON.stringify([hex(messageOf(record)), record.signature]))))
}
