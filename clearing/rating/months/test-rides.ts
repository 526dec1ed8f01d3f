// Rides put straight where pricing finds them, for its tests: accepted files of clearing days of their own.
import type { BusinessDay } from '../../business-day.ts'
import { addDays } from '../../business-day.ts'
import { transaction, type Database } from '../../database.ts'
import { findParticipant } from '../../participants/participant-queries.ts'
import { priceRides } from './price-rides.ts'
import type { DiscountRun } from './run-queries.ts'

export interface TestRide {
  card: number
  /** Of the card, and its clock: minutes after the beginning of the month. */
  sequence: number
  minute: number
  price: number
  charged: number
  /** Of card_transaction. */
  service: number
  mark: number
}

export interface TestMonth {
  /** The first of it. */
  month: BusinessDay
  acquirer: string
  issuer: string
}

let nextDay = '2040-01-01' as BusinessDay

export function occurredAt({ month }: TestMonth, { minute }: TestRide): Date {
  return new Date(Date.parse(`${month}T00:00:00+08:00`) + minute * 60_000)
}

/** One file in a clearing day of its own. */
export async function bring(sql: Database, month: TestMonth, rides: readonly TestRide[]): Promise<BusinessDay> {
  const day = nextDay
  nextDay = addDays(nextDay, 1)
  const acquirer = (await findParticipant(sql, month.acquirer))!.id
  const issuer = (await findParticipant(sql, month.issuer))!.id
  await transaction(sql, async (tx) => {
    await tx`insert into clearing_day (day, state, settled_at) values (${day}, 'settled', now())`
    const [file] = await tx<{ id: number }[]>`
      insert into card_file (name, format, sender, digest, size, stored_as, state, clearing_day, accepted_at)
      values (${`test ${day}`}, 'cttic', ${acquirer}, ${Buffer.alloc(32)}, 1, '', 'accepted', ${day}, now()) returning id`
    const rows = rides.map((ride, index) => ({
      cardNumber: ride.card,
      terminalNumber: 581_000_000_001,
      terminalSequence: null,
      occurredAt: occurredAt(month, ride),
      transactionDay: addDays(month.month, Math.floor(ride.minute / 1440)),
      cardSequence: ride.sequence,
      amount: ride.charged,
      price: ride.price,
      fileId: file!.id,
      lineNumber: index + 1,
      issuer,
      acquirer,
      service: ride.service,
      kind: 6,
      passage: 0,
      discount: ride.mark,
      algorithm: 4
    }))
    const days = [...new Set(rows.map((row) => row.transactionDay))]
    await tx`select open_card_transaction_days(${days}::date[])`
    for (const each of days)
      await tx`select key_card_transaction_day(${each}, 'card'), key_card_transaction_day(${each}, 'terminal'),
        attach_card_transaction_day(${each})`
    await tx`insert into card_transaction ${tx(rows)}`
  })
  return day
}

/** Brings them in, and prices them. */
export async function price(sql: Database, month: TestMonth, rides: readonly TestRide[]): Promise<DiscountRun> {
  const day = await bring(sql, month, rides)
  return await priceRides({ sql }, { day, adjustment: null }, new Date(`${day}T12:00:00Z`))
}
