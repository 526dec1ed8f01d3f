// Orders that come together, held or sold in one statement (migration 0083). Each gets its own answer; what is unusual about an order, or
// goes wrong with its company, sends it through a statement of its own.
import { constraintOf, type Database, type Queryable } from '../../../clearing/database.ts'
import type { Refusal } from '../../../clearing/refusal.ts'
import { together } from '../../../clearing/together.ts'
import { refuse } from '../../refusals.ts'
import { fullRefusal, placeRefusal, type NewHold } from '../order-queries.ts'
import { rememberFull } from './known-full-queries.ts'
import type { ImmediateGateway } from '../ticketing-schemas.ts'

export interface NewOrder extends NewHold {
  /** Pays for it at once; null when it is held until somebody pays. */
  gateway: ImmediateGateway | null
}

/** What an order got, coupon by coupon. */
export interface Placed {
  state: 'LOCKED' | 'ISSUED'
  journeyNumber: string | null
  seats: (number | null)[]
  ticketNos: string[]
}

/** Names of what keeps an order from being sold, besides full pools. */
const faults = {
  seat_taken: 'seat-taken',
  departure_gone: 'sale-closed',
  'not-a-channel': 'credit-only',
  suspended: 'credit-suspended',
  'credit-spent': 'credit-spent'
} as const

interface Row {
  /** 'held', 'sold', 'known', 'alone', or the name of a fault. */
  answer: string
  journey: string | null
  /** 0 for none. */
  seats: number[]
  tickets: string[]
}

/**
 * All of it or nothing: null when it is done and the order must be read to be seen, 'known' when the id was used before. Throws what is
 * full, seat-taken, sale-closed, those of identityLimit and of a channel's credit.
 */
export async function placeOrder(sql: Database, order: NewOrder): Promise<Placed | 'known' | null> {
  const { answer, journey, seats, tickets } = await holdTogether(sql, order).catch(() => unanswered)
  switch (answer) {
    case 'held':
    case 'sold':
      return {
        state: answer === 'held' ? 'LOCKED' : 'ISSUED',
        journeyNumber: journey,
        seats: seats.map((seat) => seat || null),
        ticketNos: tickets
      }
    case 'known':
      return 'known'
    case 'alone':
      return await placeAlone(sql, order)
    default:
      if (answer.endsWith('_full')) rememberFull(sql, order.legs)
      throw refusalOf(answer) ?? new Error(`an order was answered ${answer}`)
  }
}

/** Whatever became of the company, an order's id tells its own statement whether it is done. */
const unanswered: Row = { answer: 'alone', journey: null, seats: [], tickets: [] }

const holdTogether = together(
  async (sql: Queryable, orders: NewOrder[]): Promise<Row[]> =>
    await sql<
      Row[]
    >`select answer, journey, seats, tickets from hold_orders(${sql.json(orders as never)}) order by nth`,
  { most: 64, lanes: 2, worth: 24 }
)

async function placeAlone(sql: Queryable, order: NewOrder): Promise<'known' | null> {
  try {
    const [row] = await sql<{ answer: Row['answer'] }[]>`select sell_order(${sql.json(order as never)}) as answer`
    const { answer } = row!
    if (answer === 'held' || answer === 'sold') return null
    if (answer === 'known') return 'known'
    throw refusalOf(answer)!
  } catch (error) {
    throw refusalOf(constraintOf(error) ?? '') ?? placeRefusal(error) ?? error
  }
}

function refusalOf(fault: string): Refusal | null {
  return fault in faults ? refuse(faults[fault as keyof typeof faults]) : fullRefusal(fault)
}
