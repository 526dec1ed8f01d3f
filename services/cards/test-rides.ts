// Lines of an accepted file for tests of customer service: what a card did, without the file's bytes.
import { calendarDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import { findParticipant } from '../../clearing/participants/participant-queries.ts'

export interface TestRide {
  number: string
  at: Date
  counter: number
  amount: number
  balanceBefore: number
  terminal?: number
  price?: number
  service?: number
  passage?: number
}

let files = 0

/** Returns the file's id. */
export async function acceptRides(sql: Database, rides: readonly TestRide[], acceptedAt: Date): Promise<number> {
  const acquirer = (await findParticipant(sql, '12215840'))!.id
  const issuer = (await findParticipant(sql, '02205810'))!.id
  const name = `TEST${String(++files)}`
  return await transaction(sql, async (tx) => {
    for (const day of new Set(rides.map(({ at }) => calendarDay(at))))
      await tx.unsafe(
        `create table if not exists rides_${day.replaceAll('-', '')} partition of card_transaction
          for values from ('${day}') to ('${calendarDay(new Date(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000))}')`
      )
    await tx`insert into clearing_day (day, state) values (${calendarDay(acceptedAt)}, 'open') on conflict do nothing`
    const [file] = await tx<{ id: number }[]>`
      insert into card_file (name, format, sender, digest, size, stored_as, state, accepted_at, clearing_day)
      values (${name}, 'test', ${acquirer}, ${Buffer.alloc(32)}, 0, '', 'accepted', ${acceptedAt}, ${calendarDay(acceptedAt)})
      returning id`
    for (const [line, ride] of rides.entries())
      await tx`
        insert into card_transaction (card_number, terminal_number, occurred_at, transaction_day, card_sequence, amount, price,
          balance_before, file_id, line_number, issuer, acquirer, service, kind, passage, algorithm)
        values (${ride.number}::bigint, ${ride.terminal ?? 1}, ${ride.at}, ${calendarDay(ride.at)}, ${ride.counter}, ${ride.amount},
          ${ride.price ?? ride.amount}, ${ride.balanceBefore}, ${file!.id}, ${line + 1}, ${issuer}, ${acquirer},
          ${ride.service ?? 1}, ${ride.service === 2 ? 9 : 6}, ${ride.passage ?? 0}, 4)`
    return file!.id
  })
}
