// A departure that everybody wants is full after its first buyers. Who comes after them is refused by a look at what is left, before
// his order is made ready and without a lock; only for departures that just refused somebody, so that nobody else pays for the look.
import type { Queryable } from '../../../clearing/database.ts'
import type { Refusal } from '../../../clearing/refusal.ts'
import { together } from '../../../clearing/together.ts'
import { fullRefusal, type NewLeg } from '../order-queries.ts'

/** Departures that were full when last heard of, by database: a reason to ask, never an answer. */
const refusing = new WeakMap<Queryable, Set<number>>()
const rememberedMax = 1_000

/** Remembers that the departures of these legs refused somebody for lack of places. */
export function rememberFull(sql: Queryable, legs: readonly NewLeg[]): void {
  const known = refusing.get(sql) ?? new Set()
  refusing.set(sql, known)
  for (const { departure } of legs) if (departure !== null) known.add(departure)
  for (const oldest of known) {
    if (known.size <= rememberedMax) break
    known.delete(oldest)
  }
}

interface Asked {
  /** Of the order; one that is there already has its places. */
  id: string
  legs: readonly NewLeg[]
}

/** The refusal of a new order for what is full by now; null when there may be room: then holding decides. */
export async function findFull(sql: Queryable, { id, legs }: Asked, now: Date): Promise<Refusal | null> {
  const known = refusing.get(sql)
  if (!known || known.size === 0) return null
  for (const leg of legs) {
    if (leg.departure === null || !known.has(leg.departure)) continue
    const lack = await lackTogether(sql, { id, leg, now })
    const full = lack === null ? null : fullRefusal(lack)
    if (full) return full
  }
  return null
}

const lackTogether = together(
  async (sql: Queryable, all: { id: string; leg: NewLeg; now: Date }[]): Promise<(string | null)[]> => {
    const asked = all.map(({ id, leg: { departure, fromPosition, toPosition, wanted, claims } }) => {
      // Whether a certain seat is taken is not asked here.
      const places = wanted.every((seat) => seat === null) ? wanted.length : 0
      return { id, departure, from: fromPosition, to: toPosition, places, claims }
    })
    const latest = new Date(Math.max(...all.map(({ now }) => now.getTime())))
    const rows = await sql<{ lack: string | null }[]>`
      select lack from what_is_full(${sql.json(asked)}, ${latest}) order by nth`
    return rows.map(({ lack }) => lack)
  },
  { most: 200, lanes: 1 }
)
