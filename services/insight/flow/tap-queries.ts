// A day's taps as a stream, card by card and in order of time: PostgreSQL sorts them, rows come in its binary COPY form, and nothing
// but the card at hand is kept.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { shanghaiInstant } from '../../../clearing/business-day.ts'
import type { Database } from '../../../clearing/database.ts'
import type { Tap } from './chain-rules.ts'

/** Columns of a row of the copy: card_number int8, second int4, site and passage int4. */
const rowBytes = 2 + (4 + 8) + (4 + 4) + (4 + 4)
const headerBytes = 19

/**
 * Calls `each` for every card of one of `parts` equal parts of the cards, with its taps in order of time; the array is used again for
 * the next card. A tap at an unknown terminal has site 0.
 */
export async function streamCards(
  sql: Database,
  { day, part, parts }: { day: BusinessDay; part: number; parts: number },
  each: (taps: readonly Tap[]) => void
): Promise<void> {
  const midnight = Math.floor(shanghaiInstant(day, 0).getTime() / 1000)
  const rows = `select t.card_number, (extract(epoch from t.occurred_at) - ${midnight})::int4 as second,
      (coalesce(s.id, 0) * 4 + t.passage)::int4
    from card_transaction t left join terminal_site s on s.terminal_number = t.terminal_number
    where t.transaction_day = '${day}' and (t.card_number / 10) % ${parts} = ${part}
    order by t.card_number, second`
  const connection = await sql.reserve()
  try {
    await connection.unsafe("set work_mem = '192MB'")
    const source = await connection.unsafe(`copy (${rows}) to stdout (format binary)`).readable()
    await readCards(source as AsyncIterable<Buffer>, each)
  } finally {
    await connection.unsafe('reset work_mem')
    connection.release()
  }
}

async function readCards(source: AsyncIterable<Buffer>, each: (taps: readonly Tap[]) => void): Promise<void> {
  const taps: Tap[] = []
  const spare: Tap[] = []
  let card: bigint | null = null
  let rest: Buffer = Buffer.alloc(0)
  let skip = headerBytes
  for await (const chunk of source) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let at = Math.min(skip, bytes.length)
    skip -= at
    for (; at + rowBytes <= bytes.length; at += rowBytes) {
      if (bytes.readInt16BE(at) !== 3) break
      const number = bytes.readBigInt64BE(at + 6)
      if (number !== card && taps.length > 0) {
        each(taps)
        spare.push(...taps.splice(0))
      }
      card = number
      const tap = spare.pop() ?? { second: 0, site: 0, passage: 0 }
      const packed = bytes.readInt32BE(at + 26)
      tap.second = bytes.readInt32BE(at + 18)
      tap.site = packed >> 2
      tap.passage = packed & 3
      taps.push(tap)
    }
    rest = bytes.subarray(at)
  }
  if (taps.length > 0) each(taps)
}
